package twilio_test

import (
	"crypto/tls"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sdes"
	"github.com/sipconform/sipconform/mocks/sdp"
	"github.com/sipconform/sipconform/mocks/sipwire"
	"github.com/sipconform/sipconform/mocks/twilio"
)

// TestOffer checks the INVITE of either product against the documents: TW-SRTP-14, TW-SRTP-15, TW-URI-09 and TW-URI-10.
func TestOffer(t *testing.T) {
	t.Parallel()
	for product, secure := range map[twilio.Product]string{twilio.Voice: "secure_media", twilio.Trunking: "secure_trunking"} {
		t.Run(string(product), func(t *testing.T) {
			t.Parallel()
			invite := invited(t, start(t, product, secure+"=on"), product == twilio.Voice)
			checkHeaders(t, invite)
			checkDescription(t, invite)
		})
	}
}

// TestSecureCalls: a call from a SIP Domain is secure if secure=true is asked for, whatever the domain's switch; those from
// a trunk are secure if the trunk is (TW-SRTP-22, TW-URI-02, TW-URI-03).
func TestSecureCalls(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		product twilio.Product
		setting string
		secure  bool // secure=true
		want    string
	}{
		{twilio.Voice, "secure_media=off", false, "RTP/AVP"},
		{twilio.Voice, "secure_media=off", true, "RTP/SAVP"},
		{twilio.Voice, "secure_media=on", false, "RTP/AVP"},
		{twilio.Voice, "secure_media=on", true, "RTP/SAVP"},
		{twilio.Trunking, "secure_trunking=off", true, "RTP/AVP"},
		{twilio.Trunking, "secure_trunking=on", false, "RTP/SAVP"},
	} {
		t.Run(fmt.Sprintf("%s %s secure=%t", test.product, test.setting, test.secure), func(t *testing.T) {
			t.Parallel()
			invite := invited(t, start(t, test.product, test.setting), test.secure)
			session, err := sdp.Parse(invite.Body)
			if err != nil || len(session.Media) != 1 || session.Media[0].Proto != test.want {
				t.Errorf("%v, want %s in %s", err, test.want, invite.Body)
			}
		})
	}
}

func checkHeaders(t *testing.T, invite *sipwire.Message) {
	t.Helper()
	for name, want := range map[string][]string{
		"User-Agent":          {"Twilio Gateway"},
		"Allow":               {"INVITE", "ACK", "CANCEL", "OPTIONS", "BYE", "REFER", "NOTIFY"},
		"Supported":           {"timer"},
		"Min-SE":              {"120"},
		"Session-Expires":     nil,
		"X-Twilio-AccountSid": {"AC00000000000000000000000000000000"},
	} {
		if got := invite.Values(name); !slices.Equal(got, want) {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if routes := invite.Values("Record-Route"); len(routes) != 2 ||
		!strings.HasSuffix(routes[0], ";transport=tls;lr;r2=on>") || routes[1] != "<sip:127.0.0.1;lr;r2=on>" {
		t.Errorf("Record-Route is %q", routes)
	}
	if sid := invite.Get("X-Twilio-CallSid"); len(sid) != 34 || !strings.HasPrefix(sid, "CA") {
		t.Errorf("X-Twilio-CallSid is %q", sid)
	}
	contact, err := invite.Contact()
	if err != nil || contact.URI.User != "+15550100" || contact.URI.Params.Get("transport") != "udp" {
		t.Errorf("Contact is %v, %v", contact, err)
	}
}

func checkDescription(t *testing.T, invite *sipwire.Message) {
	t.Helper()
	session, err := sdp.Parse(invite.Body)
	if err != nil || len(session.Media) != 1 {
		t.Fatalf("%v in %s", err, invite.Body)
	}
	m := &session.Media[0]
	if m.Proto != "RTP/SAVP" || strings.Join(m.Formats, " ") != "0 8 101" || m.Port%2 != 0 {
		t.Errorf("the offer is %s", invite.Body)
	}
	for _, line := range []string{"o=root ", "s=Twilio Media Gateway\r\n", "a=ptime:20\r\n"} {
		if !strings.Contains(string(invite.Body), line) {
			t.Errorf("no %q in %s", line, invite.Body)
		}
	}
	const suite = "AES_CM_128_HMAC_SHA1_80"
	crypto := m.Values("crypto")
	if len(crypto) != 1 {
		t.Fatalf("the offer has %d attributes", len(crypto))
	}
	a, err := sdes.Parse(crypto[0])
	if err != nil || a.Tag != 1 || a.Suite != suite || a.HasMKI() || a.Keys[0].LifetimeText != "" || len(a.Params) != 0 ||
		len(crypto[0]) != len("1 "+suite+" inline:")+40 {
		t.Errorf("a=crypto:%s: %v", crypto[0], err)
	}
}

// invited has the mock call a server that is busy, and returns its INVITE.
func invited(t *testing.T, s *twilio.Server, secure bool) *sipwire.Message {
	t.Helper()
	own := testkit.SelfSigned(testkit.NewRSAKey(), "device.test") // the vendor's suites need an RSA key
	l := tls.NewListener(testkit.Listen(t), &tls.Config{Certificates: []tls.Certificate{own}})
	done := make(chan error, 1)
	go func() {
		call, err := s.Call(t.Context(), twilio.Outbound{
			User: "alice", Caller: "+15550100", Address: l.Addr().(*net.TCPAddr).AddrPort(), Host: "device.test", Secure: secure,
		})
		if err == nil && call.Status != 486 {
			err = fmt.Errorf("the call ended with %d", call.Status)
		}
		done <- err
	}()
	d := testkit.NewDevice(t, testkit.Accept(t, l), observation.TLS)
	invite := d.Expect(0, "INVITE")
	d.Send(d.Reply(invite, 486))
	d.Expect(0, "ACK")
	if err := testkit.Receive(t, done, "the end of the call"); err != nil {
		t.Fatal(err)
	}
	return invite
}

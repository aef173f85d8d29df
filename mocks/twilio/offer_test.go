package twilio_test

import (
	"crypto/tls"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/mocks/sdes"
	"github.com/sipconform/sipconform/mocks/sdp"
	"github.com/sipconform/sipconform/mocks/sipwire"
	"github.com/sipconform/sipconform/mocks/twilio"
)

// patience bounds everything that a test waits for; nothing waits for it to pass.
const patience = 20 * time.Second

// TestOffer: the INVITE of either product, as the documents print it: TW-SRTP-14,
// TW-SRTP-15, TW-URI-09 and TW-URI-10.
func TestOffer(t *testing.T) {
	t.Parallel()
	for product, secure := range map[twilio.Product]string{twilio.Voice: "secure_media", twilio.Trunking: "secure_trunking"} {
		t.Run(string(product), func(t *testing.T) {
			t.Parallel()
			s, err := twilio.Start(product, map[string]string{secure: "on"})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			invite := invited(t, s)
			checkHeaders(t, invite)
			checkDescription(t, invite)
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
func invited(t *testing.T, s *twilio.Server) *sipwire.Message {
	t.Helper()
	stranger, err := certs.NewForge(7).Hierarchy(certs.Hierarchy{Name: "stranger"})
	if err != nil {
		t.Fatal(err)
	}
	own, err := stranger.Issue(certs.Leaf{DNSNames: []string{"device.test"}, Key: certs.RSA2048}) // for the vendor's suites
	if err != nil {
		t.Fatal(err)
	}
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{own.TLS()}})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	called := make(chan *sipwire.Message, 1)
	go func() { called <- refuse(l) }()
	call, err := s.Call(t.Context(), twilio.Outbound{
		User: "alice", Caller: "+15550100", Address: l.Addr().(*net.TCPAddr).AddrPort(), Host: "device.test",
	})
	if err != nil || call.Status != 486 {
		t.Fatalf("got %+v, %v", call, err)
	}
	return <-called
}

// refuse answers the first request of a connection with 486, and returns it; nil
// if none comes. It holds the connection until the mock closes it or has sent its
// ACK.
func refuse(l net.Listener) *sipwire.Message {
	conn, err := l.Accept()
	if err != nil {
		return nil
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(patience))
	var framer sipwire.Framer
	for buf := make([]byte, 1<<16); ; {
		n, err := conn.Read(buf)
		if err != nil {
			return nil
		}
		for _, frame := range framer.Write(buf[:n]) {
			if frame.Message == nil {
				continue
			}
			busy := sipwire.NewResponse(frame.Message, 486, "")
			busy.SetToTag("device")
			conn.Write(busy.Bytes())
			io.ReadAtLeast(conn, buf, 1)
			return frame.Message
		}
	}
}

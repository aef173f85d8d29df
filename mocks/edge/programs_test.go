package edge

import (
	"crypto/tls"
	"log/slog"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
)

// TestAgainstTLSClients has openssl and gnutls-cli connect, in each version, verify the wildcard below the roots that
// the edge hands out, and send SIP.
func TestAgainstTLSClients(t *testing.T) {
	t.Parallel()
	s := serve(t, "twilio-voice", nil)
	roots := testkit.File(t, "roots.pem", s.Roots)
	at := s.Addresses()[observation.TLS]
	port := strings.TrimPrefix(at.String(), at.Addr().String()+":")
	request := strings.Join([]string{"REGISTER sip:example.sip.twilio.com SIP/2.0", "Via: SIP/2.0/TLS 127.0.0.1:5061;branch=z9hG4bKprogram",
		"Max-Forwards: 70", "From: <sip:alice@example.sip.twilio.com>;tag=1", "To: <sip:alice@example.sip.twilio.com>",
		"Call-ID: program", "CSeq: 1 REGISTER", "Contact: <sip:alice@127.0.0.1:5099;transport=tls>", "Content-Length: 0", "", ""}, "\r\n")
	for program, arguments := range map[string]map[string][]string{
		"openssl": {
			"1.0": {"-tls1"}, "1.1": {"-tls1_1"}, "1.2": {"-tls1_2"},
			"": {"s_client", "-quiet", "-connect", at.String(), "-servername", s.Domain(), "-CAfile", roots, "-verify_hostname", s.Domain(),
				"-verify_return_error", "-cipher", "DEFAULT:@SECLEVEL=0"},
		},
		"gnutls-cli": {
			"1.0": {"--priority", "NORMAL:-VERS-ALL:+VERS-TLS1.0"}, "1.1": {"--priority", "NORMAL:-VERS-ALL:+VERS-TLS1.1"},
			"1.2": {"--priority", "NORMAL:-VERS-ALL:+VERS-TLS1.2"},
			"":    {"--x509cafile", roots, "--sni-hostname", s.Domain(), "--verify-hostname", s.Domain(), "--port", port, at.Addr().String()},
		},
	} {
		for version, want := range map[string]string{
			"1.0": "403 TLS version not allowed", "1.1": "403 TLS version not allowed", "1.2": "407 Proxy Authentication Required",
		} {
			t.Run(program+" "+version, func(t *testing.T) {
				t.Parallel()
				out := testkit.Converse(t, testkit.Command(t, program, slices.Concat(arguments[""], arguments[version])...), request, want)
				if !strings.Contains(out, want) {
					t.Errorf("got %q, want %s", out, want)
				}
				if codes(s) != "" { // a registration is no call, TW-TLS-05
					t.Errorf("the console has %s", codes(s))
				}
			})
		}
	}
}

// userAgent returns an independent SIP stack.
func userAgent(t *testing.T, options ...sipgo.UserAgentOption) *sipgo.UserAgent {
	t.Helper()
	ua, err := sipgo.NewUA(append(options, sipgo.WithUserAgent("alice"))...)
	return testkit.Started(t, ua, err)
}

// TestAgainstSipgo has an independent stack register, with digest, and call.
func TestAgainstSipgo(t *testing.T) {
	t.Parallel()
	for _, protocol := range []string{observation.UDP, observation.TCP, observation.TLS} {
		t.Run(protocol, func(t *testing.T) {
			t.Parallel()
			ctx := testkit.Context(t)
			s := serve(t, "twilio-voice", nil)
			ua := userAgent(t, sipgo.WithUserAgenTLSConfig(testkit.ClientTLS(s.Roots, s.Domain(), tls.VersionTLS12)))
			client, err := sipgo.NewClient(ua, sipgo.WithClientHostname("127.0.0.1"), sipgo.WithClientNAT())
			if err != nil {
				t.Fatal(err)
			}
			send := func(r *sip.Request) *sip.Response {
				t.Helper()
				r.SetTransport(strings.ToUpper(protocol))
				r.SetDestination(s.Addresses()[protocol].String())
				response, err := client.Do(ctx, r)
				if err != nil {
					t.Fatal(err)
				}
				if response.StatusCode == 407 {
					if response, err = client.DoDigestAuth(ctx, r, response, sipgo.DigestAuth{Username: "alice", Password: "secret"}); err != nil {
						t.Fatal(err)
					}
				}
				if response.StatusCode != 200 {
					t.Fatalf("%s got %s", r.Method, response.StartLine())
				}
				return response
			}
			contact := sip.ContactHeader{Address: sip.Uri{Scheme: "sip", User: "alice", Host: "127.0.0.1", Port: 5999}}
			register := sip.NewRequest(sip.REGISTER, sip.Uri{Scheme: "sip", Host: s.Domain()})
			register.AppendHeader(&contact)
			send(register)
			if got := s.Bindings(); len(got) != 1 || got[0].Contact.Port != 5999 {
				t.Errorf("bindings %+v", got)
			}

			invite := sip.NewRequest(sip.INVITE, sip.Uri{Scheme: "sip", User: "+15550199", Host: s.Domain()})
			invite.AppendHeader(&contact)
			invite.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
			invite.SetBody([]byte(testkit.RTP()))
			ok := send(invite)
			for _, method := range []sip.RequestMethod{sip.ACK, sip.BYE} {
				r := sip.NewRequest(method, ok.Contact().Address)
				r.AppendHeader(sip.HeaderClone(invite.From()))
				r.AppendHeader(sip.HeaderClone(ok.To()))
				r.AppendHeader(sip.HeaderClone(invite.CallID()))
				if method == sip.ACK {
					r.AppendHeader(&sip.CSeqHeader{SeqNo: invite.CSeq().SeqNo, MethodName: sip.ACK})
					r.SetTransport(strings.ToUpper(protocol))
					r.SetDestination(s.Addresses()[protocol].String())
					if err := client.WriteRequest(r); err != nil {
						t.Fatal(err)
					}
					continue
				}
				r.AppendHeader(&sip.CSeqHeader{SeqNo: invite.CSeq().SeqNo + 1, MethodName: method})
				send(r)
			}
			testkit.Await(t, s.Log, observation.SIP, func(e observation.Event) bool {
				return e.Dir == observation.In && strings.HasPrefix(string(e.Bytes), "ACK ")
			})
		})
	}
}

// TestCallsSipgo calls an independent stack.
func TestCallsSipgo(t *testing.T) {
	t.Parallel()
	ua := userAgent(t)
	server, err := sipgo.NewServer(ua, sipgo.WithServerLogger(slog.New(slog.DiscardHandler)))
	if err != nil {
		t.Fatal(err)
	}
	acknowledged := make(chan struct{})
	ended := make(chan struct{})
	server.OnInvite(func(r *sip.Request, tx sip.ServerTransaction) {
		offer := string(r.Body())
		material := strings.Index(offer, "inline:") + len("inline:")
		answer := offer[:material] + key + offer[material+len(key):] // the same, with a key of its own
		tx.Respond(sip.NewResponseFromRequest(r, 180, "Ringing", nil))
		ok := sip.NewResponseFromRequest(r, 200, "OK", []byte(answer))
		ok.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
		ok.AppendHeader(&sip.ContactHeader{Address: r.Recipient})
		tx.Respond(ok)
	})
	server.OnAck(func(*sip.Request, sip.ServerTransaction) { close(acknowledged) })
	server.OnBye(func(r *sip.Request, tx sip.ServerTransaction) {
		tx.Respond(sip.NewResponseFromRequest(r, 200, "OK", nil))
		close(ended)
	})
	l := listener(t, tls.VersionTLS12)
	go server.ServeTLS(l)

	s := withoutDigest(t, "secure_media=on")
	o := outbound
	o.Address, o.Host = l.Addr().(*net.TCPAddr).AddrPort(), "device.test"
	call, err := s.Call(t.Context(), o)
	if err != nil || call.Status != 200 {
		t.Fatalf("got %+v, %v", call, err)
	}
	<-acknowledged
	if err := call.HangUp(t.Context()); err != nil {
		t.Error(err)
	}
	<-ended
	for _, e := range s.Log.Events() {
		if e.Kind == observation.TLSHandshake && (e.Handshake.Role != "client" || e.Handshake.ServerName != "device.test") {
			t.Errorf("handshake %+v", e.Handshake)
		}
		if e.Kind == observation.Note || e.Kind == observation.Unexpected {
			t.Errorf("%s: %s", e.Kind, e.Text)
		}
	}
}

package sipwire

import (
	"net/netip"
	"slices"
	"testing"
)

func TestNewRequest(t *testing.T) {
	t.Parallel()
	m := NewRequest("REGISTER", "sip:s1.sip.twilio.com")
	m.Add("Via", "SIP/2.0/TLS 127.0.0.1;branch=z9hG4bK1")
	m.Add("To", "<sip:a@b>")
	m.SetBody("text/plain", []byte("hé"))
	want := "REGISTER sip:s1.sip.twilio.com SIP/2.0\r\nVia: SIP/2.0/TLS 127.0.0.1;branch=z9hG4bK1\r\nTo: <sip:a@b>\r\n" +
		"Content-Type: text/plain\r\nContent-Length: 3\r\n\r\nhé"
	if got := string(m.Bytes()); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	m.Set("content-length", "99")
	if got := mustParse(t, string(m.Bytes())); got.Get("Content-Length") != "99" {
		t.Errorf("a Content-Length of the caller's was changed: %q", got.Raw)
	}
}

func TestNewResponse(t *testing.T) {
	t.Parallel()
	request := mustParse(t, invite)
	m := NewResponse(request, 488, "")
	m.SetToTag("x")
	m.SetToTag("y")
	want := "SIP/2.0 488 Not Acceptable Here\r\n" +
		"v: SIP/2.0/TLS 127.0.0.1:5061;branch=z9hG4bK1, SIP / 2.0 / UDP 10.0.0.1 : 5060;branch=z9hG4bK2\r\n" +
		"f: \"A, \\\"B\\\"\" <sip:alice@example.com>;tag=1\r\nTO: <sip:+15551234567@s1.sip.twilio.com>;tag=x\r\n" +
		"i: 1@h\r\nCSeq: 7\t INVITE\r\nContent-Length: 0\r\n\r\n"
	if got := string(m.Bytes()); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := NewResponse(request, 499, "").Reason; got != "Bad Request" {
		t.Errorf("reason of an unknown status: %q", got)
	}
}

func TestSetAndDel(t *testing.T) {
	t.Parallel()
	m := NewRequest("OPTIONS", "sip:a@b")
	m.Add("v", "1")
	m.Add("X", "2")
	m.Add("Via", "3")
	before := m.Headers
	m.Set("via", "4")
	m.Set("New", "5")
	m.Del("x")
	if want := []Header{{"v", "4"}, {"New", "5"}}; !slices.Equal(m.Headers, want) {
		t.Errorf("got %v, want %v", m.Headers, want)
	}
	if before[0].Value != "1" {
		t.Error("Set changed a slice that others may hold")
	}
}

func TestMarkReceived(t *testing.T) {
	t.Parallel()
	source := netip.MustParseAddrPort("127.0.0.1:40000")
	tests := []struct{ via, want string }{
		{"SIP/2.0/TLS 127.0.0.1:5061;branch=1", "SIP/2.0/TLS 127.0.0.1:5061;branch=1"},
		{"SIP/2.0/TLS 127.0.0.2;branch=1, SIP/2.0/UDP x", "SIP/2.0/TLS 127.0.0.2;branch=1;received=127.0.0.1, SIP/2.0/UDP x"},
		{"SIP/2.0/TLS h;rport;branch=1", "SIP/2.0/TLS h;rport=40000;branch=1;received=127.0.0.1"},
		{"broken", "broken"},
		// What stands there stays as it is, RFC 3261 §8.2.6.2.
		{"SIP/2.0/TLS 10.0.0.1:5061;branch=z9hG4bK+/abc=;rport;alias", "SIP/2.0/TLS 10.0.0.1:5061;branch=z9hG4bK+/abc=;rport=40000;alias;received=127.0.0.1"},
		{"SIP / 2.0 / TLS  h :5061 ; branch = 1 ;x=\"a;rport,\\\"\";  RPORT ; y", "SIP / 2.0 / TLS  h :5061 ; branch = 1 ;x=\"a;rport,\\\"\";  RPORT=40000 ; y;received=127.0.0.1"},
		{"SIP/2.0/UDP h;rport=;branch=1", "SIP/2.0/UDP h;rport=40000;branch=1;received=127.0.0.1"},
		{"SIP/2.0/UDP h;rport=1;branch=\"1\"", "SIP/2.0/UDP h;rport=1;branch=\"1\";received=127.0.0.1"},
		{"SIP/2.0/UDP h;received=10.0.0.1;branch=1", "SIP/2.0/UDP h;received=127.0.0.1;branch=1"},
		{" ,SIP/2.0/UDP h;rport , SIP/2.0/UDP  x;rport", " ,SIP/2.0/UDP h;rport=40000;received=127.0.0.1 , SIP/2.0/UDP  x;rport"},
		{"SIP/2.0/UDP h;;ttl=1;", "SIP/2.0/UDP h;;ttl=1;;received=127.0.0.1"},
		{"SIP/2.0/UDP h;branch=\"1", "SIP/2.0/UDP h;branch=\"1"},
		{"SIP/2.0/UDP [::1]:5060;branch=1", "SIP/2.0/UDP [::1]:5060;branch=1;received=127.0.0.1"},
	}
	for _, tt := range tests {
		m := NewRequest("OPTIONS", "sip:a@b")
		m.Add("Via", tt.via)
		m.MarkReceived(source)
		if got := m.Get("Via"); got != tt.want {
			t.Errorf("%q became %q, want %q", tt.via, got, tt.want)
		}
	}
}

// FuzzMarkReceived: a Via that can be read stays readable, with what was there.
func FuzzMarkReceived(f *testing.F) {
	f.Add("SIP/2.0/TLS h;rport;branch=z9hG4bK+/abc=;x=\"a,;\"")
	f.Add(" , SIP/2.0/UDP [::1]:1 ; RPORT = ,SIP/2.0/UDP x")
	f.Fuzz(func(t *testing.T, text string) {
		m := NewRequest("OPTIONS", "sip:a@b")
		m.Add("Via", text)
		before, err := m.TopVia()
		values := len(m.Values("Via"))
		m.MarkReceived(netip.MustParseAddrPort("127.0.0.1:40000"))
		if err != nil {
			if m.Get("Via") != text {
				t.Errorf("%q became %q", text, m.Get("Via"))
			}
			return
		}
		after, err := m.TopVia()
		if err != nil || after.Branch() != before.Branch() || after.Host != before.Host || len(m.Values("Via")) != values {
			t.Errorf("%q became %q: %v", text, m.Get("Via"), err)
		}
		rport, asked := before.Params.Lookup("rport")
		if asked && rport == "" && m.Get("Via") != text && after.Params.Get("rport") != "40000" {
			t.Errorf("%q became %q", text, m.Get("Via"))
		}
	})
}

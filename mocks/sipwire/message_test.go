package sipwire

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// crlf writes a message as it would be sent from one that is easy to read.
func crlf(lines ...string) string { return strings.Join(lines, "\r\n") + "\r\n\r\n" }

const invite = "INVITE sip:+15551234567@s1.sip.twilio.com;transport=tls SIP/2.0\r\n" +
	"v: SIP/2.0/TLS 127.0.0.1:5061;branch=z9hG4bK1, SIP / 2.0 / UDP 10.0.0.1 : 5060;branch=z9hG4bK2\r\n" +
	"Max-Forwards: 70\r\n" +
	"Record-Route: <sip:54.172.60.1:5061;transport=tls;lr;r2=on>\r\n" +
	"Record-Route: <sip:54.172.60.1;lr;r2=on>\r\n" +
	"f: \"A, \\\"B\\\"\" <sip:alice@example.com>;tag=1\r\n" +
	"TO :   <sip:+15551234567@s1.sip.twilio.com>\r\n" +
	"i: 1@h\r\n" +
	"CSeq: 7\t INVITE\r\n" +
	"m: <sip:alice@127.0.0.1;transport=tls>\r\n" +
	"X-Twilio-CallSid: a, b\r\n" +
	"Subject: one,\r\n two\r\n\t three\r\n" +
	"c: application / SDP ; charset=utf-8\r\n" +
	"l: 5\r\n" +
	"\r\n" +
	"v=0\r\n"

func mustParse(t *testing.T, raw string) *Message {
	t.Helper()
	m, err := Parse([]byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestParseRequest(t *testing.T) {
	t.Parallel()
	m := mustParse(t, invite)
	if !m.IsRequest() || m.Method != "INVITE" || m.Version != "SIP/2.0" ||
		m.RequestURI != "sip:+15551234567@s1.sip.twilio.com;transport=tls" {
		t.Errorf("start line %q %q %q", m.Method, m.RequestURI, m.Version)
	}
	if got := m.Defects(); len(got) != 0 {
		t.Errorf("defects %v", got)
	}
	for name, want := range map[string]string{
		"Call-ID": "1@h", "i": "1@h", "to": "<sip:+15551234567@s1.sip.twilio.com>", "subject": "one, two three",
		"Content-Length": "5", "absent": "",
	} {
		if got := m.Get(name); got != want {
			t.Errorf("Get(%q) = %q, want %q", name, got, want)
		}
	}
	for name, want := range map[string][]string{
		"Via":              {"SIP/2.0/TLS 127.0.0.1:5061;branch=z9hG4bK1", "SIP / 2.0 / UDP 10.0.0.1 : 5060;branch=z9hG4bK2"},
		"Record-Route":     {"<sip:54.172.60.1:5061;transport=tls;lr;r2=on>", "<sip:54.172.60.1;lr;r2=on>"},
		"X-Twilio-CallSid": {"a, b"},
		"absent":           nil,
	} {
		if got := m.Values(name); !slices.Equal(got, want) {
			t.Errorf("Values(%q) = %q, want %q", name, got, want)
		}
	}
	if n, method := m.CSeq(); n != 7 || method != "INVITE" {
		t.Errorf("CSeq %d %q", n, method)
	}
	from, err := m.From()
	if err != nil || from.Display != `A, "B"` || from.URI.User != "alice" || m.FromTag() != "1" || m.ToTag() != "" {
		t.Errorf("From %+v, %v", from, err)
	}
	if got := m.ContentType(); got != "application/sdp" {
		t.Errorf("content type %q", got)
	}
	if string(m.Body) != "v=0\r\n" {
		t.Errorf("body %q", m.Body)
	}
	if m.Headers[0].Name != "v" || m.Headers[5].Name != "TO" {
		t.Errorf("names are not as sent: %v", m.Headers)
	}
}

func TestParseResponse(t *testing.T) {
	t.Parallel()
	tests := []struct {
		line    string
		status  int
		reason  string
		version string
	}{
		{"SIP/2.0 200 OK", 200, "OK", "SIP/2.0"},
		{"SIP/2.0 100 ", 100, "", "SIP/2.0"},
		{"SIP/2.0 100", 100, "", "SIP/2.0"},
		{"sip/2.0 488 Secure media required", 488, "Secure media required", "sip/2.0"},
		{"SIP/2.0 183 = 2**3 * 3**2 но сто девяносто", 183, "= 2**3 * 3**2 но сто девяносто", "SIP/2.0"},
	}
	for _, tt := range tests {
		m := mustParse(t, crlf(tt.line, "Via: SIP/2.0/TLS h;branch=z9hG4bK"))
		if m.IsRequest() || m.Status != tt.status || m.Reason != tt.reason || m.Version != tt.version {
			t.Errorf("%q: %d %q %q", tt.line, m.Status, m.Reason, m.Version)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct{ raw, cause string }{
		{"", "empty"},
		{"\r\n\r\n", "empty"},
		{"GET / HTTP/1.1\r\n\r\n", "start-line"},
		{" INVITE sip:a@b SIP/2.0\r\n\r\n", "start-line"},
		{"INVITE SIP/2.0\r\n\r\n", "start-line"},
		{"INVITE sip:a@b\r\n\r\n", "start-line"},
		{"IN<VITE sip:a@b SIP/2.0\r\n\r\n", "start-line"},
		{"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "start-line"},
		{"SIP/2.0 4294967301 better not break the receiver\r\n\r\n", "status"},
		{"SIP/2.0 099 Low\r\n\r\n", "status"},
		{"SIP/2.0 -10 Low\r\n\r\n", "status"},
		{"SIP/2.0\r\n\r\n", "status"},
	}
	for _, tt := range tests {
		_, err := Parse([]byte(tt.raw))
		var syntax *SyntaxError
		if !errors.As(err, &syntax) || syntax.Cause != tt.cause {
			t.Errorf("Parse(%q) = %v, want cause %s", tt.raw, err, tt.cause)
		}
	}
}

func TestBodyEndsWithContentLength(t *testing.T) {
	t.Parallel()
	head := "MESSAGE sip:a@b SIP/2.0\r\n"
	tests := []struct {
		name, length, rest, body string
		defect                   bool
	}{
		{"exact", "Content-Length: 3\r\n", "abc", "abc", false},
		{"none", "", "abc", "abc", false},
		{"trailing bytes", "l: 2\r\n", "abc", "ab", true},
		{"cut off", "Content-Length: 9\r\n", "abc", "abc", true},
		{"negative", "Content-Length: -1\r\n", "abc", "abc", true},
		{"huge", "Content-Length: 99999999999999999999\r\n", "abc", "abc", true},
		{"twice, same", "Content-Length: 3\r\nl: 3\r\n", "abc", "abc", false},
		{"twice, other", "Content-Length: 3\r\nl: 2\r\n", "abc", "abc", true},
	}
	for _, tt := range tests {
		m := mustParse(t, head+tt.length+"\r\n"+tt.rest)
		defect := slices.ContainsFunc(m.Defects(), func(d Defect) bool { return d.Cause == "content-length" })
		if string(m.Body) != tt.body || defect != tt.defect {
			t.Errorf("%s: body %q, defect %t", tt.name, m.Body, defect)
		}
	}
}

func TestSplitList(t *testing.T) {
	t.Parallel()
	tests := []struct {
		value string
		want  []string
	}{
		{"", nil},
		{" , ,", nil},
		{"a,b , c", []string{"a", "b", "c"}},
		{`"x, \"y" <sip:a,b@c>;q=1, <sip:d@e>`, []string{`"x, \"y" <sip:a,b@c>;q=1`, "<sip:d@e>"}},
		{`"never closed, <sip:a@b>`, []string{`"never closed, <sip:a@b>`}},
		{`<sip:never@closed, <sip:a@b>`, []string{`<sip:never@closed, <sip:a@b>`}},
		{`trailing \`, []string{`trailing \`}},
		{`"trailing \`, []string{`"trailing \`}},
	}
	for _, tt := range tests {
		if got := SplitList(tt.value); !slices.Equal(got, tt.want) {
			t.Errorf("SplitList(%q) = %q, want %q", tt.value, got, tt.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(invite))
	f.Add([]byte("SIP/2.0 200 OK\r\nVia: ,\r\nfolded\r\n: x\r\n y\r\n\r\n"))
	f.Add([]byte("\n\nA b SIP/2\n\n"))
	for _, tt := range torture {
		f.Add([]byte(tt.raw))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := Parse(raw)
		if err != nil {
			if m != nil {
				t.Fatal("a message beside an error")
			}
			return
		}
		if m.IsRequest() == (m.Status != 0) {
			t.Fatalf("method %q and status %d", m.Method, m.Status)
		}
		m.Defects()
		m.From()
		m.Contact()
		for _, h := range m.Headers {
			m.Values(h.Name)
			ParseAuth(h.Value)
		}
		if len(m.syntax) > 0 {
			return
		}
		again, err := Parse(m.Bytes())
		if err != nil {
			t.Fatalf("cannot read what was written: %v", err)
		}
		if again.Method != m.Method || again.RequestURI != m.RequestURI || again.Status != m.Status ||
			string(again.Body) != string(m.Body) || !slices.Equal(again.Headers[:len(m.Headers)], m.Headers) {
			t.Fatalf("%q became %q", raw, m.Bytes())
		}
	})
}

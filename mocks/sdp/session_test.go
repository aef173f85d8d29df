package sdp

import (
	"errors"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
)

const twilio = "v=0\r\n" +
	"o=root 1234 5678 IN IP4 192.0.2.10\r\n" +
	"s=Twilio Media Gateway\r\n" +
	"c=IN IP4 192.0.2.11\r\n" +
	"t=0 0\r\n" +
	"m=audio 19960 RTP/SAVP 0 8 101\r\n" +
	"a=rtpmap:0 PCMU/8000\r\n" +
	"a=rtpmap:101 telephone-event/8000\r\n" +
	"a=fmtp:101 0-16\r\n" +
	"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\n" +
	"a=ptime:20\r\n" +
	"a=sendrecv\r\n"

func mustParse(t *testing.T, text string) *Session {
	t.Helper()
	s, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *Session) causes() []Cause {
	var causes []Cause
	for _, p := range s.Problems {
		causes = append(causes, p.Cause)
	}
	return causes
}

func TestParse(t *testing.T) {
	t.Parallel()
	s := mustParse(t, twilio)
	if len(s.Problems) != 0 {
		t.Errorf("problems: %v", s.Problems)
	}
	if want := (Origin{"root", "1234", "5678", "IN", "IP4", "192.0.2.10"}); s.Origin == nil || *s.Origin != want {
		t.Errorf("origin %v", s.Origin)
	}
	if s.Name != "Twilio Media Gateway" || len(s.Media) != 1 {
		t.Fatalf("name %q, %d media", s.Name, len(s.Media))
	}
	m := &s.Media[0]
	if m.Type != "audio" || m.Port != 19960 || m.Ports != 1 || m.Proto != "RTP/SAVP" || !slices.Equal(m.Formats, []string{"0", "8", "101"}) {
		t.Errorf("media %+v", m)
	}
	if got := m.Values("crypto"); len(got) != 1 || !strings.HasPrefix(got[0], "1 AES_CM_128_HMAC_SHA1_80 inline:") {
		t.Errorf("crypto %q", got)
	}
	if got := m.Values("rtpmap"); !slices.Equal(got, []string{"0 PCMU/8000", "101 telephone-event/8000"}) {
		t.Errorf("rtpmap %q", got)
	}
	if v, ok := m.Value("ptime"); !ok || v != "20" {
		t.Errorf("ptime %q %v", v, ok)
	}
	if _, ok := m.Value("Ptime"); ok {
		t.Error("attribute names are case-sensitive")
	}
	if rtp, ok := s.RTP(m); !ok || rtp != netip.MustParseAddrPort("192.0.2.11:19960") {
		t.Errorf("rtp %v %v", rtp, ok)
	}
	if rtcp, ok := s.RTCP(m, true); !ok || rtcp != netip.MustParseAddrPort("192.0.2.11:19961") {
		t.Errorf("rtcp %v %v", rtcp, ok)
	}
	if len(m.Lines) != 7 || m.Lines[0].String() != "m=audio 19960 RTP/SAVP 0 8 101" {
		t.Errorf("lines of the section: %v", m.Lines)
	}
}

// TestLinesAreKept writes the lines again and compares them with the input.
func TestLinesAreKept(t *testing.T) {
	t.Parallel()
	for _, text := range []string{twilio, strings.ReplaceAll(twilio, "a=ptime", "y=what\r\nnonsense\r\n\r\na=ptime")} {
		s := mustParse(t, text)
		var b strings.Builder
		for _, l := range s.Lines {
			b.WriteString(l.String() + "\r\n")
		}
		if b.String() != text {
			t.Errorf("%q became %q", text, b.String())
		}
	}
}

func TestTolerance(t *testing.T) {
	t.Parallel()
	const head = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
	tests := []struct {
		name  string
		text  string
		want  []Cause
		check func(*Session) bool
	}{
		{"line-feeds-only", strings.ReplaceAll(head, "\r", "") + "m=audio 4000 RTP/AVP 0\n",
			slices.Repeat([]Cause{BareLineFeed}, 6), func(s *Session) bool { return s.Media[0].Formats[0] == "0" }},
		{"last-line-without-end", head + "m=audio 4000 RTP/AVP 0\r\na=crypto:1 X inline:y", []Cause{MissingLineEnd},
			func(s *Session) bool { return s.Media[0].Values("crypto")[0] == "1 X inline:y" }},
		{"fax", head + "m=image 4002 udptl t38\r\n", nil,
			func(s *Session) bool {
				return s.Media[0].Type == "image" && s.Media[0].Proto == "udptl" && s.Media[0].Formats[0] == "t38"
			}},
		{"chat", head + "m=chat 4002 TCP/MSRP *\r\n", nil, func(s *Session) bool { return s.Media[0].Formats[0] == "*" }},
		{"dtls", head + "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=fingerprint:sha-256 AA:BB\r\n", nil,
			func(s *Session) bool { v, _ := s.Media[0].Value("fingerprint"); return v == "sha-256 AA:BB" }},
		{"unknown-protocol", head + "m=audio 4000 RTP/XAVP 0\r\n", nil, func(s *Session) bool { return s.Media[0].Proto == "RTP/XAVP" }},
		{"unknown-line-type", head + "y=1\r\n", []Cause{UnknownType}, nil},
		{"session-line-in-section", head + "m=audio 4000 RTP/AVP 0\r\nt=0 0\r\n", []Cause{OutOfOrder}, nil},
		{"swapped-lines", "v=0\r\ns=-\r\no=- 1 1 IN IP4 192.0.2.1\r\nt=0 0\r\nc=IN IP4 192.0.2.1\r\n", []Cause{OutOfOrder, OutOfOrder},
			func(s *Session) bool { return s.Origin != nil && s.Connection != nil }},
		{"repeat-times", "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\nr=7d 1h 0\r\nt=1 1\r\n", nil, nil},
		{"no-version", strings.TrimPrefix(head, "v=0\r\n"), []Cause{MissingVersion}, nil},
		{"nothing-but-media", "m=audio 4000 RTP/AVP 0\r\n",
			[]Cause{MissingVersion, MissingOrigin, MissingName, MissingTime, MissingAddress}, nil},
		{"negative-origin", strings.Replace(head, "- 1 1", "- -1 -1", 1), nil, func(s *Session) bool { return s.Origin.SessionID == "-1" }},
		{"short-origin", strings.Replace(head, "- 1 1", "1", 1), []Cause{BadOrigin}, func(s *Session) bool { return s.Origin == nil }},
		{"short-connection", strings.Replace(head, "c=IN IP4 ", "c=", 1), []Cause{BadConnection},
			func(s *Session) bool { return s.Connection == nil }},
		{"not-a-line", head + "hello\r\n", []Cause{NotALine}, nil},
		{"empty-line", head + "\r\n", []Cause{NotALine}, nil},
		{"lone-carriage-return", head + "a=x\ry\r\n", []Cause{BadCharacter}, nil},
		{"port-out-of-range", head + "m=audio 65536 RTP/AVP 0\r\n", []Cause{BadPort}, func(s *Session) bool { return s.Media[0].Port == 0 }},
		{"port-no-number", head + "m=audio x RTP/AVP 0\r\n", []Cause{BadPort}, nil},
		{"two-ports", head + "m=audio 4000/2 RTP/AVP 0\r\n", nil, func(s *Session) bool { return s.Media[0].Ports == 2 }},
		{"zero-ports", head + "m=audio 4000/0 RTP/AVP 0\r\n", []Cause{BadPort}, nil},
		{"media-without-formats", head + "m=audio 4000 RTP/AVP\r\n", []Cause{BadMedia},
			func(s *Session) bool { return s.Media[0].Port == 4000 && len(s.Media[0].Formats) == 0 }},
		{"media-with-type-only", head + "m=audio\r\n", []Cause{BadMedia, BadPort}, func(s *Session) bool { return s.Media[0].Type == "audio" }},
		{"media-empty", head + "m=\r\n", []Cause{BadMedia, BadPort}, nil},
		{"stream-without-address", strings.Replace(head, "c=IN IP4 192.0.2.1\r\n", "", 1) + "m=audio 4000 RTP/AVP 0\r\n",
			[]Cause{MissingAddress}, nil},
		{"address-in-the-section", strings.Replace(head, "c=IN IP4 192.0.2.1\r\n", "", 1) +
			"m=audio 4000 RTP/AVP 0\r\nc=IN IP4 192.0.2.9\r\n", nil, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := mustParse(t, tt.text)
			if got := s.causes(); !slices.Equal(got, tt.want) {
				t.Errorf("problems %v, want %v", got, tt.want)
			}
			if tt.check != nil && !tt.check(s) {
				t.Errorf("parsed as %+v", s)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		text string
		want error
	}{
		"nothing":        {"", ErrEmpty},
		"a-letter":       {"hello\r\nworld\r\n", ErrNotSDP},
		"too-many-bytes": {"v=0\r\n" + strings.Repeat("a", MaxBytes), ErrTooLarge},
		"too-many-lines": {strings.Repeat("a=\n", MaxLines+1), ErrTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := Parse([]byte(tt.text)); !errors.Is(err, tt.want) {
				t.Errorf("%v, want %v", err, tt.want)
			}
		})
	}
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	const head = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
	tests := []struct{ name, media, rtp, rtcp string }{
		{"session-address", "m=audio 4000 RTP/AVP 0\r\n", "192.0.2.1:4000", "192.0.2.1:4001"},
		{"section-address", "m=audio 4000 RTP/AVP 0\r\nc=IN IP4 192.0.2.2\r\n", "192.0.2.2:4000", "192.0.2.2:4001"},
		{"ipv6", "m=audio 4000 RTP/AVP 0\r\nc=IN IP6 2001:db8::1\r\n", "[2001:db8::1]:4000", "[2001:db8::1]:4001"},
		{"ipv4-mapped, RFC 5118 §4.10", "m=audio 4000 RTP/AVP 0\r\nc=IN IP6 ::ffff:192.0.2.9\r\n", "192.0.2.9:4000", "192.0.2.9:4001"},
		{"rtcp at ipv6", "m=audio 4000 RTP/AVP 0\r\nc=IN IP6 2001:db8::1\r\na=rtcp:5000 IN IP6 2001:db8::2\r\n", "[2001:db8::1]:4000", "[2001:db8::2]:5000"},
		{"multicast", "m=audio 4000 RTP/AVP 0\r\nc=IN IP4 233.252.0.1/127\r\n", "233.252.0.1:4000", "233.252.0.1:4001"},
		{"host-name", "m=audio 4000 RTP/AVP 0\r\nc=IN IP4 media.example.com\r\n", "", ""},
		{"rejected", "m=audio 0 RTP/AVP 0\r\n", "", ""},
		{"mux", "m=audio 4000 RTP/AVP 0\r\na=rtcp-mux\r\n", "192.0.2.1:4000", "192.0.2.1:4000"},
		{"rtcp-port", "m=audio 4000 RTP/AVP 0\r\na=rtcp:5000\r\n", "192.0.2.1:4000", "192.0.2.1:5000"},
		{"rtcp-address", "m=audio 4000 RTP/AVP 0\r\na=rtcp:5000 IN IP4 192.0.2.7\r\n", "192.0.2.1:4000", "192.0.2.7:5000"},
		{"rtcp-nonsense", "m=audio 4000 RTP/AVP 0\r\na=rtcp:x\r\n", "192.0.2.1:4000", ""},
		{"last-port", "m=audio 65535 RTP/AVP 0\r\n", "192.0.2.1:65535", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := mustParse(t, head+tt.media)
			rtp, ok := s.RTP(&s.Media[0])
			if ok != (tt.rtp != "") || ok && rtp.String() != tt.rtp {
				t.Errorf("rtp %v %v, want %q", rtp, ok, tt.rtp)
			}
			rtcp, ok := s.RTCP(&s.Media[0], true)
			if ok != (tt.rtcp != "") || ok && rtcp.String() != tt.rtcp {
				t.Errorf("rtcp %v %v, want %q", rtcp, ok, tt.rtcp)
			}
		})
	}
}

func TestDirection(t *testing.T) {
	t.Parallel()
	const media = "m=audio 4000 RTP/AVP 0\r\n"
	for _, tt := range []struct {
		text string
		want Direction
	}{
		{"v=0\r\n" + media, SendRecv},
		{"v=0\r\na=inactive\r\n" + media, Inactive},
		{"v=0\r\na=inactive\r\n" + media + "a=sendonly\r\n", SendOnly},
		{"v=0\r\n" + media + "a=ptime:20\r\na=recvonly\r\n", RecvOnly},
	} {
		s := mustParse(t, tt.text)
		if got := s.Direction(&s.Media[0]); got != tt.want {
			t.Errorf("%q: %s, want %s", tt.text, got, tt.want)
		}
	}
	for d, want := range map[Direction]Direction{SendRecv: SendRecv, SendOnly: RecvOnly, RecvOnly: SendOnly, Inactive: Inactive} {
		if got := d.Reverse(); got != want {
			t.Errorf("%s reversed is %s", d, got)
		}
	}
}

func TestFirst(t *testing.T) {
	t.Parallel()
	s := mustParse(t, "v=0\r\nm=audio 0 RTP/AVP 0\r\nm=video 5 RTP/AVP 99\r\nm=audio 7 RTP/SAVP 8\r\n")
	if m := s.First("audio"); m == nil || m.Port != 7 {
		t.Errorf("first audio: %+v", m)
	}
	if m := s.First("image"); m != nil {
		t.Errorf("first image: %+v", m)
	}
}

// FuzzParse checks that nothing panics, that every line is kept, and that the
// lines of a description parse again as the same description.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		twilio,
		"v=0\no=- 1 1 IN IP4 0.0.0.0\ns=-\nt=0 0\nm=image 4002 udptl t38\n",
		"v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=rtcp:9 IN IP4 0.0.0.0",
		"v=0\r\r\nm=\r\nm=audio 1/2\rc=\n\n\n", "m=audio 4000 RTP/AVP 0\na=rtcp:\na=rtcp-mux", "=", "a=", "\x00=\xff\n",
		"c=IN IP4 224.0.0.1/127/3\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		s, err := Parse(raw)
		if err != nil {
			return
		}
		var b strings.Builder
		for _, l := range s.Lines {
			b.WriteString(l.String() + "\r\n")
		}
		for i := range s.Media {
			m := &s.Media[i]
			s.RTCP(m, true)
			s.Direction(m)
		}
		if b.Len() > MaxBytes {
			return
		}
		again, err := Parse([]byte(b.String()))
		if err != nil {
			t.Fatal(err)
		}
		again.Problems, s.Problems = nil, nil
		if !reflect.DeepEqual(again, s) {
			t.Fatalf("%q parsed as %+v, then as %+v", raw, s, again)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	raw := []byte(twilio)
	b.SetBytes(int64(len(raw)))
	for b.Loop() {
		if _, err := Parse(raw); err != nil {
			b.Fatal(err)
		}
	}
}

package sdp

import (
	"net/netip"
	"reflect"
	"strings"
	"testing"
)

func offer() Description {
	return Description{
		Username: "root", SessionID: 7, SessionVersion: 1, Name: "Twilio Media Gateway",
		Address: netip.MustParseAddr("127.0.0.1"), Attributes: []Attribute{{Name: "group", Value: "BUNDLE one", HasValue: true}},
		Streams: []Stream{{
			Port: 4000, Proto: "RTP/SAVP", Formats: []Format{PCMU, PCMA, DTMF},
			Crypto: []string{"1 AES_CM_128_HMAC_SHA1_80 inline:AAAA"}, PacketTime: 20, Direction: SendRecv,
			Attributes: []Attribute{{Name: "rtcp-mux"}, {Name: "rtcp", Value: "4000", HasValue: true}},
		}},
	}
}

func TestMarshal(t *testing.T) {
	t.Parallel()
	raw, err := offer().Marshal()
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Join([]string{
		"v=0", "o=root 7 1 IN IP4 127.0.0.1", "s=Twilio Media Gateway", "c=IN IP4 127.0.0.1", "t=0 0", "a=group:BUNDLE one",
		"m=audio 4000 RTP/SAVP 0 8 101", "a=rtpmap:0 PCMU/8000", "a=rtpmap:8 PCMA/8000", "a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-16",
		"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:AAAA", "a=ptime:20", "a=sendrecv", "a=rtcp-mux", "a=rtcp:4000", "",
	}, "\r\n")
	if string(raw) != want {
		t.Errorf("\n%s\nwant\n%s", raw, want)
	}
	if s := mustParse(t, string(raw)); len(s.Problems) != 0 {
		t.Errorf("our own description has problems: %v", s.Problems)
	}
}

func TestMarshalDefaults(t *testing.T) {
	t.Parallel()
	raw, err := Description{Address: netip.MustParseAddr("2001:db8::1")}.Marshal()
	if want := "v=0\r\no=- 0 0 IN IP6 2001:db8::1\r\ns=-\r\nc=IN IP6 2001:db8::1\r\nt=0 0\r\n"; err != nil || string(raw) != want {
		t.Errorf("%q, %v", raw, err)
	}
	held := Description{Address: netip.MustParseAddr("2001:db8::1"), Connection: netip.IPv4Unspecified()}
	want := "v=0\r\no=- 0 0 IN IP6 2001:db8::1\r\ns=-\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\n"
	if raw, err := held.Marshal(); err != nil || string(raw) != want {
		t.Errorf("%q, %v", raw, err)
	}
}

func TestMarshalRefuses(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*Description){
		"no-address":             func(d *Description) { d.Address = netip.Addr{} },
		"no-formats":             func(d *Description) { d.Streams[0].Formats = nil },
		"no-protocol":            func(d *Description) { d.Streams[0].Proto = "" },
		"space-in-protocol":      func(d *Description) { d.Streams[0].Proto = "RTP/AVP 0" },
		"space-in-username":      func(d *Description) { d.Username = "a b" },
		"line-end-in-name":       func(d *Description) { d.Name = "a\r\na=b" },
		"line-end-in-crypto":     func(d *Description) { d.Streams[0].Crypto[0] += "\n" },
		"line-end-in-session":    func(d *Description) { d.Attributes[0].Name += "\n" },
		"line-end-in-attribute":  func(d *Description) { d.Streams[0].Attributes[0].Name += "\r" },
		"line-end-in-rtpmap":     func(d *Description) { d.Streams[0].Formats[0].Map = "\nx" },
		"format-without-a-name":  func(d *Description) { d.Streams[0].Formats[0].Name = "" },
		"format-with-a-line-end": func(d *Description) { d.Streams[0].Formats[0].Name = "0\n" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := offer()
			d.Streams[0].Formats = append([]Format(nil), d.Streams[0].Formats...)
			spoil(&d)
			if raw, err := d.Marshal(); err == nil {
				t.Errorf("written as %q", raw)
			}
		})
	}
}

// TestAnswer accepts the second of three streams and rejects the others, with media type, protocol and formats as
// offered.
func TestAnswer(t *testing.T) {
	t.Parallel()
	offered := mustParse(t, "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"+
		"m=audio 4000 RTP/AVP 0 8\r\nm=audio 4002 RTP/SAVP 0\r\nm=image 4004 udptl t38\r\na=T38FaxVersion:0\r\n")
	d := Description{Address: netip.MustParseAddr("127.0.0.1"), Streams: Answer(offered, map[int]Stream{
		1: {Port: 5000, Proto: "RTP/SAVP", Formats: []Format{PCMU}},
	})}
	raw, err := d.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for line := range strings.Lines(string(raw)) {
		if strings.HasPrefix(line, "m=") || strings.HasPrefix(line, "a=") {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	want := []string{"m=audio 0 RTP/AVP 0 8", "m=audio 5000 RTP/SAVP 0", "a=rtpmap:0 PCMU/8000", "m=image 0 udptl t38"}
	if !reflect.DeepEqual(lines, want) {
		t.Errorf("%q, want %q", lines, want)
	}
}

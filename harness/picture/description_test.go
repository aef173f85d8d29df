package picture

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/mocks/observation"
)

// key is the inline value of AES_CM_128_HMAC_SHA1_80, of a byte.
func key(b byte) string {
	return "inline:" + base64.StdEncoding.EncodeToString(slices.Repeat([]byte{b}, 30))
}

// inCall is a message with a description of one stream.
func inCall(dir observation.Direction, start, cseq, profile string, attributes ...string) observation.Event {
	body := "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 " + profile + " 0\r\n"
	for _, a := range attributes {
		body += "a=" + a + "\r\n"
	}
	return observation.Event{Kind: observation.SIP, Conn: "tls-1", Dir: dir, Bytes: fmt.Appendf(nil,
		"%s\r\nVia: SIP/2.0/TLS a;branch=z9hG4bK1\r\nFrom: <sip:a@a>;tag=1\r\nTo: <sip:b@b>\r\nCall-ID: c\r\nCSeq: %s\r\n"+
			"Content-Type: application/sdp\r\nContent-Length: %d\r\n\r\n%s", start, cseq, len(body), body)}
}

// TestDescriptions has offers and answers, and what does not fit.
func TestDescriptions(t *testing.T) {
	t.Parallel()
	const suite = "AES_CM_128_HMAC_SHA1_80 "
	in, out := observation.In, observation.Out
	offer := func(attributes ...string) observation.Event {
		return inCall(out, "INVITE sip:b@b SIP/2.0", "1 INVITE", "RTP/SAVP", attributes...)
	}
	answer := func(profile string, attributes ...string) observation.Event {
		return inCall(in, "SIP/2.0 200 OK", "1 INVITE", profile, attributes...)
	}
	for _, test := range []struct {
		name   string
		events []observation.Event
		heads  []string // of the columns
		faults []string
		bad    []string // what is said of lines
	}{
		{"it fits", []observation.Event{offer("crypto:1 " + suite + key(1)), answer("RTP/SAVP", "crypto:1 "+suite+key(2))},
			[]string{"Offer by the vendor in INVITE, 0.010", "Answer by the device in 200 OK, 0.020"}, nil, nil},
		{"another tag", []observation.Event{offer("crypto:1 " + suite + key(1)), answer("RTP/SAVP", "crypto:2 "+suite+key(2))},
			nil, []string{"Stream 1: the answer's tag was not offered (tag 2)."}, nil},
		{"no crypto", []observation.Event{offer("crypto:1 " + suite + key(1)), answer("RTP/SAVP")},
			nil, []string{"Stream 1: the stream is accepted without a crypto attribute."}, nil},
		{"in clear", []observation.Event{offer(), answer("RTP/AVP")},
			nil, []string{"Stream 1 is offered as RTP/SAVP and answered as RTP/AVP."}, nil},
		{"the same key", []observation.Event{offer("crypto:1 " + suite + key(1)), answer("RTP/SAVP", "crypto:1 "+suite+key(1))},
			nil, []string{"Stream 1: the answer has the offerer's own key (tag 1)."}, nil},
		{"a short key", []observation.Event{offer("crypto:1 " + suite + "inline:AAAA")},
			[]string{"Offer by the vendor in INVITE, 0.010", "Answer none seen"}, nil,
			[]string{"the key has the wrong length for its suite (3 bytes, AES_CM_128_HMAC_SHA1_80 needs 30)"}},
		{"early and final are the same", []observation.Event{offer("crypto:1 " + suite + key(1)),
			inCall(in, "SIP/2.0 183 Session Progress", "1 INVITE", "RTP/SAVP", "crypto:1 "+suite+key(2)), answer("RTP/SAVP", "crypto:1 "+suite+key(2))},
			[]string{"Offer by the vendor in INVITE, 0.010", "Answer by the device in 183 Session Progress, 200 OK, 0.020"}, nil, nil},
		{"forks answer apart", []observation.Event{offer("crypto:1 " + suite + key(1)),
			inCall(in, "SIP/2.0 183 Session Progress", "1 INVITE", "RTP/SAVP", "crypto:1 "+suite+key(2)), answer("RTP/SAVP", "crypto:1 "+suite+key(3))},
			[]string{"Offer by the vendor in INVITE, 0.010", "Answer by the device in 183 Session Progress, 0.020",
				"Offer by the vendor in INVITE, 0.010", "Answer by the device in 200 OK, 0.030"}, nil, nil},
		{"late offer", []observation.Event{inCall(in, "SIP/2.0 200 OK", "1 INVITE", "RTP/SAVP", "crypto:1 "+suite+key(1)),
			inCall(out, "ACK sip:b@b SIP/2.0", "1 ACK", "RTP/SAVP", "crypto:1 "+suite+key(2))},
			[]string{"Offer by the device in 200 OK, 0.010", "Answer by the vendor in ACK, 0.020"}, nil, nil},
		{"with credentials once more", []observation.Event{inCall(in, "INVITE sip:b@b SIP/2.0", "1 INVITE", "RTP/SAVP", "crypto:1 "+suite+key(1)),
			inCall(in, "INVITE sip:b@b SIP/2.0", "2 INVITE", "RTP/SAVP", "crypto:1 "+suite+key(1)),
			inCall(out, "SIP/2.0 200 OK", "2 INVITE", "RTP/SAVP", "crypto:1 "+suite+key(2))},
			[]string{"Offer by the device in INVITE, 0.020", "Answer by the vendor in 200 OK, 0.030"}, nil, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			all := draw(t, test.events, About{Prefix: "p"})
			var heads []string
			for _, h := range texts(all, "<th") {
				if strings.HasPrefix(h, "Offer") || strings.HasPrefix(h, "Answer") {
					heads = append(heads, h)
				}
			}
			if test.heads != nil && !slices.Equal(heads, test.heads) {
				t.Errorf("columns %q, want %q", heads, test.heads)
			}
			if got := texts(all, "pic-fault"); !slices.Equal(got, test.faults) {
				t.Errorf("faults %q, want %q", got, test.faults)
			}
			if got := texts(all, "pic-bad"); !slices.Equal(got, test.bad) {
				t.Errorf("of lines %q, want %q", got, test.bad)
			}
			for _, e := range all {
				if strings.Contains(e.text.String(), key(1)) {
					t.Fatal("a whole key is in the fragment")
				}
			}
		})
	}
}

// TestAligned: lines about the same thing are side by side.
func TestAligned(t *testing.T) {
	t.Parallel()
	const suite = "AES_CM_128_HMAC_SHA1_80 "
	all := draw(t, []observation.Event{
		inCall(observation.Out, "INVITE sip:b@b SIP/2.0", "1 INVITE", "RTP/SAVP", "rtpmap:0 PCMU/8000", "crypto:1 F8_128_HMAC_SHA1_80 "+key(1),
			"crypto:2 "+suite+key(2)+"|2^20|1:4", "sendrecv"),
		inCall(observation.In, "SIP/2.0 200 OK", "1 INVITE", "RTP/SAVP", "crypto:2 "+suite+key(3), "sendonly", "rtpmap:0 PCMU/8000", "ptime:20"),
	}, About{})
	cells := texts(all, "<td")
	var got [][2]string
	for i := 0; i+1 < len(cells); i += 2 {
		if strings.HasPrefix(cells[i]+cells[i+1], "a=") {
			got = append(got, [2]string{cells[i], cells[i+1]})
		}
	}
	const said = "AES key of 128 bits, salt of 112, tag of 80 (RTCP 80); 30 bytes inline, "
	want := [][2]string{
		{"a=rtpmap:0 PCMU/8000", "a=rtpmap:0 PCMU/8000"},
		{"a=crypto:1 F8_128_HMAC_SHA1_80 inline:AQEBAQ…" + said + "no lifetime named, no MKI", ""},
		{"a=crypto:2 AES_CM_128_HMAC_SHA1_80 inline:AgICAg…|2^20|1:4" + said + "lifetime 2^20 packets, MKI 00000001 in 4 bytes",
			"a=crypto:2 AES_CM_128_HMAC_SHA1_80 inline:AwMDAw…" + said + "no lifetime named, no MKI"},
		{"a=sendrecv", "a=sendonly"},
		{"", "a=ptime:20"},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

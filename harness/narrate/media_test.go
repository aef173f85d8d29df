package narrate

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sipconform/sipconform/mocks/media"
	"github.com/sipconform/sipconform/mocks/observation"
)

// packet is one of the device's, that many milliseconds after the beginning.
func packet(ms int, info observation.MediaInfo) *observation.Event {
	info.Local, info.Remote = mock, remote
	return &observation.Event{Kind: observation.Media, Conn: "udp a b", Dir: observation.In, At: time.Duration(ms) * time.Millisecond, Media: &info}
}

// texts are lines without their columns.
func texts(lines []string) string {
	var all []string
	for _, line := range lines {
		if _, text, ok := strings.Cut(line, " media   "); ok {
			all = append(all, strings.TrimPrefix(text, "in  media   "))
		}
	}
	return strings.Join(all, "\n")
}

// TestStream: a line when a stream begins, one when its class changes, a summary every five seconds and one at the end.
func TestStream(t *testing.T) {
	t.Parallel()
	n := New(time.Now())
	material, err := base64.StdEncoding.DecodeString(key)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	tell := func(e *observation.Event) { lines = append(lines, n.Tell(e)...) }
	tell(&observation.Event{Kind: observation.SIP, Dir: observation.In, Bytes: sip("SIP/2.0 200 OK", "CSeq: 1 INVITE", "Content-Type: application/sdp", "",
		"v=0", "o=- 1 1 IN IP4 192.0.2.20", "s=-", "c=IN IP4 192.0.2.20", "t=0 0", "m=audio 40000 RTP/SAVP 0",
		"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:"+key, "")})
	for i := range 300 { // six seconds
		info := observation.MediaInfo{Class: observation.AuthenticRTP, SSRC: 7, Sequence: uint16(65500 + i), Key: media.Fingerprint(material)}
		switch {
		case i == 100 || i == 101:
			continue // lost
		case i >= 200 && i < 210:
			info.Class, info.Key, info.Diagnosis = observation.BadTag, "", "stray-mki"
		}
		tell(packet(20*i, info))
	}
	lines = append(lines, n.Pause(20*time.Second)...)
	want := strings.Join([]string{
		"stream 00000007 begins: authentic SRTP under AES_CM_128_HMAC_SHA1_80, from 192.0.2.20:51234 to 192.0.2.10:5061, payload type 0",
		"stream 00000007 changes: now SRTP that does not authenticate (stray-mki), after authentic SRTP under AES_CM_128_HMAC_SHA1_80",
		"stream 00000007: 248 packets, 2 lost, 10 not authentic",
		"stream 00000007 ends after 6s: 298 packets, 2 lost, 10 not authentic",
	}, "\n")
	if got := texts(lines); got != want {
		t.Errorf("told is\n%s\nwant\n%s", got, want)
	}
}

// TestManyStreams: who sends each packet from a source of its own gets few lines.
func TestManyStreams(t *testing.T) {
	t.Parallel()
	n := New(time.Now())
	var lines []string
	for i := range 50_000 {
		class := observation.ClearRTP
		if i%2 == 0 {
			class = observation.BadTag
		}
		lines = append(lines, n.Tell(packet(i/10, observation.MediaInfo{Class: class, SSRC: uint32(i % 20_000)}))...)
	}
	lines = append(lines, n.End(5*time.Second)...)
	if len(lines) > 10*maxStreams {
		t.Errorf("%d lines", len(lines))
	}
	if !strings.Contains(strings.Join(lines, "\n"), "packets of further streams, which are too many to tell apart") {
		t.Error("nothing says that there are more")
	}
}

// TestKeysKnown: a device that makes up keys fills no memory.
func TestKeysKnown(t *testing.T) {
	t.Parallel()
	var s sounds
	for i := range 10 * maxKeys {
		s.remember(fmt.Sprint(i), "suite")
	}
	if len(s.suites) > maxKeys || len(s.keys) > maxKeys || s.suites[fmt.Sprint(10*maxKeys-1)] == "" {
		t.Errorf("%d suites, %d keys", len(s.suites), len(s.keys))
	}
}

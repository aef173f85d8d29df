package judge_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/mocks/media"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sdes"
	cipher "github.com/sipconform/sipconform/mocks/srtp"
)

// stranger is a packet under a key of that name that nothing in the call opens, with its bytes if they are kept.
func stranger(t *testing.T, name string, kept bool) observation.Event {
	t.Helper()
	k, err := cipher.New(sha80, material(30, name))
	if err != nil {
		t.Fatal(err)
	}
	packet, _ := k.SealRTP([]byte{0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 5, 1, 2, 3, 4}, 0, k.RTP())
	e := observation.Event{Kind: observation.Media, Dir: observation.In,
		Media: &observation.MediaInfo{Class: observation.BadTag, Diagnosis: media.UnknownKey, SSRC: 5}}
	if kept {
		e.Bytes = packet
	}
	return e
}

// TestKeyOfAnotherScenario: a packet that no key of the call opens is explained by one of another scenario, the first that
// has it.
func TestKeyOfAnotherScenario(t *testing.T) {
	t.Parallel()
	other := func(scenario, key string) judge.Elsewhere {
		return judge.Elsewhere{Scenario: scenario, Keys: []media.Keying{{Suite: sha80, Key: sdes.Key{Material: material(30, key)}}}}
	}
	run := []judge.Elsewhere{other("first", "a"), other("second", "b"), other("third", "b")}
	for name, c := range map[string]struct {
		packets     []observation.Event
		run         []judge.Elsewhere
		cause, says string
	}{
		"a key of the run":                {[]observation.Event{stranger(t, "b", true)}, run, "media-key-of-another-call", "in second"},
		"no key of the run":               {[]observation.Event{stranger(t, "c", true)}, run, "media-unknown-key", ""},
		"no other scenario":               {[]observation.Event{stranger(t, "b", true)}, nil, "media-unknown-key", ""},
		"the bytes are not kept":          {[]observation.Event{stranger(t, "b", false)}, run, "media-unknown-key", ""},
		"the bytes of a later one are":    {[]observation.Event{stranger(t, "a", false), stranger(t, "a", true)}, run, "media-key-of-another-call", "in first"},
		"the first stands for its stream": {[]observation.Event{stranger(t, "a", true), stranger(t, "b", true)}, run, "media-key-of-another-call", "in first"},
	} {
		log := secured()
		for _, e := range c.packets {
			log.add(e)
		}
		v := judge.NewView(log.events)
		v.Elsewhere = c.run
		r := judge.SecureRTP(v)
		if r.Cause != c.cause || !strings.Contains(r.Observed, c.says) || r.Hint == "" {
			t.Errorf("%s: %s: %s; %s", name, r.Cause, r.Observed, r.Hint)
		}
		if kept := judge.Unexplained(log.events); kept != (name != "the bytes are not kept") {
			t.Errorf("%s: unexplained is %v", name, kept)
		}
	}
}

// TestOffered collects the keys of both sides, each once, up to the end of the scene.
func TestOffered(t *testing.T) {
	t.Parallel()
	const secure = "audio 4000 RTP/SAVP"
	a, b, c := random(1, sha80, "a"), random(1, sha80, "b"), random(2, sha32, "a")
	log := secured().out("tls-1", "INVITE 1", sdp(secure, a, c)).in("tls-1", "200 INVITE 1", sdp(secure, b)).
		out("tls-1", "INVITE 2", sdp(secure, a)).in("tls-1", "200 INVITE 2", sdp("audio 4000 RTP/AVP"))
	var got []string
	for _, k := range judge.Offered(log.over().out("tls-1", "INVITE 3", sdp(secure, random(1, sha80, "d"))).events) {
		got = append(got, k.Suite+" "+base64.StdEncoding.EncodeToString(k.Key.Material)[:4])
	}
	short := func(suite, name string) string {
		return suite + " " + base64.StdEncoding.EncodeToString(material(30, name))[:4]
	}
	if want := []string{short(sha80, "b"), short(sha80, "a"), short(sha32, "a")}; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the keys are %q, want %q", got, want)
	}
	many := secured()
	for i := range 200 {
		many.out("tls-1", "INVITE 1", sdp(secure, random(1, sha80, fmt.Sprint(i))))
	}
	if n := len(judge.Offered(many.events)); n != 128 {
		t.Errorf("of 200 keys %d are kept", n)
	}
}

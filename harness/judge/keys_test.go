package judge_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/mocks/media"
	"github.com/sipconform/sipconform/mocks/observation"
)

// random is the value of an a=crypto attribute with a key that looks random and is the
// same for the same name.
func random(tag int, suite, name string) string { return keyed(tag, suite, material(30, name)) }

func material(n int, name string) []byte {
	first, second := sha256.Sum256([]byte(name)), sha256.Sum256([]byte(name+"'"))
	return append(first[:], second[:]...)[:n]
}

func keyed(tag int, suite string, key []byte) string {
	return fmt.Sprintf("%d %s inline:%s", tag, suite, base64.StdEncoding.EncodeToString(key))
}

func TestFreshKeys(t *testing.T) {
	t.Parallel()
	const secure, video = "audio 4000 RTP/SAVP", "video 4002 RTP/SAVP"
	a, b := random(1, sha80, "a"), random(1, sha80, "b")
	offer := func(lines ...string) string { return sdp(lines...) }
	// called is a call of the device's that was taken, and calls one to it.
	called := func(s *story, id string, offered, answered string) *story {
		return s.in("tls-1", "INVITE 1", "Call-ID: "+id, offered).out("tls-1", "200 INVITE 1", "Call-ID: "+id, answered)
	}
	calls := func(s *story, id string, number int, offered, answered string) *story {
		return s.out("tls-1", fmt.Sprintf("INVITE %d", number), "Call-ID: "+id, offered).
			in("tls-1", fmt.Sprintf("200 INVITE %d", number), "Call-ID: "+id, answered)
	}
	refused := func(s *story, id string, number, status int, offered string) *story {
		return s.in("tls-1", fmt.Sprintf("INVITE %d", number), "Call-ID: "+id, offered).
			out("tls-1", fmt.Sprintf("%d INVITE %d", status, number), "Call-ID: "+id)
	}
	first := called(secured(), "1", offer(secure, a), offer(secure, b))
	again := func(lines ...string) *story {
		return called(called(secured(), "1", offer(secure, a), offer(secure, b)), "2", offer(lines...), offer(secure, random(1, sha80, "c")))
	}
	fresh := judge.FreshKeys
	try(t, []trial{
		{"a key for each side", fresh, first, "pass keys-fresh"},
		{"no key", fresh, called(secured(), "1", offer("audio 4000 RTP/AVP"), offer("audio 4000 RTP/AVP")), "not-applicable no-keys"},
		{"keys that are no attribute", fresh, called(secured(), "1", offer(secure, a+"|2^49"), offer(secure, b)), "not-applicable no-keys"},
		{"another key in another call", fresh, again(secure, random(1, sha80, "d")), "pass keys-fresh"},
		{"the same in another call", fresh, again(secure, a), "fail key-reused"},
		{"the same in another call, under another suite", fresh, again(secure, random(7, sha32, "a")), "fail key-reused"},
		{"one that was not chosen, in another call", fresh, again(secure, random(1, sha80, "d"), random(2, sha32, "a")), "fail key-reused"},
		{"the same in two streams", fresh, called(secured(), "1", offer(secure, a, video, a), offer(secure, b)), "fail key-reused"},
		{"the same in a stream that is refused", fresh, called(secured(), "1", offer(secure, a, "video 0 RTP/SAVP", a), offer(secure, b)), "pass keys-fresh"},
		{"the same in two attributes of a stream", fresh, called(secured(), "1", offer(secure, a, random(2, sha32, "a")), offer(secure, b)), "pass keys-fresh"},
		{"the same after a challenge", fresh,
			called(refused(secured(), "1", 1, 407, offer(secure, a)), "1", offer(secure, a), offer(secure, b)), "pass keys-fresh"},
		{"the same in another call after a refusal", fresh,
			called(refused(secured(), "1", 1, 422, offer(secure, a)), "2", offer(secure, a), offer(secure, b)), "pass keys-fresh"},
		{"and then in a third", fresh,
			called(called(refused(secured(), "1", 1, 422, offer(secure, a)), "2", offer(secure, a), offer(secure, b)), "3",
				offer(secure, a), offer(secure, random(1, sha80, "c"))), "fail key-reused"},
		{"a key that is kept in a new answer", fresh,
			calls(calls(secured(), "1", 1, offer(secure, b), offer(secure, a)), "1", 2, offer(secure, random(1, sha80, "c")), offer(secure, a)),
			"pass keys-fresh"},
		{"a key that moves to another stream", fresh,
			calls(calls(secured(), "1", 1, offer(secure, b), offer(secure, a)), "1", 2, offer(secure, b, video, b),
				offer(secure, random(1, sha80, "c"), video, a)), "fail key-reused"},
		{"a provisional answer and a final one", fresh, secured().out("tls-1", "INVITE 1", offer(secure, b)).
			in("tls-1", "183 INVITE 1", offer(secure, a)).in("tls-1", "200 INVITE 1", offer(secure, a)), "pass keys-fresh"},
		{"the offered key in the answer", fresh, calls(secured(), "1", 1, offer(secure, b), offer(secure, b)), "fail key-of-the-peer"},
		{"the key of an attribute that it did not choose", fresh,
			calls(secured(), "1", 1, offer(secure, b, random(2, sha32, "c")), offer(secure, random(1, sha80, "c"))), "fail key-of-the-peer"},
		{"a vendor that sends the device's key", fresh, called(secured(), "1", offer(secure, a), offer(secure, a)), "pass keys-fresh"},
	})
}

// TestSpentKeys: a key of an earlier scenario counts, if it was used in a call.
func TestSpentKeys(t *testing.T) {
	t.Parallel()
	key := material(30, "a")
	call := func(final string, more ...string) *judge.View {
		s := secured().in("tls-1", "INVITE 1", sdp("audio 4000 RTP/SAVP", keyed(1, sha80, key))).out("tls-1", final+" INVITE 1", more...)
		return judge.NewView(s.events)
	}
	taken, refused := call("200", sdp("audio 4000 RTP/SAVP", random(1, sha80, "b"))), call("488")
	if used := taken.UsedKeys(); len(used) != 1 || used[0] != media.Fingerprint(key) {
		t.Errorf("the keys of a call that was taken are %v", used)
	}
	if used := refused.UsedKeys(); len(used) != 0 {
		t.Errorf("the keys of a call that was refused are %v", used)
	}
	spent := map[string]string{media.Fingerprint(key): "twilio/voice/before"}
	taken.Spent, refused.Spent = spent, spent
	if r := judge.FreshKeys(taken); r.Verdict != verdict.Fail || r.Cause != "key-reused" || !strings.Contains(r.Observed, "twilio/voice/before") {
		t.Errorf("a spent key is %s (%s): %s", r.Verdict, r.Cause, r.Observed)
	}
	if r := judge.FreshKeys(refused); r.Verdict != verdict.Pass {
		t.Errorf("a spent key in a call that was refused is %s (%s)", r.Verdict, r.Cause)
	}
}

// TestPatterns: what no generator of random numbers makes.
func TestPatterns(t *testing.T) {
	t.Parallel()
	count := func(n, step int) []byte {
		key := make([]byte, n)
		for i := range key {
			key[i] = byte(200 + i*step)
		}
		return key
	}
	splice := func(key []byte, at int, part []byte) []byte {
		copy(key[at:], part)
		return key
	}
	const gcm, cm256 = "AEAD_AES_128_GCM", "AES_256_CM_HMAC_SHA1_80"
	for name, c := range map[string]struct {
		suite    string
		key      []byte
		observed string // empty for a key that is random
	}{
		"zeros":                      {sha80, make([]byte, 30), "key and salt are 30 bytes of 0x00"},
		"ones":                       {gcm, bytes.Repeat([]byte{0xff}, 28), "key and salt are 28 bytes of 0xff"},
		"text":                       {sha80, []byte("the quick brown fox jumps over"), "printable text"},
		"digits":                     {sha32, []byte("736452819375620183746529301847"), "printable text"},
		"counting up":                {cm256, count(46, 1), "count in steps of 1"},
		"counting down":              {sha80, count(30, -1), "count in steps of -1"},
		"counting by threes":         {sha80, count(30, 3), "count in steps of 3"},
		"two bytes again and again":  {sha80, bytes.Repeat([]byte{1, 200}, 15), "2 bytes are repeated"},
		"eight bytes, and a part":    {gcm, bytes.Repeat(material(8, "x"), 4)[:28], "8 bytes are repeated"},
		"nine bytes":                 {gcm, bytes.Repeat(material(9, "x"), 4)[:28], ""},
		"no key":                     {sha80, splice(material(30, "x"), 0, make([]byte, 16)), "the key is 16 bytes of 0x00"},
		"no salt":                    {gcm, splice(material(28, "x"), 16, make([]byte, 12)), "the salt is 12 bytes of 0x00"},
		"half a key":                 {cm256, splice(material(46, "x"), 0, make([]byte, 23)), "the first half is 23 bytes of 0x00"},
		"the key as the salt":        {sha80, splice(material(30, "x"), 16, material(14, "x")), "the salt repeats the key"},
		"a counting salt":            {sha80, splice(material(30, "x"), 16, count(14, 1)), "the salt is bytes that count"},
		"one byte that is not text":  {sha80, append([]byte("the quick brown fox jumps ove"), 0x80), ""},
		"random":                     {sha80, material(30, "x"), ""},
		"zeros of an unknown suite":  {"NO_SUCH_SUITE", make([]byte, 30), ""},
		"a few zeros within the key": {sha80, splice(material(30, "x"), 4, make([]byte, 6)), ""},
	} {
		r := judge.FreshKeys(judge.NewView(secured().in("tls-1", "INVITE 1", sdp("audio 4000 RTP/SAVP", keyed(1, c.suite, c.key))).events))
		if c.observed == "" && r.Verdict != verdict.Pass {
			t.Errorf("%s is %s (%s): %s", name, r.Verdict, r.Cause, r.Observed)
		}
		if c.observed != "" && (r.Verdict != verdict.Fail || r.Cause != "key-patterned" || !strings.Contains(r.Observed, c.observed)) {
			t.Errorf("%s is %s (%s): %s, want %s", name, r.Verdict, r.Cause, r.Observed, c.observed)
		}
	}
}

func TestPrintsNoSecrets(t *testing.T) {
	t.Parallel()
	searched := func(found int, text string) *story {
		return secured().over().add(observation.Event{Kind: observation.Device, Text: text,
			Device: &observation.DeviceInfo{What: observation.DeviceSecrets, Status: found}})
	}
	try(t, []trial{
		{"a device whose output nobody reads", judge.PrintsNoSecrets, secured().over(), "inconclusive output-not-read"},
		{"nothing", judge.PrintsNoSecrets, searched(0, ""), "pass no-secret-printed"},
		{"a key", judge.PrintsNoSecrets, searched(1, "an SRTP key"), "fail secrets-printed"},
	})
}

package reference

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pion/srtp/v2"

	"github.com/sipconform/sipconform/mocks/sdp"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// caller is a peer that calls the device, supports reliable provisional responses, and notes what comes until it has a 200.
type caller struct {
	t     testing.TB
	line  *line
	sound *sound
	next  int      // message that is to be looked at
	tags  []string // of the device
	keys  []string
	heard bool
	seen  []string
}

// calling shows how the device takes a call: the status of each response, its fork and its key by their numbers, and under
// what the device then sends. The first provisional response of a fork that is reliable is acknowledged.
func calling(t testing.TB, options Options) string {
	w := newWorld(t, settings{options: options})
	text, _ := attribute(t, 1, cm80, "")
	c := &caller{t: t, line: w.mustDial(), sound: newSound(t)}
	invite := c.line.request("INVITE", "call", 1)
	invite.Set("Supported", "100rel, timer")
	invite.SetBody(sdpType, []byte(c.sound.describe("RTP/SAVP", text)))
	c.line.send(invite)
	for final := false; !final; {
		m := w.peer.wait(t, c.next, func(r *received) bool { c.next++; return !r.IsRequest() && r.Status > 100 })
		if _, of := m.CSeq(); of == "INVITE" {
			c.note(m)
			final = m.Status >= 200
		}
	}
	return strings.Join(c.seen, ", ")
}

// note describes a response.
func (c *caller) note(m *received) {
	text := fmt.Sprintf("%d of %d", m.Status, number(&c.tags, m.ToTag()))
	if m.Status >= 200 {
		c.line.send(c.line.within(m, "ACK", 1))
	}
	if m.Get("Require") == "100rel" {
		text += " reliable"
		prack := c.line.within(m, "PRACK", 2)
		prack.Add("RAck", m.Get("RSeq")+" 1 INVITE")
		c.line.ask(prack)
	}
	if session, err := sdp.Of(m.Message); err == nil {
		value, _ := session.Media[0].Value("crypto")
		text += fmt.Sprintf(" with key %d, sends %s", number(&c.keys, inlineKey(value)), c.hears(keysOf(c.t, parseAttribute(c.t, value))))
	}
	c.seen = append(c.seen, text)
}

// number returns the place of a text among those that have come, from 1.
func number(known *[]string, text string) int {
	if i := slices.Index(*known, text); i >= 0 {
		return i + 1
	}
	*known = append(*known, text)
	return len(*known)
}

// hears tells under what the device sends. The first packets of all are those that its first key is announced for; later
// there may be some from before.
func (c *caller) hears(keys *srtp.Context) string {
	look := 200
	if len(c.keys) == 1 && !c.heard {
		look = 3
	}
	c.heard = true
	seen := ""
	for range look {
		raw := c.sound.receive()
		if _, err := keys.DecryptRTP(nil, raw, nil); err == nil {
			return "under it"
		}
		if seen = "under another"; len(raw) == 12+packetSamples {
			seen = "in clear"
		}
	}
	return seen
}

// rings is [calling] for a bug, and progresses for a peculiarity.
func rings(t testing.TB, bugs Bugs) string { return calling(t, Options{Bugs: bugs}) }

func progresses(t testing.TB, p Peculiarities) string { return calling(t, Options{Peculiarities: p}) }

// earlyKills are the situations in which bugs of early and late answers show.
func earlyKills() map[string]kill {
	const good = "180 of 1, 200 of 1 with key 1, sends under it"
	return map[string]kill{
		"answers-differently": {rings, good, "183 of 1 with key 1, sends under it, 200 of 1 with key 2, sends under it"},
		"answers-early-only":  {rings, good, "183 of 1 with key 1, sends under it, 200 of 1"},
		"sends-clear-early-media": {rings, good,
			"183 of 1 with key 1, sends in clear, 200 of 1 with key 1, sends under it"},
		"sends-early-under-wrong-key": {rings, good,
			"183 of 1 with key 1, sends under another, 200 of 1 with key 1, sends under it"},
		"offers-late-in-clear":  {leftToIt, "RTP/SAVP 1:" + cm80 + " 2:" + cm32 + ", hears the answer", "RTP/AVP"},
		"mishears-late-answers": {leftToIt, "RTP/SAVP 1:" + cm80 + " 2:" + cm32 + ", hears the answer", "RTP/SAVP 1:" + cm80 + " 2:" + cm32 + ", is deaf"},
		"answers-in-other-order": {offered("RTP/SAVP", withVideo), "200 RTP/SAVP 1:" + cm80 + " / RTP/SAVP rejected",
			"200 RTP/SAVP rejected / RTP/SAVP 1:" + cm80},
		"forgets-second-key": {offered("RTP/SAVP", withMoreAudio), "200 RTP/SAVP 1:" + cm80 + " / RTP/SAVP rejected",
			"200 RTP/SAVP 1:" + cm80 + " / RTP/SAVP"},
		"forgets-opportunistic-key": {opportunistic, "488", "200 RTP/AVP 1:" + cm80 + ", sends in clear"},
	}
}

// earlySights are the sights of provisional responses.
func earlySights() map[string]sight {
	return map[string]sight{
		"progresses-twice":         {progresses, `^(183 of 1 with key 1, sends under it, ){2}200 of 1 with key 1, sends under it$`, `180`},
		"progresses-then-rings":    {progresses, `^183 of 1 with key 1, sends under it, 180 of 1, 200 of 1 with key 1, sends under it$`, ""},
		"forks-with-media":         {progresses, `^183 of 1 with key 1, .*, 180 of 2, 183 of 2 with key 2, sends under it, 200 of 2 with key 2, sends under it$`, ""},
		"answers-reliably":         {progresses, `^183 of 1 reliable with key 1, sends under it, 200 of 1$`, ""},
		"repeats-reliable-answers": {progresses, `^183 of 1 reliable with key 1, sends under it, 200 of 1 with key 1, sends under it$`, ""},
		"rings-reliably":           {progresses, `^180 of 1 reliable, 200 of 1 with key 1, sends under it$`, ""},
		"takes-both-lines":         {takesTwo, `m=audio [1-9].* RTP/SAVP (?s).*m=audio [1-9].* RTP/SAVP .*a=crypto:2 .*a=recvonly`, `m=audio 0 `},
		"answers-opportunistic": {func(t testing.TB, p Peculiarities) string { return opportunisticOf(t, Options{Peculiarities: p}) },
			`^200 RTP/AVP 1:` + cm80 + `, sends under it$`, `^488$`},
	}
}

// leftToIt has the peer call without an offer, and shows the device's, and whether it hears the peer under the answer.
func leftToIt(t testing.TB, bugs Bugs) string {
	w := newWorld(t, settings{options: Options{Bugs: bugs}})
	l, s := w.mustDial(), newSound(t)
	answer := l.ask(l.request("INVITE", "call", 1))
	seen := offerOutline(t, answer.Body)
	value, ok := firstStream(t, answer).Value("crypto")
	if !ok {
		return seen
	}
	theirs := parseAttribute(t, value)
	text, own := attribute(t, theirs.Tag, theirs.Suite, "")
	ack := l.within(answer, "ACK", 1)
	ack.SetBody(sdpType, []byte(s.describe("RTP/SAVP", text)))
	l.send(ack)
	payload, receive, send := strings.Repeat("D", packetSamples), keysOf(t, theirs), keysOf(t, own)
	for range 200 {
		s.say(mediaAddress(t, answer.Body), send, []byte(payload))
		if packet, err := s.hear(receive); err == nil && string(packet.Payload) == payload {
			return seen + ", hears the answer"
		}
	}
	return seen + ", is deaf"
}

// withMoreAudio is the keys of an offer of two streams of audio, and the line between them.
func withMoreAudio(t testing.TB) []string {
	first, _ := attribute(t, 1, cm80, "")
	second, _ := attribute(t, 2, cm80, "")
	return []string{first + "\r\nm=audio 9 RTP/SAVP 0", second}
}

// takesTwo has the peer offer two streams of audio, and shows the answer.
func takesTwo(t testing.TB, p Peculiarities) string {
	w := newWorld(t, settings{options: Options{Peculiarities: p}})
	return string(w.mustDial().invite("call", describe(stream(9, "RTP/SAVP", withMoreAudio(t)...))).Body)
}

func firstStream(t testing.TB, m *received) *sdp.Media {
	t.Helper()
	session, err := sdp.Parse(m.Body)
	if err != nil {
		t.Fatal(err)
	}
	return &session.Media[0]
}

// opportunistic has the peer offer opportunistic SRTP, and shows the answer and what the device sends.
func opportunistic(t testing.TB, bugs Bugs) string { return opportunisticOf(t, Options{Bugs: bugs}) }

func opportunisticOf(t testing.TB, options Options) string {
	w := newWorld(t, settings{options: options})
	c := &caller{t: t, line: w.mustDial(), sound: newSound(t)}
	text, _ := attribute(t, 1, cm80, "")
	answer := c.line.invite("call", c.sound.describe("RTP/AVP", text))
	seen := shown(t, answer)
	if answer.Status == 200 {
		value, _ := firstStream(t, answer).Value("crypto")
		c.keys = []string{value}
		seen += ", sends " + c.hears(keysOf(t, parseAttribute(t, value)))
	}
	return seen
}

// TestRingsBackLong measures that ring-back lasts for 325 packets.
func TestRingsBackLong(t *testing.T) {
	t.Parallel()
	began := time.Now()
	const want = "183 of 1 with key 1, sends under it, 200 of 1 with key 1, sends under it"
	if got := progresses(t, Peculiarities{RingsBackLong: true}); got != want || time.Since(began) < ringBack*time.Millisecond {
		t.Errorf("%s, after %v", got, time.Since(began))
	}
}

// TestReliableOffer has the device make its offer in a reliable 183, and get the answer in the PRACK. What acknowledges
// nothing is refused.
func TestReliableOffer(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{options: Options{Peculiarities: Peculiarities{AnswersReliably: true}}})
	l, s := w.mustDial(), newSound(t)
	invite := l.request("INVITE", "call", 1)
	invite.Set("Supported", "100rel")
	l.send(invite)
	early := w.peer.wait(t, 0, func(r *received) bool { return r.Status == 183 })
	theirs := parseAttribute(t, firstStream(t, early).Values("crypto")[0])
	text, own := attribute(t, theirs.Tag, theirs.Suite, "")
	prack := func(number int, acknowledges string, change func(*sipwire.Message)) int {
		m := l.within(early, "PRACK", number)
		m.Add("RAck", acknowledges)
		m.SetBody(sdpType, []byte(s.describe("RTP/SAVP", text)))
		if change != nil {
			change(m)
		}
		return l.ask(m).Status
	}
	for name, got := range map[string]int{
		"another number": prack(2, "4712 1 INVITE", nil), "another request": prack(3, "4711 2 INVITE", nil),
		"another call": prack(4, "4711 1 INVITE", func(m *sipwire.Message) { m.Set("Call-ID", "other") }),
	} {
		if got != 481 {
			t.Errorf("%s: %d", name, got)
		}
	}
	if got := prack(5, early.Get("RSeq")+"  1 INVITE", nil); got != 200 {
		t.Fatalf("the PRACK got %d", got)
	}
	s.echoed(mediaAddress(t, early.Body), keysOf(t, own), keysOf(t, theirs))
	if final := l.final(invite); final.Status != 200 || len(final.Body) > 0 {
		t.Errorf("%s", final.Raw)
	}
	if got := prack(6, "4711 1 INVITE", nil); got != 481 {
		t.Errorf("a second one: %d", got)
	}
}

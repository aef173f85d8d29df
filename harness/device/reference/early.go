package reference

import (
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sipconform/sipconform/mocks/sipwire"
)

const (
	// ringBack is how many packets a device sends that rings back for long: 6.5 s of audio.
	ringBack = 325
	// firstRSeq is where the device begins to number its reliable provisional responses (RFC 3262 §3: anywhere).
	firstRSeq = 4711
)

// answersEarly tells whether the device answers in a provisional response, and begins to send.
func (o *Options) answersEarly() bool {
	p, b := &o.Peculiarities, &o.Bugs
	return p.SendsEarlyMedia || p.RingsBackLong || p.ProgressesTwice || p.ProgressesThenRings || p.ForksWithMedia ||
		b.AnswersDifferently || b.AnswersEarlyOnly || b.SendsClearEarlyMedia || b.SendsEarlyUnderWrongKey
}

// ringing returns how long an incoming call rings at least, so that what comes before its answer is seen.
func (o *Options) ringing() time.Duration {
	p := &o.Peculiarities
	switch {
	case p.RingsBackLong:
		return ringBack * o.Interval
	case o.answersEarly(), p.AnswersReliably, p.RepeatsReliableAnswers, p.RingsReliably:
		return slowness
	}
	return 0
}

// announce tells the caller that the device rings. It takes the session description for the 200, and returns what is left
// of it to say there.
func (c *call) announce(t *serverTransaction, body []byte) []byte {
	s := c.session
	switch p := &s.peculiar; {
	case p.SendsNoRinging:
	case p.ReportsProgress:
		t.respond(183, "")
	case s.ringsReliably(t.request):
		return c.announceReliably(t, body)
	case s.options.answersEarly() && c.agreedBefore():
		return c.announceAnswer(t, body)
	case p.RingsForked:
		newServerTransaction(s, t.link, t.request).respond(180, "")
		t.respond(180, "")
	default:
		t.respond(180, "")
	}
	return body
}

// announceAnswer sends the answer in a 183 and begins to send.
func (c *call) announceAnswer(t *serverTransaction, body []byte) []byte {
	p := &c.session.peculiar
	if p.ForksWithMedia {
		// The fork that will not take the call. The other one rings, too: see [call.fork].
		newServerTransaction(c.session, t.link, t.request).respondWith(183, "", body)
		t.respond(180, "")
	} else {
		t.respondWith(183, "", body)
	}
	c.apply()
	switch {
	case p.ProgressesTwice:
		t.respondWith(183, "", body)
	case p.ProgressesThenRings:
		t.respond(180, "")
	case c.session.bugs.AnswersEarlyOnly:
		return nil
	}
	return body
}

// fork has the fork that will take the call answer under a key of its own, and returns that answer.
func (c *call) fork(t *serverTransaction) []byte {
	body, err := c.answerAfresh(t.request)
	if err != nil {
		c.session.event("no answer of the other fork: %v", err)
		return nil
	}
	t.respondWith(183, "", body)
	c.apply()
	return body
}

// answerAfresh answers an INVITE with another key than before.
func (c *call) answerAfresh(invite *sipwire.Message) ([]byte, error) {
	c.mu.Lock()
	c.agreed = nil
	c.mu.Unlock()
	return c.take(invite)
}

// spoilEarly returns what the device sends before it takes the call, which bugs change.
func (s *session) spoilEarly(f flow) flow {
	switch {
	case f.send == nil:
	case s.bugs.SendsClearEarlyMedia:
		f.clear = true
	case s.bugs.SendsEarlyUnderWrongKey:
		wrong := *f.send
		wrong.key = make([]byte, len(f.send.key))
		_, _ = rand.Read(wrong.key)
		f.send = &wrong
	}
	return f
}

// agreedBefore tells whether the call has agreed on a stream.
func (c *call) agreedBefore() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.agreed != nil
}

// ringsReliably tells whether the device wants its provisional responses to an INVITE acknowledged (RFC 3262 §3).
func (s *session) ringsReliably(invite *sipwire.Message) bool {
	p := &s.peculiar
	return (p.AnswersReliably || p.RepeatsReliableAnswers || p.RingsReliably) && slices.Contains(invite.Values("Supported"), "100rel")
}

// announceReliably sends a provisional response that is to be acknowledged, and unless the device only rings, its session
// description in it. Over one hop of TLS no response is lost, so it is not repeated.
func (c *call) announceReliably(t *serverTransaction, body []byte) []byte {
	p := &c.session.peculiar
	c.mu.Lock()
	c.pracked = make(chan struct{})
	c.mu.Unlock()
	required := []sipwire.Header{{Name: "Require", Value: "100rel"}, {Name: "RSeq", Value: fmt.Sprint(firstRSeq)}}
	if p.RingsReliably {
		t.respond(180, "", required...)
		return body
	}
	t.respondWith(183, "", body, required...)
	c.apply()
	if p.RepeatsReliableAnswers && len(t.request.Body) > 0 {
		return body
	}
	return nil // of an offer that was answered in the PRACK nothing is left to say, either
}

// prack handles a PRACK, which acknowledges a provisional response (RFC 3262 §3).
func (t *serverTransaction) prack() {
	c := t.within()
	if c == nil {
		return
	}
	c.mu.Lock()
	waits, ringing, o := c.pracked, c.ringing, c.offer
	fits := false
	if waits != nil && ringing != nil {
		number, _ := ringing.request.CSeq()
		fits = strings.Join(strings.Fields(t.request.Get("RAck")), " ") == fmt.Sprintf("%d %d INVITE", firstRSeq, number)
	}
	if fits {
		c.pracked = nil
	}
	answered := fits && o != nil && len(t.request.Body) > 0
	if answered {
		c.offer = nil
	}
	c.mu.Unlock()
	if !fits {
		t.respond(481, "")
		return
	}
	t.respond(200, "")
	if answered {
		if err := c.settle(o, t.request); err != nil {
			c.session.event("answer in PRACK not acceptable: %v", err)
		}
	}
	close(waits)
}

// ring lets the call ring, then picks up.
func (c *call) ring(t *serverTransaction, body []byte) {
	s := c.session
	if !c.rang() {
		return
	}
	if s.peculiar.ForksWithMedia && c.agreedBefore() {
		if body = c.fork(t); !c.rang() {
			return
		}
	}
	if s.bugs.AnswersDifferently && c.agreedBefore() {
		var err error
		if body, err = c.answerAfresh(t.request); err != nil {
			s.event("no other answer: %v", err)
		}
	}
	c.pickUp(t, body)
}

// rang waits until the call has rung and its provisional response is acknowledged. It returns false if the call has ended.
func (c *call) rang() bool {
	c.mu.Lock()
	acknowledged := c.pracked
	c.mu.Unlock()
	timer := time.NewTimer(c.session.options.Ring)
	defer timer.Stop()
	due := timer.C
	for due != nil || acknowledged != nil {
		select {
		case <-due:
			due = nil
		case <-acknowledged:
			acknowledged = nil
		case <-c.over:
			return false
		case <-c.session.ctx.Done():
			return false
		}
	}
	return true
}

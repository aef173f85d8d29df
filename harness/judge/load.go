package judge

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/sipconform/sipconform/mocks/observation"
)

// Of the packets of a load, lostMost may be lost, as a share: more is heard. Fewer than lostEnough are a hiccup of the
// machine, whatever their share.
const (
	lostMost   = 0.01
	lostEnough = 20
)

// leastTalk is how long a call of a load has to be up without audio to be silent. Of a shorter one nothing is known.
const leastTalk = 200 * time.Millisecond

// BearsLoad asks that the device takes each of the calls that the vendor makes at once, keeps it until the vendor ends it,
// and sends audio in it. What it needed to set them up, and how much of its audio was lost, is told with every verdict.
func BearsLoad(v *View) Ruling {
	l := v.load()
	switch {
	case l.begun == 0:
		return open("no-load", "the vendor made no calls at once")
	case len(l.refused) > 0 || l.unreached > 0 || l.ended > 0:
		return fail("calls-failed-under-load", "%s", l).at(l.refusals...)
	case l.silent > 0:
		return fail("calls-silent-under-load", "%s", l)
	case l.brief > 0:
		return open("calls-too-short", "%s", l).deaf()
	case l.unanswered > 0:
		return open("no-answer-under-load", "%s", l)
	case l.lost >= lostEnough && float64(l.lost) > lostMost*float64(l.packets+l.lost):
		return open("media-lost-under-load", "%s", l)
	}
	return pass("load-borne", "%s", l)
}

// load is what became of the calls of a load.
type load struct {
	begun, atOnce                int
	setup                        []time.Duration // of those that were answered, the shortest first
	unreached, unanswered, ended int             // not called for want of a connection, without a final response, ended by the device
	silent, brief                int             // answered, and without audio, for some time or a moment
	refused                      map[int]int     // by status
	refusals                     []int           // Seq of the responses
	packets, lost                int
}

func (v *View) load() load {
	l := load{refused: make(map[int]int)}
	for _, e := range v.Events {
		if e.Kind == observation.Stage && e.Stage == observation.CallBegun {
			l.begun++
		}
	}
	heard := make(map[uint16]bool)
	for _, s := range v.sources(opened) {
		heard[s.packets[0].Media.Local.Port()] = true
	}
	for _, s := range v.sources(IsRTP) { // what comes while keys change may not open, and is not lost
		in := s.ordered()
		l.packets += len(in)
		l.lost += span(in) - len(in)
	}
	ports := make(map[string][]uint16) // of the vendor's, by call
	for _, line := range v.audioLines() {
		if line.byMock {
			ports[line.call] = append(ports[line.call], line.Port)
		}
	}
	type change struct {
		at time.Duration
		by int
	}
	var changes []change
	called := 0
	for _, invite := range v.Sent("INVITE") {
		if invite.ToTag() != "" {
			continue
		}
		called++
		final := v.Final(invite)
		switch {
		case final == nil:
			l.unanswered++
			continue
		case final.Status >= 300:
			l.refused[final.Status]++
			l.refusals = append(l.refusals, final.Event.Seq)
			continue
		}
		l.setup = append(l.setup, final.Event.At-invite.Event.At)
		end := v.end(invite.CallID())
		changes = append(changes, change{final.Event.At, 1}, change{end, -1})
		switch {
		case slices.ContainsFunc(ports[invite.CallID()], func(port uint16) bool { return heard[port] }):
		case end-final.Event.At < leastTalk:
			l.brief++
		default:
			l.silent++
		}
		if bye := v.firstBye(invite.CallID()); bye != nil && bye.In() {
			l.ended++
		}
	}
	l.unreached = l.begun - called
	slices.Sort(l.setup)
	slices.SortStableFunc(changes, func(a, b change) int { return cmp.Compare(a.at, b.at) })
	now := 0
	for _, c := range changes {
		now += c.by
		l.atOnce = max(l.atOnce, now)
	}
	return l
}

// span is how many packets a source has sent from its first to its last that came, of its packets in order.
func span(packets []observation.Event) int {
	n := 1
	for i := range packets[1:] {
		n += int(packets[i+1].Media.Sequence - packets[i].Media.Sequence)
	}
	return n
}

// String tells the figures.
func (l load) String() string {
	text := []string{fmt.Sprintf("of %d calls, %d of them at once, it answered %d", l.begun, l.atOnce, len(l.setup))}
	for _, status := range slices.Sorted(maps.Keys(l.refused)) {
		text = append(text, fmt.Sprintf("refused %d with %d", l.refused[status], status))
	}
	for _, f := range []struct {
		n    int
		what string
	}{
		{l.unreached, "could not be reached for %d"}, {l.unanswered, "left %d without a final response"},
		{l.ended, "ended %d by itself"}, {l.silent, "sent no audio in %d"}, {l.brief, "had no time for audio in %d"},
	} {
		if f.n > 0 {
			text = append(text, fmt.Sprintf(f.what, f.n))
		}
	}
	if len(l.setup) > 0 {
		text = append(text, fmt.Sprintf("took %s to answer half of them, %s for 95 of 100, and %s for the slowest",
			l.within(50), l.within(95), l.within(100)))
	}
	return strings.Join(append(text, fmt.Sprintf("%d of its %d packets of audio were lost", l.lost, l.packets+l.lost)), "; ")
}

// within returns the time in which so many of 100 calls were set up.
func (l load) within(percent int) time.Duration {
	return l.setup[max(0, (len(l.setup)*percent+99)/100-1)].Round(time.Millisecond / 10)
}

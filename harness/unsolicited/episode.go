// Package unsolicited judges what devices do at a mock of a vendor that nobody has told them to do: register, call, take
// calls, fetch pages. It sorts what the mock saw into episodes, one for each of these, and applies the checks of those
// scenarios that come about by themselves, see plan.Usual. What needs a planted fault, a control or the device's own
// output is not judged, and nothing is claimed.
//
// The package serves this module and may change.
package unsolicited

import (
	"cmp"
	"net/netip"
	"slices"
	"time"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/profile"
)

// Episode is a registration, a call, or what was asked over one connection: all that was seen of it, with the connections
// that it used.
type Episode struct {
	Name   string // unique in a run: "call-out-2"
	Role   profile.Role
	Device netip.Addr
	// Settings are the vendor's that were in force when it began.
	Settings map[string]string
	// Events are numbered from 0. Their times are of the log that they come from.
	Events []observation.Event
	// LeftOut is how many events there was no room for.
	LeftOut int
}

// Began returns the time of the log at which the episode began: with its first message, not with a connection that was
// there before.
func (e *Episode) Began() time.Duration {
	for i := range e.Events {
		if k := e.Events[i].Kind; k == observation.SIP || k == observation.HTTP {
			return e.Events[i].At
		}
	}
	if len(e.Events) > 0 { // a handshake that failed
		return e.Events[0].At
	}
	return 0
}

// Lasted returns how long it was seen to go on.
func (e *Episode) Lasted() time.Duration {
	if len(e.Events) == 0 {
		return 0
	}
	return e.Events[len(e.Events)-1].At - e.Began()
}

// link is a connection that devices use, with what was seen of it that belongs to no message.
type link struct {
	device netip.Addr
	dialed bool
	heads  []observation.Event
	used   bool   // by an episode
	asked  *going // the episode of an HTTPS connection
}

// going is an episode that goes on.
type going struct {
	Episode
	key    dialog
	events []observation.Event // its own, numbered as in the log
	links  []*link
	size   int
	alike  map[packets]int
	last   time.Duration // of its newest event
	ends   time.Duration // when it is over; 0 while that is not known
	gone   bool          // the REGISTER that is not answered yet removes the registration
}

// dialog tells episodes apart.
type dialog struct {
	call   string // Call-ID
	device netip.Addr
}

// packets are those of media that are like each other.
type packets struct {
	local     netip.AddrPort
	out       bool
	ssrc      uint32
	kind      uint8 // payload type
	class     observation.MediaClass
	diagnosis observation.Diagnosis
}

// uses adds a connection to those that an episode has used.
func (g *going) uses(l *link) {
	l.used = true
	if !slices.Contains(g.links, l) {
		g.links = append(g.links, l)
	}
}

// left notes that a call has a user, who ends it when he likes: nobody sees him do it. Without that, a device that hangs
// up does it uninvited.
func (g *going) left(first observation.Event) {
	if g.Role == profile.CallingOut || g.Role == profile.CalledIn || g.Role == profile.Listening {
		g.add(observation.Event{Seq: first.Seq, At: first.At, Kind: observation.Device,
			Text:   "the device has a user, who ends the call when he likes",
			Device: &observation.DeviceInfo{What: observation.DeviceAction, Action: string(device.HangUp)}})
	}
}

// add adds an event, unless there is no room for it.
func (g *going) add(e observation.Event) {
	g.last = max(g.last, e.At)
	if m := e.Media; m != nil && e.Kind == observation.Media {
		like := packets{m.Local, e.Dir == observation.Out, m.SSRC, m.PayloadType, m.Class, m.Diagnosis}
		if g.alike == nil {
			g.alike = make(map[packets]int)
		}
		if g.alike[like]++; g.alike[like] > mostAlike {
			g.LeftOut++
			return
		}
	}
	size := observation.Size([]observation.Event{e})
	if g.size+size > episodeBytes {
		g.LeftOut++
		return
	}
	g.size += size
	g.events = append(g.events, e)
}

// episode returns what was seen so far.
func (g *going) episode() Episode {
	e := g.Episode
	all := slices.Clone(g.events)
	for _, l := range g.links {
		all = append(all, l.heads...)
	}
	slices.SortStableFunc(all, func(a, b observation.Event) int { return cmp.Compare(a.Seq, b.Seq) })
	for i := range all {
		all[i].Seq = i
	}
	e.Events = all
	return e
}

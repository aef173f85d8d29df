package picture

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/sipconform/sipconform/mocks/observation"
)

// Bounds on the time line.
const (
	maxLanes   = 10
	maxBins    = 240 // of the time line, in which packets are counted
	maxMoments = 14  // of a lane
	maxSignals = 16
)

// pause is how long a stream of RTP is silent before it is said to have a gap: twenty packets.
const pause = 400 * time.Millisecond

// timeline is what the template of the media section shows.
type timeline struct {
	Lanes   []*lane
	Signals *lane // SIP messages; nil if there is none in that time
	Ticks   []tick
	Left    int // lanes
}

// tick is a time on the axis.
type tick struct{ X, Anchor, Text string }

// lane is what passed one socket of the mock's in one direction, RTP and RTCP apart.
type lane struct {
	Name, Sum string
	Bars      []bar
	Moments   []moment
	More      int // moments that are left out
	Bad       bool

	key     laneKey
	bins    map[grade][]bool
	packets []*observation.Event
}

type laneKey struct {
	dir   observation.Direction
	rtcp  bool
	local netip.AddrPort
}

// bar is a run of bins with packets of one grade. X and Width are per cent.
type bar struct {
	Grade    grade
	X, Width string
}

// moment is something that happened in a lane.
type moment struct {
	N     int
	X     string
	Close bool // to one whose number is drawn
	At    string

	time  time.Duration
	Text  string
	Class string // of its mark, if it is a finding's
	Words string // of the finding
}

// grade is how packets are drawn.
type grade string

// The grades.
const (
	fine    grade = "fine"  // authentic
	inClear grade = "clear" // in clear
	wrong   grade = "wrong" // anything else
)

func gradeOf(m *observation.MediaInfo) grade {
	switch m.Class {
	case observation.AuthenticRTP, observation.AuthenticRTCP:
		if m.Diagnosis == observation.NotEncrypted || m.Diagnosis == observation.Noise {
			return wrong
		}
		return fine
	case observation.ClearRTP, observation.ClearRTCP:
		return inClear
	}
	return wrong
}

// mediaName says what a packet turned out to be.
func mediaName(m *observation.MediaInfo) string {
	switch m.Class {
	case observation.AuthenticRTP:
		return "SRTP"
	case observation.AuthenticRTCP:
		return "SRTCP"
	case observation.ClearRTP:
		return "RTP in clear"
	case observation.ClearRTCP:
		return "RTCP in clear"
	case observation.BadTag:
		return "packet that does not authenticate"
	case observation.Foreign:
		return "packet that is no RTP"
	case observation.Unjudged:
		return "packet that was not judged"
	}
	return "packet " + visible(string(m.Class), 40)
}

// isRTCP tells RTCP by its class, or of what does not authenticate by its packet type (RFC 5761 §4).
func isRTCP(m *observation.MediaInfo) bool {
	return m.Class == observation.AuthenticRTCP || m.Class == observation.ClearRTCP || m.PayloadType >= 192 && m.PayloadType <= 223
}

// arrived is when a packet came.
func arrived(e *observation.Event) time.Duration {
	if e.Media != nil && e.Media.Arrived > 0 {
		return e.Media.Arrived
	}
	return e.At
}

// layMedia lays out the time line.
func layMedia(d *drawing, less int) any {
	t := new(timeline)
	begin, end := time.Duration(-1), time.Duration(0)
	left := make(map[laneKey]bool)
	for i := range d.events {
		e := &d.events[i]
		if e.Kind != observation.Media || e.Media == nil {
			continue
		}
		key := laneKey{e.Dir, isRTCP(e.Media), e.Media.Local}
		at := slices.IndexFunc(t.Lanes, func(l *lane) bool { return l.key == key })
		if at < 0 && len(t.Lanes) >= max(2, halved(maxLanes, less/2)) {
			if len(left) < 1000 {
				left[key] = true
			}
			continue
		}
		if at < 0 {
			at, t.Lanes = len(t.Lanes), append(t.Lanes, newLane(key))
		}
		t.Lanes[at].packets = append(t.Lanes[at].packets, e)
		if came := arrived(e); begin < 0 || came < begin {
			begin = came
		}
		end = max(end, arrived(e))
	}
	if len(t.Lanes) == 0 {
		return nil
	}
	t.Left = len(left)
	x := newScale(begin, end)
	for _, l := range t.Lanes {
		l.draw(x, max(20, halved(maxBins, less)), max(2, halved(maxMoments, less/2)), d.marks)
	}
	slices.SortStableFunc(t.Lanes, func(a, b *lane) int { return strings.Compare(string(a.key.dir), string(b.key.dir)) })
	t.Signals = signals(d.events, x, max(2, halved(maxSignals, less)))
	t.Ticks = x.ticks()
	return t
}

func newLane(key laneKey) *lane {
	who, what := "device to vendor", "RTP"
	if key.dir == observation.Out {
		who = "vendor to device"
	}
	if key.rtcp {
		what = "RTCP"
	}
	return &lane{key: key, Name: who + ", " + what + ", at the vendor's " + address(key.local), bins: make(map[grade][]bool)}
}

// draw puts the lane's packets into bins, and says what happened to them.
func (l *lane) draw(x scale, bins, moments int, marks *marks) {
	slices.SortStableFunc(l.packets, func(a, b *observation.Event) int { return int(arrived(a) - arrived(b)) })
	counts := make(map[string]int)
	var names []string
	for _, e := range l.packets {
		g := gradeOf(e.Media)
		if l.bins[g] == nil {
			l.bins[g] = make([]bool, bins)
		}
		l.bins[g][x.bin(arrived(e), bins)] = true
		l.Bad = l.Bad || g == wrong
		name := mediaName(e.Media)
		if counts[name]++; counts[name] == 1 {
			names = append(names, name)
		}
	}
	for _, g := range []grade{fine, inClear, wrong} {
		l.Bars = append(l.Bars, bars(g, l.bins[g])...)
	}
	for i, name := range names {
		names[i] = fmt.Sprintf("%d × %s", counts[name], name)
	}
	l.Sum = strings.Join(names, ", ")
	if !l.key.rtcp {
		first, last := l.packets[0].Media, l.packets[len(l.packets)-1].Media
		l.Sum += fmt.Sprintf("; sequence %d to %d", first.Sequence, last.Sequence)
	}
	all := l.happened(marks, x)
	l.Moments = all[:min(len(all), moments)]
	l.More = len(all) - len(l.Moments)
	l.place(x)
}

// bars joins neighbouring bins. What is wrong is drawn one by one.
func bars(g grade, bins []bool) []bar {
	var all []bar
	width := 100 / float64(max(1, len(bins)))
	for i := 0; i < len(bins); i++ {
		if !bins[i] {
			continue
		}
		from := i
		for g != wrong && i+1 < len(bins) && bins[i+1] {
			i++
		}
		at := float64(from) * width
		if g == wrong {
			at += width / 2
		}
		all = append(all, bar{g, trimmed(at), trimmed(float64(i-from+1) * width)})
	}
	return all
}

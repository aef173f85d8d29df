package picture

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sipconform/sipconform/mocks/observation"
)

// place numbers the lane's moments in the order of time, and leaves out numbers that would be drawn over each other.
func (l *lane) place(x scale) {
	slices.SortStableFunc(l.Moments, func(a, b moment) int { return cmp.Compare(a.time, b.time) })
	drawn := -1.0
	for i := range l.Moments {
		m := &l.Moments[i]
		share := x.share(m.time)
		m.N, m.At, m.X = i+1, seconds(m.time), trimmed(100*share)
		if m.Close = drawn >= 0 && share-drawn < 0.018; !m.Close {
			drawn = share
		}
	}
}

// happened says what changed in a lane: its first packet, gaps, other keys, sources and rollover counters, other kinds
// of packet, and what findings are about. Findings come first where there is not room for all.
func (l *lane) happened(marks *marks, x scale) []moment {
	var all []moment
	say := func(e *observation.Event, format string, args ...any) {
		if len(all) < 64 {
			all = append(all, moment{time: arrived(e), Text: fmt.Sprintf(format, args...)})
		}
	}
	var last *observation.Event
	var lastFine *observation.MediaInfo
	seen := make(map[string]bool)
	for _, e := range l.packets {
		m := e.Media
		if told := marks.at(e.Seq); len(told) > 0 && len(all) < 96 {
			all = append(all, moment{time: arrived(e), Text: mediaName(m), Class: told[0].Class,
				Words: told[0].Verdict + " " + told[0].Cause})
		}
		kind := mediaName(m)
		if m.Diagnosis != "" {
			kind += " (" + strings.ReplaceAll(visible(string(m.Diagnosis), 60), "-", " ") + ")"
		}
		switch {
		case last == nil:
			say(e, "first packet: %s, %s", kind, whose(m))
		case !seen[kind] && len(seen) < 32:
			say(e, "first %s", kind)
		}
		seen[kind] = true
		if last != nil {
			if gap := arrived(e) - arrived(last); gap > pause && !l.key.rtcp {
				say(e, "packets again after a gap of %s s", seconds(gap))
			}
			if m.SSRC != last.Media.SSRC {
				say(e, "SSRC changes from %08x to %08x", last.Media.SSRC, m.SSRC)
			}
		}
		if last = e; m.Key == "" {
			continue
		}
		if lastFine != nil && m.Key != lastFine.Key {
			say(e, "key changes from %s to %s", visible(lastFine.Key, 16), visible(m.Key, 16))
		}
		if lastFine != nil && m.Rollover != lastFine.Rollover && m.SSRC == lastFine.SSRC {
			say(e, "rollover counter changes from %d to %d, at sequence %d", lastFine.Rollover, m.Rollover, m.Sequence)
		}
		lastFine = m
	}
	if rest := x.last - arrived(last); rest > pause && !l.key.rtcp {
		say(last, "last packet, %s s before the end of all media", seconds(rest))
	}
	slices.SortStableFunc(all, func(a, b moment) int { return cmp.Compare(rank(a), rank(b)) })
	return all
}

// rank puts findings that blame before all else.
func rank(m moment) int {
	if m.Class != "" && m.Class != "told" {
		return 0
	}
	return 1
}

// whose names a packet's source.
func whose(m *observation.MediaInfo) string {
	text := fmt.Sprintf("SSRC %08x", m.SSRC)
	if m.Key != "" {
		text += ", key " + visible(m.Key, 16)
	}
	if m.Rollover != 0 {
		text += fmt.Sprintf(", rollover counter %d", m.Rollover)
	}
	return text
}

// signals returns a lane of the SIP messages that begin, change and end calls, in the time of the media.
func signals(events []observation.Event, x scale, most int) *lane {
	l := &lane{Name: "SIP"}
	for i := range events {
		e := &events[i]
		if e.Kind != observation.SIP || e.At < x.begin || e.At > x.end {
			continue
		}
		start, rest, _ := bytes.Cut(e.Bytes, []byte("\r\n"))
		word, status, _ := strings.Cut(string(start[:min(len(start), 200)]), " ")
		switch word {
		case "INVITE", "ACK", "BYE", "CANCEL", "UPDATE", "REFER", "PRACK":
		case "SIP/2.0":
			if !bytes.Contains(rest, []byte("INVITE")) || strings.HasPrefix(status, "100") {
				continue
			}
			word = visible(status, 40)
		default:
			continue
		}
		if len(l.Moments) == most {
			l.More++
			continue
		}
		l.Moments = append(l.Moments, moment{time: e.At, Text: word + ", by the " + sender(e.Dir)})
	}
	if len(l.Moments) == 0 {
		return nil
	}
	l.place(x)
	return l
}

// scale turns times into places on the line. Last is when the last packet came.
type scale struct{ begin, end, last time.Duration }

// newScale leaves some room at both ends.
func newScale(begin, end time.Duration) scale {
	room := max((end-begin)/32, 20*time.Millisecond)
	return scale{max(0, begin-room), end + room, end}
}

func (s scale) share(at time.Duration) float64 {
	return min(1, max(0, float64(at-s.begin)/float64(s.end-s.begin)))
}

func (s scale) bin(at time.Duration, bins int) int {
	return min(bins-1, int(s.share(at)*float64(bins)))
}

func (s scale) ticks() []tick {
	var all []tick
	for i, anchor := range []string{"start", "middle", "middle", "middle", "end"} {
		at := s.begin + (s.end-s.begin)*time.Duration(i)/4
		all = append(all, tick{trimmed(float64(i) * 25), anchor, seconds(at)})
	}
	return all
}

// trimmed returns a number with at most two digits behind the point.
func trimmed(n float64) string {
	return strings.TrimRight(strings.TrimRight(strconv.FormatFloat(n, 'f', 2, 64), "0"), ".")
}

package media

import (
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
)

// PortRange is the UDP ports from First to Last, both included, such as a firewall lets through. An endpoint takes an
// even port of it and the next one. The zero value is any port that the system chooses.
type PortRange struct{ First, Last uint16 }

// ParsePortRange reads a range such as "40000-40999". It must have room for a pair of ports.
func ParsePortRange(text string) (PortRange, error) {
	first, last, ok := strings.Cut(text, "-")
	if !ok {
		return PortRange{}, fmt.Errorf("media: %q is no range of ports: write the first and the last, such as 40000-40999", text)
	}
	var r PortRange
	for _, bound := range []struct {
		text string
		port *uint16
	}{{first, &r.First}, {last, &r.Last}} {
		n, err := strconv.ParseUint(strings.TrimSpace(bound.text), 10, 16)
		if err != nil || n == 0 {
			return PortRange{}, fmt.Errorf("media: in %q, %q is no port: ports are numbers from 1 to 65535", text, strings.TrimSpace(bound.text))
		}
		*bound.port = uint16(n)
	}
	return r, r.check()
}

// String writes the range as [ParsePortRange] reads it.
func (r PortRange) String() string {
	if r == (PortRange{}) {
		return "any"
	}
	return fmt.Sprintf("%d-%d", r.First, r.Last)
}

// Pairs is how many calls have room in the range at a time, with an even port and the next one each; 0 for any port.
func (r PortRange) Pairs() int {
	if r == (PortRange{}) {
		return 0
	}
	return max(0, (int(r.Last)-int(r.even())+1)/2)
}

// even is the first even port, which may be beyond the range.
func (r PortRange) even() int { return int(r.First) + int(r.First)%2 }

// pair returns the even port of the pair of that number, counted round the range.
func (r PortRange) pair(number uint32) uint16 {
	return uint16(r.even() + 2*int(number%uint32(r.Pairs())))
}

// check returns what is wrong with the range.
func (r PortRange) check() error {
	switch {
	case r == (PortRange{}):
		return nil
	case r.First > r.Last:
		return fmt.Errorf("media: the range of ports %s ends before it begins", r)
	case r.First == 0 || r.Pairs() == 0:
		return fmt.Errorf("media: the range of ports %s has no even port that the next one follows, as RTP and RTCP need", r)
	}
	return nil
}

// Turn hands out the ports of a range in turn to all who share it, so that a late packet of a call meets no later call
// until all the others had their turn. The zero value begins with the first pair. It may be used from any goroutine.
type Turn struct{ next atomic.Uint32 }

// NewTurn returns a turn that begins with the pair of that number, counted round the range.
func NewTurn(from uint32) *Turn {
	t := new(Turn)
	t.next.Store(from)
	return t
}

// take returns the number of the pair whose turn it is.
func (t *Turn) take() uint32 { return t.next.Add(1) - 1 }

package evidence

import (
	"io"
	"slices"

	"github.com/sipconform/sipconform/mocks/observation"
)

const (
	// maxFlows is how many flows of media a [Ladder] gathers before it writes their lines.
	maxFlows = 64
	// maxProtocols is how many connections it remembers, beyond which it says of none what they speak.
	maxProtocols = 4096
)

// Ladder writes what ladder.txt has below its head, while a scenario goes on. Errors of its writers are ignored. It is for
// one goroutine at a time.
type Ladder struct{ ladder }

// NewLadder returns a ladder that writes to w.
func NewLadder(w io.Writer) *Ladder {
	return &Ladder{ladder{w: w, protocols: make(map[string]string)}}
}

// Add writes the lines of the next event. A media packet has none of its own: the line of its flow is written when
// an event of another kind follows.
func (l *Ladder) Add(e *observation.Event) {
	if len(l.protocols) > maxProtocols { // of a mock that runs for days
		clear(l.protocols)
	}
	l.add(e)
	if len(l.flows) >= maxFlows {
		l.flush()
	}
	l.messages, l.err = 0, nil // whoever reads along bounds it
}

// Pending writes to w the lines that the flows of media have so far.
func (l *Ladder) Pending(w io.Writer) {
	before := l.ladder
	l.w, l.flows = w, slices.Clone(before.flows)
	l.flush()
	before.line = l.line
	l.ladder = before
}

package livepage

import (
	"bytes"
	"fmt"
	"strings"
	"sync"

	"github.com/sipconform/sipconform/harness/evidence"
	"github.com/sipconform/sipconform/harness/redact"
	"github.com/sipconform/sipconform/mocks/observation"
)

const (
	// maxLadder is how much of a ladder is shown, in bytes: the newest.
	maxLadder = 48 << 10
	// maxBehind is how many events a ladder catches up with at a time. Beyond that it leaves some out, because a reader
	// could not follow them anyway and to take their secrets costs the time that scenarios need.
	maxBehind = 400
	// forget is how many events a redactor sees. It remembers every secret, and a mock may run for days.
	forget = 400
)

// ladder is the ladder of a scenario. It is made when somebody looks at it.
type ladder struct {
	log     *observation.Log
	secrets []string

	mu    sync.Mutex
	next  int // Seq of the next event
	text  bytes.Buffer
	lines *evidence.Ladder
	clean *redact.Redactor
	seen  int // events that clean has seen
}

func newLadder(log *observation.Log, secrets []string) *ladder {
	l := &ladder{log: log, secrets: secrets, clean: redact.New(secrets...)}
	l.lines = evidence.NewLadder(&l.text)
	return l
}

// show returns the ladder as far as it has come.
func (l *ladder) show() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.catchUp(l.log.Since(l.next))
	var text strings.Builder
	if l.text.Len() > maxLadder {
		kept := bytes.Clone(l.text.Bytes()[l.text.Len()-maxLadder/2:])
		if at := bytes.IndexByte(kept, '\n'); at >= 0 {
			kept = kept[at+1:]
		}
		l.text.Reset()
		l.text.WriteString("(earlier lines are left out here)\n\n")
		l.text.Write(kept)
	}
	text.Write(l.text.Bytes())
	l.lines.Pending(&text)
	return text.String()
}

// catchUp adds events.
func (l *ladder) catchUp(events []observation.Event) {
	if len(events) == 0 {
		return
	}
	left := events[0].Seq - l.next // what a window has forgotten
	behind := 0
	for i := len(events) - 1; i >= 0; i-- {
		if told(&events[i]) {
			behind++
		}
		if behind > maxBehind {
			left += i + 1
			events = events[i+1:]
			break
		}
	}
	if left > 0 {
		fmt.Fprintf(&l.text, "(%d observations came too fast to be shown here)\n\n", left)
	}
	for i := range events {
		e := &events[i]
		l.next = e.Seq + 1
		switch {
		case e.Kind == observation.Media: // it has no text, and the names of keys are none
			l.lines.Add(e)
		case told(e):
			if l.seen++; l.seen > forget {
				l.clean, l.seen = redact.New(l.secrets...), 0
			}
			bare := *e
			bare.Handshake = withoutChains(e.Handshake)
			safe := l.clean.Event(bare)
			l.lines.Add(&safe)
		}
	}
}

// told reports whether an event has a line of its own.
func told(e *observation.Event) bool {
	switch e.Kind {
	case observation.Media, observation.Wire, observation.TLSKeyLog:
		return false
	case observation.Device:
		return e.Device == nil || e.Device.What != observation.DeviceOutput
	}
	return true
}

// withoutChains returns a handshake without what a ladder does not show.
func withoutChains(h *observation.HandshakeInfo) *observation.HandshakeInfo {
	if h == nil {
		return nil
	}
	bare := *h
	bare.LocalChain, bare.PeerChain = nil, nil
	return &bare
}

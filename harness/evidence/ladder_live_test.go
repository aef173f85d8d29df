package evidence

import (
	"bytes"
	"io"
	"net/netip"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/mocks/observation"
)

// TestLadderAsItGoes: event by event, a ladder comes to what ladder.txt has below its head.
func TestLadderAsItGoes(t *testing.T) {
	t.Parallel()
	events := typical([][]byte{wildcard()})
	var text bytes.Buffer
	l := NewLadder(&text)
	for i := range events {
		l.Add(&events[i])
		before := text.Len()
		l.Pending(io.Discard)
		if text.Len() != before {
			t.Fatalf("Pending changes the ladder at event %d", i)
		}
	}
	l.Pending(&text)
	_, want, _ := strings.Cut(ladderOf(t, events, Options{}), "\n\n")
	if text.String() != want {
		t.Errorf("the ladder is\n%s\nwant\n%s", text.String(), want)
	}
}

// TestLadderOfFlows: a peer that sends from ever other ports fills no memory.
func TestLadderOfFlows(t *testing.T) {
	t.Parallel()
	l := NewLadder(io.Discard)
	for i := range 10 * maxFlows {
		l.Add(&observation.Event{Kind: observation.Media, Media: &observation.MediaInfo{SSRC: uint32(i), Remote: netip.AddrPort{}}})
		if len(l.flows) > maxFlows {
			t.Fatalf("it gathers %d flows", len(l.flows))
		}
	}
}

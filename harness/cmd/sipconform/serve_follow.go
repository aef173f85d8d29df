package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/sipconform/sipconform/harness/narrate"
	"github.com/sipconform/sipconform/mocks/observation"
)

// pause is after how long without an observation what is due by the clock alone is told.
const pause = time.Second

// follow tells what the mock sees, a line an event, until ctx ends. It says how much it has not told where the mock saw
// more than could be written.
func follow(ctx context.Context, out io.Writer, log *observation.Log, n *narrate.Narrator) {
	tell := func(all []string) {
		for _, line := range all {
			fmt.Fprintln(out, line)
		}
	}
	for seq := 0; ; {
		e, seen := next(ctx, log, seq)
		switch {
		case ctx.Err() != nil && !seen:
			tell(n.End(time.Since(log.Start())))
			return
		case !seen:
			tell(n.Pause(time.Since(log.Start())))
			continue
		case e.Seq > seq:
			left := fmt.Sprintf("%d observations are not shown: they came faster than they could be written", e.Seq-seq)
			tell([]string{n.Line(e.At, "flood", left)})
		}
		seq = e.Seq + 1
		tell(n.Tell(&e))
	}
}

// next returns the event with that Seq, or the oldest after it that the log still has. It returns false if there is none
// for a while, or once ctx has ended.
func next(ctx context.Context, log *observation.Log, seq int) (observation.Event, bool) {
	ctx, cancel := context.WithTimeout(ctx, pause)
	defer cancel()
	e, err := log.WaitFrom(ctx, seq, func(observation.Event) bool { return true })
	return e, err == nil
}

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
	tell := func(all ...string) {
		for _, line := range all {
			fmt.Fprintln(out, line)
		}
	}
	for seq := 0; ctx.Err() == nil; {
		while, cancel := context.WithTimeout(ctx, pause)
		_, _ = log.WaitFrom(while, seq, func(e observation.Event) bool {
			if e.Seq > seq {
				left := fmt.Sprintf("%d observations are not shown: they came faster than they could be written", e.Seq-seq)
				tell(n.Line(e.At, "flood", left))
			}
			seq = e.Seq + 1
			tell(n.Tell(&e)...)
			return ctx.Err() != nil
		})
		cancel()
		tell(n.Pause(time.Since(log.Start()))...)
	}
	tell(n.End(time.Since(log.Start()))...)
}

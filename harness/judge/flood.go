package judge

import (
	"fmt"
	"strings"

	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/mocks/observation"
)

// Flood is the cause of a ruling that would rest on what the log left out, because more came than it keeps.
const Flood = "flood"

// maxTold is how many kinds of event a ruling says were left out.
const maxTold = 3

// leftOut returns the last word on each class of event that a log left out, in the order in which that began.
func leftOut(events []observation.Event) []observation.Event {
	type class struct {
		conn string
		kind observation.Kind
		dir  observation.Direction
	}
	var all []observation.Event
	at := make(map[class]int)
	for _, e := range events {
		if e.Kind != observation.Flood || e.Flood == nil || !e.Flood.Judged() {
			continue
		}
		c := class{e.Conn, e.Flood.Kind, e.Dir}
		if i, known := at[c]; known {
			all[i] = e
			continue
		}
		at[c] = len(all)
		all = append(all, e)
	}
	return all
}

// underFlood withholds what a flood may have made of a ruling: all but a fail for what the device did before. What
// the device left undone it may have done later, and so it may for what a pass rests on.
func (v *View) underFlood(r Ruling) Ruling {
	if v.Flooded < 0 || r.Verdict == verdict.Fail && !r.Short && !restsOnSilence(r.Cause) {
		return r
	}
	var told []string
	for i, e := range v.left {
		if i == maxTold {
			told = append(told, "and more")
			break
		}
		text := fmt.Sprintf("%d of kind %s (%d KB)", e.Flood.Events, e.Flood.Kind, e.Flood.Bytes>>10)
		if e.Conn != "" {
			text += " on " + e.Conn
		}
		told = append(told, text)
	}
	return open(Flood, "%s; but more came than the log keeps, and these were only counted: %s", r.Observed, strings.Join(told, ", ")).
		hint("the scenario was ended there: see in its ladder.txt what the device kept sending").
		at(append(r.Events, v.Flooded)...)
}

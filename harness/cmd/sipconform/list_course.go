package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/device/process"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/scenarios"
)

// paceOf is how long it takes to set a device, and to ask it one thing. People and phones differ: the estimate is for whoever
// plans an afternoon.
func paceOf(d device.Device) plan.Pace {
	if p, ok := d.(*process.Device); ok && p.NeedsPerson() {
		return plan.Pace{Change: 2 * time.Minute, Scenario: 20 * time.Second}
	}
	return plan.Pace{Change: 5 * time.Second, Scenario: 2 * time.Second}
}

// listCourse prints what a run would ask a device, in the order in which a device that is configured once goes through it.
func listCourse(ctx context.Context, known *scenarios.Library, name, filter, asOf string, out io.Writer) (int, error) {
	d, err := scenarios.Describe(ctx, name)
	if err != nil {
		return exitUsage, unusable(err)
	}
	day := time.Now()
	if asOf != "" {
		if day, err = time.Parse(time.DateOnly, asOf); err != nil {
			return exitUsage, usage("-as-of %q is not a date like 2026-01-31", asOf)
		}
	}
	p, err := known.Plan(filter, day)
	if err != nil {
		return exitUsage, usageError{err}
	}
	tellMistyped(known, filter)
	has := d.Capabilities()
	fmt.Fprintf(out, "%s is asked %d of %d scenarios; the others need what it does not declare\n",
		d.Name(), applicable(p.Scenarios, has), len(p.Scenarios))
	if !has.Has(device.ConfiguredOnce) {
		_, err := fmt.Fprintln(out, "it is begun anew for each of them: nobody has to set it")
		return exitDone, err
	}
	course, pace := plan.Sittings(p.Scenarios, has), paceOf(d)
	fmt.Fprintf(out, "%d %s, in which it is set %d %s: about %s, at %s for a change and %s for a scenario\n",
		len(course), plural(len(course), "sitting"), course.Changes(), plural(course.Changes(), "time"),
		short(course.Duration(has, pace).Round(time.Minute)), short(pace.Change), short(pace.Scenario))
	for _, sitting := range course {
		fmt.Fprintf(out, "\n%s %s\n", sitting.Vendor, sitting.Product)
		for _, set := range sitting.Settings {
			configuration := cmp.Or(set.Configuration, "as the setting sheet says")
			if _, err := fmt.Fprintf(out, "  %4d  %s\n", applicable(set.Scenarios, has), configuration); err != nil {
				return exitHarness, err
			}
		}
	}
	return exitDone, nil
}

// applicable returns how many of scenarios a device with these capabilities is asked.
func applicable(all []*plan.Scenario, has device.Capabilities) (count int) {
	for _, s := range all {
		if len(plan.Missing(s, has)) == 0 {
			count++
		}
	}
	return count
}

// short writes a duration without seconds that are none: 56m for 56m0s.
func short(d time.Duration) string {
	if text, whole := strings.CutSuffix(d.String(), "m0s"); whole {
		return text + "m"
	}
	return d.String()
}

// plural returns a word for n things.
func plural(n int, word string) string {
	if n == 1 {
		return word
	}
	return word + "s"
}

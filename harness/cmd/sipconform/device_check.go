package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/sipconform/sipconform/harness/device/process"
	"github.com/sipconform/sipconform/harness/report"
	"github.com/sipconform/sipconform/harness/report/printable"
	"github.com/sipconform/sipconform/scenarios"
)

// deviceCheck tells of everything that would go wrong in a run and can be known before it.
func deviceCheck(ctx context.Context, args []string, out io.Writer) (int, error) {
	flags := flag.NewFlagSet("device check", flag.ContinueOnError)
	vendors := vendorsFlag(flags)
	filter := flags.String("filter", "", "a label expression, as that of certify: which scenarios the device is meant for")
	dry := flags.Bool("dry", false, "start nothing but the command that tells the version")
	where := newNetworkFlags(flags)
	name, err := operand(flags, args, "NAME", "device", "It tells what is wrong with the set-up of a device, all at once, and "+
		"changes nothing: mistakes in the descriptor, programs\n"+
		"that are missing, ports, namespaces, the lab, and how many scenarios apply. Then it tries one registration, call or page.\n"+
		"NAME is one below fixtures/devices, or the path of a device.yaml or of its folder, such as ./my-phone. The status is 2 "+
		"if there is a fault.")
	if err != nil {
		return exitUsage, err
	}
	known, err := library(*vendors)
	if err != nil {
		return exitHarness, err
	}
	p, err := known.Plan(*filter, time.Now())
	if err != nil {
		return exitUsage, usageError{err}
	}
	descriptor, mistakes := scenarios.Inspect(ctx, name)
	if ctx.Err() != nil {
		return exitHarness, context.Cause(ctx)
	}
	if len(mistakes) == 1 && !errors.As(mistakes[0], new(*process.BrokenDescriptor)) { // there is nothing to check
		return exitUsage, unusable(mistakes[0])
	}
	o := scenarios.Options{Filter: *filter, Jobs: 1}
	var unplaced error
	if len(mistakes) == 0 {
		o.Device, o.Isolation, unplaced = scenarios.Choose(ctx, name) // before anything is said: it may start this process again
		if unplaced != nil {
			if o.Device, err = scenarios.Describe(ctx, name); err != nil {
				return exitUsage, unusable(err)
			}
		}
	}
	c := &checkup{out: out, name: name, style: styleOf(out), said: make(map[string]bool)}
	c.descriptor(name, descriptor, mistakes)
	c.programs(ctx, descriptor, o.Device)
	if o.Device == nil {
		c.part("Place, scenarios and trial")
		c.unchecked("mend the descriptor first")
		return c.conclude()
	}
	if d, ok := o.Device.(*process.Device); ok && d.Network() != nil {
		c.network(&o, d, where, descriptor)
		c.ports(o.Network, asksHTTPS(p, d.Capabilities()))
	} else {
		c.place(o, unplaced, descriptor)
		c.hears(where.refuse(flags))
	}
	c.capabilities(known, descriptor, o.Device)
	c.scenarios(p, o)
	c.trial(ctx, known, p, o, *dry)
	return c.conclude()
}

// checkup tells what was checked, in parts, each fault once, and counts the faults.
type checkup struct {
	out    io.Writer
	name   string // as the user wrote it
	style  report.Style
	said   map[string]bool
	faults int
	broken error // an error of the harness or of its machine
}

// part begins a part of what is checked.
func (c *checkup) part(title string) { fmt.Fprintln(c.out, c.style.Bold(title)) }

// say writes a line, which may have words of a descriptor or of a device in it.
func (c *checkup) say(mark, format string, args ...any) {
	fmt.Fprintf(c.out, "  %-9s  %s\n", mark, printable.Line(strings.TrimSpace(fmt.Sprintf(format, args...))))
}

// ok says that something is as it has to be, note that the user should know of something, and unchecked that something is not known.
func (c *checkup) ok(format string, args ...any)        { c.say("ok", format, args...) }
func (c *checkup) note(format string, args ...any)      { c.say("note", format, args...) }
func (c *checkup) unchecked(format string, args ...any) { c.say("unchecked", format, args...) }

// fault says that something has to be mended before a run.
func (c *checkup) fault(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if c.said[text] {
		return
	}
	c.said[text] = true
	c.faults++
	c.say("FAULT", "%s", text)
}

// hears makes a fault of an error, if there is one, and tells whether there is none.
func (c *checkup) hears(err error) bool {
	if err != nil {
		c.fault("%v", err)
	}
	return err == nil
}

// conclude says how it came out, and returns the exit status.
func (c *checkup) conclude() (int, error) {
	switch {
	case c.broken != nil:
		return exitHarness, c.broken
	case c.faults == 0:
		_, err := fmt.Fprintln(c.out, "nothing is in the way of a run")
		return exitDone, err
	}
	_, err := fmt.Fprintf(c.out, "%d %s to mend\n", c.faults, plural(c.faults, "fault"))
	return exitUsage, err
}

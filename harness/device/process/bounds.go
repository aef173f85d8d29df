package process

import (
	"maps"
	"slices"
	"time"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/internal/yamlfile"
)

// The maxima of what a descriptor says. They are far above what devices need, and keep a slip of the pen, such as 10h for 10s,
// from holding up a run.
const (
	maxName        = 64
	maxDescription = 500
	maxPattern     = 1000 // characters of a regular expression
	maxEntries     = 256  // of a list or a mapping, unless there is a maximum of its own
	maxProcesses   = 16
	maxAsked       = 16       // instructions to a person at a time
	maxCopies      = 64 << 20 // bytes of all files that are copied
	maxMode        = 0o777
	shortestPoll   = 10 * time.Millisecond
	longestPoll    = time.Minute
)

// checkBounds compares everything that can be counted or measured with its maximum.
func (d *Descriptor) checkBounds() error {
	for _, check := range []func() error{d.checkLimits, d.checkCounts, d.checkLengths} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func (d *Descriptor) checkLimits() error {
	l := d.Limits
	for _, b := range []struct {
		name               string
		value, least, most int64
		text               string
	}{
		{"memory", int64(l.Memory), 0, 64 << 30, "64GiB"},
		{"output", int64(l.Output), 1 << 10, 64 << 20, "64MiB"},
		{"start", int64(l.Start), 0, int64(10 * time.Minute), "10m"},
		{"action", int64(l.Action), 0, int64(5 * time.Minute), "5m"},
		{"quiet", int64(l.Quiet), 0, int64(5 * time.Minute), "5m"},
		{"stop", int64(l.Stop), 0, int64(time.Minute), "1m"},
	} {
		switch place := at("limits", b.name); {
		case b.value < 0:
			return wrong(place, "has a negative limit %s", b.name)
		case b.value < b.least:
			return wrong(place, "has a limit %s of %d bytes: give 1KiB or more", b.name, b.value)
		case b.value > b.most:
			return wrong(place, "has a limit %s above the maximum, %s: give that or less", b.name, b.text)
		}
	}
	if l := d.Load; l != nil {
		switch place := at("load"); {
		case !device.Capabilities(d.Capabilities).Has(device.CanLoad):
			return wrong(place, "says how many calls it takes at once: declare the capability %s, too", device.CanLoad)
		case l.Calls < 1 || l.Calls > device.MaxCalls:
			return wrong(at("load", "calls"), "takes %d calls at once: give a number from 1 to %d", l.Calls, device.MaxCalls)
		case !(l.Rate > 0 && l.Rate <= device.MaxRate):
			return wrong(at("load", "rate"), "has calls begun at %g a second: give a rate above 0, up to %d", l.Rate, device.MaxRate)
		case l.For <= 0 || l.For > device.MaxFor || time.Duration(l.Calls)*l.For > device.MaxTalk:
			return wrong(at("load", "for"), "goes on for %s: give a time up to %s, of which calls times for is at most %s",
				l.For, device.MaxFor, device.MaxTalk)
		}
	}
	if c := d.ControlChannel; c != nil && c.Poll != nil && c.Poll.Every != 0 && (c.Poll.Every < shortestPoll || c.Poll.Every > longestPoll) {
		return wrong(at("control", "poll", "every"), "polls every %s: give a time between %s and %s", c.Poll.Every, shortestPoll, longestPoll)
	}
	return nil
}

// count is the number of entries in one place.
type count struct {
	place         yamlfile.Path
	entries, most int
}

// counts are the lengths of every list and mapping.
func (d *Descriptor) counts() []count {
	all := []count{
		{at("packages"), len(d.Packages), maxEntries}, {at("capabilities"), len(d.Capabilities), maxEntries},
		{at("configuration"), len(d.Configurations), maxEntries}, {at("values"), len(d.Values), maxEntries},
		{at("files"), len(d.Files), maxEntries}, {at("environment"), len(d.Environment), maxEntries},
		{at("processes"), len(d.Processes), maxProcesses}, {at("events"), len(d.Events), maxEntries},
		{at("configure"), len(d.Configure), maxEntries},
		{at("start"), len(d.Start), maxEntries}, {at("stop"), len(d.Stop), maxEntries},
		{at("actions"), len(d.Actions), maxEntries}, {at("remove"), len(d.Remove), maxEntries},
		{at("version", "command"), len(d.Version.Command), maxEntries}, {at("words"), len(d.Words), maxEntries},
	}
	for _, lever := range slices.Sorted(maps.Keys(d.Words)) {
		all = append(all, count{at("words", lever), len(d.Words[lever]), maxEntries})
	}
	for i, c := range d.Configurations {
		all = append(all, count{at("configuration", i, "gives_up"), len(c.GivesUp), maxEntries})
	}
	if n := d.Network; n != nil {
		all = append(all, count{at("network", "addresses"), len(n.Addresses), maxEntries},
			count{at("network", "resolvers"), len(n.Resolvers), maxEntries})
	}
	for i, p := range d.Processes {
		all = append(all, count{at("processes", i, "command"), len(p.Command), maxEntries})
	}
	for _, verb := range slices.Sorted(maps.Keys(d.Actions)) {
		action, place := d.Actions[verb], at("actions", string(verb))
		all = append(all, count{place.To("steps"), len(action.Steps), maxEntries}, count{place.To("settled"), len(action.Settled), maxEntries})
	}
	d.eachStep(func(place yamlfile.Path, s Step) {
		all = append(all, count{place.To("run"), len(s.Run), maxEntries}, count{place.To("ask"), len(s.Ask), maxAsked})
	})
	return all
}

func (d *Descriptor) checkCounts() error {
	for _, c := range d.counts() {
		if c.entries > c.most {
			return wrong(c.place, "has %d entries here, and %d are the maximum: keep fewer", c.entries, c.most)
		}
	}
	return nil
}

// eachStep calls do with every step and its place.
func (d *Descriptor) eachStep(do func(place yamlfile.Path, s Step)) {
	lists := map[string][]Step{"configure": d.Configure, "start": d.Start, "stop": d.Stop}
	for _, name := range slices.Sorted(maps.Keys(lists)) {
		for i, s := range lists[name] {
			do(at(name, i), s)
		}
	}
	for _, verb := range slices.Sorted(maps.Keys(d.Actions)) {
		for i, s := range d.Actions[verb].Steps {
			do(at("actions", string(verb), "steps", i), s)
		}
	}
}

// checkLengths bounds what is written into reports and messages.
func (d *Descriptor) checkLengths() error {
	for _, text := range []struct {
		place yamlfile.Path
		value string
		most  int
	}{
		{at("name"), d.Name, maxName}, {at("description"), d.Description, maxDescription},
	} {
		if err := tooLong(text.place, text.value, text.most); err != nil {
			return err
		}
	}
	for i, c := range d.Configurations {
		if err := tooLong(at("configuration", i, "name"), c.Name, maxName); err != nil {
			return err
		}
	}
	for i, p := range d.Processes {
		if err := tooLong(at("processes", i, "name"), p.Name, maxName); err != nil {
			return err
		}
	}
	for i, c := range d.Capabilities {
		if err := tooLong(at("capabilities", i), string(c), maxName); err != nil {
			return err
		}
	}
	return nil
}

func tooLong(place yamlfile.Path, text string, most int) error {
	if len(text) > most {
		return wrong(place, "has %d characters here, and %d are the maximum: write less", len(text), most)
	}
	return nil
}

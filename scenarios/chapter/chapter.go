// Package chapter makes families of scenarios from a product's profile, for any
// vendor: a chapter is a stimulus varied case by case, and the rows of the profile
// say which requirement each case serves. README.md lists chapters, ways, cases
// and asks. The package serves this module and may change.
package chapter

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/scenarios/scene"
)

// Own are the chapters that a vendor's package writes, by the name that profiles
// have for them: "twilio/calls".
type Own map[string]func(*profile.Product) []scene.Scene

// family is a chapter that any product can have.
type family struct {
	// id is the form of the scenarios' IDs; {case} stands for the case, {way} for
	// the way, and {suite} for a TLS suite.
	id string
	// ways are those that the chapter can have; the first fits if the profile does not
	// say.
	ways []string
	// cases returns the names of the cases that a row can have.
	cases func(*entry) []string
	// stimuli are what a case does: one, or one for each member of a list of the
	// profile's.
	stimuli func(e *entry, name string) ([]stimulus, error)
}

// stimulus is one difference to a good scene, and what is asked of the device.
type stimulus struct {
	title   string
	area    string
	suite   string // {suite} in the ID
	version uint16 // that the row limits it to; 0 for none
	slug    string // {case} in the ID; empty: the case's name
	// refused tells that something has to be refused, so that the scene needs a
	// control.
	refused bool
	// control is the ID of its control, if the stimulus knows one; the row's comes first.
	control string
	// way is the way of one that does not go the chapter's; zero: the chapter's.
	way way

	vendor scene.Vendor
	device scene.Device
	script []scene.Step // nil: the way's

	expected string
	rule     judge.Rule
	// requirement is the rule of an RFC that the case is about; empty: rows name
	// the requirement. also are further rules of RFCs that it shows, asked of rows
	// that name none.
	requirement string
	also        []judge.Check
	// presumes are the cases whose fail explains one in this, as far as the product has
	// scenarios of them.
	presumes []string
}

// families are the chapters by name.
func families() map[string]family {
	return map[string]family{
		"good":               good(),
		"versions":           versions(),
		"suites":             suites(),
		"groups":             groups(),
		"certificates":       certificates(),
		"device-certificate": deviceCertificate(),
		"identity":           identities(),
		"media":              mediaProfiles(),
		"offers":             offers(),
		"answers":            answers(),
		"refusals":           refusals(),
		"registration":       registrations(),
		"routing":            routing(),
		"ports":              ports(),
		"listening":          listening(),
		"load":               loads(),
	}
}

// entry is a chapter of a profile being written.
type entry struct {
	profile.Chapter
	product *profile.Product
	row     profile.Row
	way     way
}

// Write returns the scenes of the chapters that a product's profile lists, in the
// profile's order. Its errors name the line of the profile.
func Write(p *profile.Product, own Own) ([]scene.Scene, error) {
	known := families()
	var scenes []scene.Scene
	var errs []error
	for _, c := range p.Chapters {
		if write, is := own[c.Chapter]; is {
			scenes = append(scenes, write(p)...)
			continue
		}
		f, is := known[c.Chapter]
		if !is {
			names := slices.Concat(slices.Sorted(maps.Keys(known)), slices.Sorted(maps.Keys(own)))
			errs = append(errs, fmt.Errorf("%s:%d: there is no chapter %q, but %s", p.File, c.Line, c.Chapter, strings.Join(names, ", ")))
			continue
		}
		written, err := (&entry{Chapter: c, product: p}).write(f)
		scenes, errs = append(scenes, written...), append(errs, err)
	}
	has := make(map[string]bool, len(scenes))
	for i := range scenes {
		has[scenes[i].ID] = true
	}
	for i := range scenes {
		s := &scenes[i]
		s.Presumes = slices.DeleteFunc(slices.Compact(s.Presumes), func(id string) bool { return id == s.ID || !has[id] })
	}
	return scenes, errors.Join(errs...)
}

// write makes the scenes of the entry's rows. Rows of one scenario add to what it
// asks.
func (e *entry) write(f family) ([]scene.Scene, error) {
	var err error
	if e.way, err = e.wayOf(f); err != nil {
		return nil, e.fault(err)
	}
	if e.Port != 0 {
		e.way = e.way.to(e.Port)
	}
	if e.ID == "" {
		e.ID = f.id
	}
	rows := e.Rows
	if rows == nil {
		rows = []profile.Row{{Case: f.cases(e), Line: e.Line}}
	}
	var scenes []scene.Scene
	at := make(map[string]int) // by ID
	for _, e.row = range rows {
		e.inherit()
		written, err := e.scenes(f)
		if err != nil {
			return scenes, e.fault(err)
		}
		for _, s := range written {
			i, again := at[s.ID]
			switch {
			case !again:
				at[s.ID], scenes = len(scenes), append(scenes, s)
			case !reflect.DeepEqual(scenes[i].Vendor, s.Vendor) || !reflect.DeepEqual(scenes[i].Device, s.Device) || scenes[i].Control != s.Control:
				err := fmt.Errorf("the scenario %s is there already with other settings or another control; give one of them an id of its own", s.ID)
				return scenes, e.fault(err)
			default:
				scenes[i].Asks = append(scenes[i].Asks, s.Asks...)
			}
		}
	}
	return scenes, nil
}

// inherit gives the row what it leaves to the chapter.
func (e *entry) inherit() {
	r := &e.row
	if r.ID == "" {
		r.ID = e.ID
	}
	if r.Revisions == nil {
		r.Revisions = e.Revisions
	}
	settings := maps.Clone(e.Settings)
	if settings == nil && r.Settings != nil {
		settings = make(map[string]string)
	}
	maps.Copy(settings, r.Settings)
	r.Settings = settings
}

// scenes are those of the row: for each member of a list that cases go through,
// one for each case.
func (e *entry) scenes(f family) ([]scene.Scene, error) {
	cases := e.row.Case
	if len(cases) == 0 {
		cases = profile.Words{""}
	}
	var columns [][]scene.Scene
	all, longest := f.cases(e), 0
	for _, name := range cases {
		if len(all) > 0 && !slices.Contains(all, name) {
			return nil, fmt.Errorf("the chapter %s has no case %q, but %s", e.Chapter.Chapter, name, strings.Join(all, ", "))
		}
		stimuli, err := f.stimuli(e, name)
		if err != nil {
			return nil, err
		}
		var column []scene.Scene
		for _, s := range stimuli {
			if e.Rows == nil && s.requirement == "" {
				continue // without rows, only the rules of RFCs are asked
			}
			if s.slug == "" {
				s.slug = name
			}
			on := *e
			if s.way.name != "" {
				on.way = s.way
			}
			made, err := on.scene(s)
			if err != nil {
				return nil, err
			}
			column = append(column, made)
		}
		columns, longest = append(columns, column), max(longest, len(column))
	}
	var scenes []scene.Scene
	for i := range longest {
		for _, column := range columns {
			if i < len(column) {
				scenes = append(scenes, column[i])
			}
		}
	}
	return scenes, nil
}

// none is written for the control of a scenario that rests on no other.
const none = "none"

// control is the control of a scenario: the row's, the stimulus's own, the chapter's, or
// what the way rests on; the first that is not the scenario itself.
func (e *entry) control(id, own string) string {
	for _, control := range []string{e.row.Control, own, e.Control, e.product.Base[e.way.name]} {
		switch control {
		case none:
			return ""
		case "", id:
		default:
			return control
		}
	}
	return ""
}

// scene makes a scene of a stimulus, as the row has it.
func (e *entry) scene(s stimulus) (scene.Scene, error) {
	asks, err := e.asks(s)
	if err != nil {
		return scene.Scene{}, err
	}
	made := scene.Scene{
		ID:    strings.ReplaceAll(e.named(e.row.ID, s.slug), "{suite}", s.suite),
		Title: or(e.row.Title, s.title), Direction: e.way.direction, Area: or(e.row.Area, s.area), Revisions: e.row.Revisions,
		Vendor: s.vendor, Device: s.device, Script: s.script, Asks: asks,
	}
	made.Control = e.control(made.ID, s.control)
	for _, name := range s.presumes {
		for _, form := range []string{e.row.ID, e.ID} { // the row's case, or the chapter's
			made.Presumes = append(made.Presumes, e.named(form, name))
		}
	}
	if made.Script == nil {
		made.Script = e.way.script
	}
	made.Vendor.Settings = with(e.row.Settings, s.vendor.Settings)
	if _, err := e.product.SettingValues(e.revision(), made.Vendor.Settings); err != nil {
		return made, err
	}
	if made.Control == "" && slices.ContainsFunc(asks, func(c judge.Check) bool { return c.Refusal }) {
		return made, fmt.Errorf("%s needs a control: the ID of the same scenario without the fault", made.ID)
	}
	for _, need := range e.row.Needs {
		made.Device.Needs = append(made.Device.Needs, device.Capability(need))
	}
	if e.row.Enable != nil {
		made.Device.Enable = e.row.Enable
	}
	if d := &made.Device; d.Enable == nil && d.Levers.SRTPSuites == nil && !slices.Contains(e.product.Answer.Suites, scene.Tag80) {
		d.Enable = e.product.Answer.Suites // which devices do not offer by themselves
	}
	return made, nil
}

// named is the ID of a case, of a form of the row's or the chapter's.
func (e *entry) named(form, name string) string {
	return strings.ReplaceAll(strings.ReplaceAll(form, "{case}", name), "{way}", e.way.name)
}

// with adds a stimulus's settings to those of a row.
func with(settings, more map[string]string) map[string]string {
	if len(more) == 0 {
		return settings
	}
	all := maps.Clone(more)
	maps.Copy(all, settings) // the profile knows better
	return all
}

// revision is the one that the mock obeys: the row's first, or the product's.
func (e *entry) revision() profile.Revision {
	if len(e.row.Revisions) > 0 {
		if r, err := e.product.Named(e.row.Revisions[0]); err == nil {
			return r
		}
	}
	return e.product.Revisions[0]
}

// values are the settings in force with those of the row and further ones.
func (e *entry) values(more map[string]string) (map[string]string, error) {
	return e.product.SettingValues(e.revision(), with(e.row.Settings, more))
}

// fault says where in the profile an error is.
func (e *entry) fault(err error) error {
	line := e.row.Line
	if line == 0 {
		line = e.Line
	}
	return fmt.Errorf("%s:%d: chapter %s: %w", e.product.File, line, e.Chapter.Chapter, err)
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

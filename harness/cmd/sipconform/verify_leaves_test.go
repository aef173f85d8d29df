package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sipconform/sipconform/harness/compare"
	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/device/reference"
	"github.com/sipconform/sipconform/harness/report"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/scenarios"
)

// changeable is a device with a configuration, and without a capability of the reference device's.
type changeable struct {
	device.Device
	configuration device.Configuration
	lacks         device.Capability
}

func (c changeable) Configurations() []device.Configuration {
	return []device.Configuration{c.configuration}
}

func (c changeable) Capabilities() device.Capabilities {
	return slices.DeleteFunc(slices.Clone(c.Device.Capabilities()), func(o device.Capability) bool { return o == c.lacks })
}

// before is an earlier run of the device, in which it did one thing otherwise and was not asked most of the others.
func before(t *testing.T) *compare.Earlier {
	t.Helper()
	earlier, err := compare.ReadEarlier([]byte(`{"schema": "sipconform/baseline/v2", "device": "strict", "version": "0.9", "verdicts":
		{"twilio/voice/connect/default": "fail"}, "causes": {"twilio/voice/connect/default": "no-ack"}}`))
	if err != nil {
		t.Fatal(err)
	}
	return earlier
}

// varied makes a record with results of most kinds: blocked, in a configuration, beside
// the own set-up, not applicable, a deviation.
func varied(t *testing.T, library *scenarios.Library) (folder string) {
	t.Helper()
	folder = t.TempDir()
	strict := reference.New(reference.Options{Name: "strict", Bugs: reference.Bugs{RefusesWildcard: true}, Interval: 5 * time.Millisecond})
	var filter []string
	for _, id := range []string{"certificate:exact-name", "certificate:wildcard", "certificate:crl-known-good", "connect:default", "register:wrong-password"} {
		filter = append(filter, "id:twilio:voice:"+id)
	}
	c, err := scenarios.Prepare(t.Context(), library, scenarios.Options{
		Device: changeable{strict, device.Configuration{
			Name: "verification off", Levers: device.Levers{VerifyOff: true}, GivesUp: []string{"area:certificate", "area:identity"},
		}, device.LeverCRL},
		Out: folder, Jobs: 4, Filter: strings.Join(filter, " || "), Depth: "full", Against: before(t),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Conclude(c.Engine.Run(t.Context(), c.Plan)); err != nil {
		t.Fatal(err)
	}
	return folder
}

// unknown are places of results.json, a pattern, of which nothing tells whether they are true, and why.
type unknown struct{ places, why string }

// unknowable are the places of results.json that no evidence tells anything about, with
// the reason. A signature covers them.
var unknowable = []unknown{
	{`harness\.(version|go|os|isolation|limited)`, "the machine of the run left nothing else of itself"},
	{`device\.(name|version)`, "the word of whoever described the device"},
	{`device\.agents \+`, "a configuration that came to no verdict may have given another name; nothing is kept of it"},
	{`device\.agents\[\] =`, "the same: the true name is told as missing, so that only a further one is believed"},
	{`device\.capabilities(\[\])? [=+-]`, "what nothing in the plan needs; TestVerifyTells has one that something needs"},
	{`device\.configurations \+`, "one in which nothing was asked"},
	{`device\.configurations\[\]\.gives_up (-|\+ again)`, "a label that has no scenario in the plan, or the same twice"},
	{`as_of`, "another day on which the same rules are in force"},
	{`seed`, "from which names and keys were drawn"},
	{`started`, "times"},
	{`(results\[\](\.own)?\.)?duration_ms`, "times"},
	{`plan\.full_coverage`, "a wish, which changes nothing where everything is emulated"},
}

// TestVerifyTellsEveryChange changes each place of a record in turn, makes all that
// follows from it anew, as a forger would, and asks that verify tells.
func TestVerifyTellsEveryChange(t *testing.T) {
	t.Parallel()
	library, err := scenarios.Load()
	if err != nil {
		t.Fatal(err)
	}
	tellsEveryChange(t, library, varied(t, library), "", unknowable)
}

// tellsEveryChange changes each place of a record that a pattern matches, but for those that no evidence tells anything about.
func tellsEveryChange(t *testing.T, library *scenarios.Library, folder, places string, unknowable []unknown) {
	t.Helper()
	changed := regexp.MustCompile(places)
	original := filepath.Join(folder, report.ResultsFile)
	data, err := os.ReadFile(original)
	if err != nil {
		t.Fatal(err)
	}
	read := func() *results.Run {
		run, err := results.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		return run
	}
	var earlier *compare.Earlier
	if read().Against != nil {
		earlier = before(t)
	}
	if status, said := inspected(t, folder, library, earlier); status != exitDone {
		t.Fatalf("the record as it is: status %d\n%s", status, said)
	}
	requirements := report.Known(library.Requirements.All())
	changes := 0
	used := make(map[string]bool)
	for _, c := range changesOf(read()) {
		if !changed.MatchString(c.place) {
			continue
		}
		run := read()
		c.apply(run)
		if strings.HasPrefix(c.place, "results") || strings.HasPrefix(c.place, "plan") || strings.HasPrefix(c.place, "merged") {
			run.Conclude()
		}
		manifest := run.Manifest
		if err := report.Write(folder, run, requirements); err != nil && strings.Contains(c.place, ".evidence.") {
			continue // such a file does not exist, or cannot be named
		}
		if strings.HasPrefix(c.place, "manifest") {
			run.Manifest = manifest
			if err := run.Write(original); err != nil {
				t.Fatal(err)
			}
		}
		changes++
		status, said := inspected(t, folder, library, earlier)
		believed := ""
		for _, u := range unknowable {
			if regexp.MustCompile(`^` + u.places).MatchString(c.place) {
				believed, used[u.places] = u.places, true
			}
		}
		if status == exitDone && believed == "" {
			t.Errorf("%s (%s): the change is believed\n%s", c.place, c.at, said)
		}
	}
	for _, u := range unknowable {
		if !used[u.places] {
			t.Errorf("nothing in the record is %s", u.places)
		}
	}
	t.Logf("%d changes", changes)
}

// inspected verifies a folder.
func inspected(t *testing.T, folder string, library *scenarios.Library, earlier *compare.Earlier) (status int, said string) {
	t.Helper()
	var out bytes.Buffer
	status, err := inspect(folder, nil, earlier, library, &out)
	if err != nil {
		fmt.Fprintln(&out, err)
	}
	if i := strings.IndexFunc(out.String(), func(r rune) bool { return r < ' ' && r != '\n' || r == 0x7f || r == 0x202e }); i >= 0 {
		t.Errorf("it prints something raw: %q", out.String()[i:])
	}
	return status, out.String()
}

// change is one change of a record. Its place has no indexes, and says what is done:
// = another value, + an element or object more, - one less.
type change struct {
	place, at string
	apply     func(*results.Run)
}

// changesOf returns the changes of every field of a record, whether it is set or not. Of
// places that differ in their indexes alone, it takes the first and the last, or the first
// of a short test.
func changesOf(run *results.Run) []change {
	var all []change
	walk(reflect.ValueOf(run).Elem(), "", "", func(v *results.Run) reflect.Value { return reflect.ValueOf(v).Elem() }, &all)
	first, last := make(map[string]int), make(map[string]int)
	for i, c := range all {
		if _, known := first[c.place]; !known {
			first[c.place] = i
		}
		last[c.place] = i
	}
	var few []change
	for i, c := range all {
		if i == first[c.place] || i == last[c.place] && !testing.Short() {
			few = append(few, c)
		}
	}
	return few
}

// walk adds the changes of a value and of what is in it. Find finds it in another record.
func walk(v reflect.Value, place, at string, find func(*results.Run) reflect.Value, all *[]change) {
	add := func(what string, edit func(reflect.Value)) {
		*all = append(*all, change{place + " " + what, at, func(run *results.Run) { edit(find(run)) }})
	}
	if v.Type() == reflect.TypeFor[time.Time]() {
		add("=", func(v reflect.Value) { v.Set(reflect.ValueOf(v.Interface().(time.Time).Add(time.Second))) })
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
			if name == "-" {
				continue
			}
			walk(v.Field(i), dotted(place, name), dotted(at, name), func(run *results.Run) reflect.Value { return find(run).Field(i) }, all)
		}
	case reflect.Pointer:
		if v.IsNil() {
			add("+", func(v reflect.Value) { v.Set(filled(v.Type())) })
			return
		}
		add("-", func(v reflect.Value) { v.SetZero() })
		walk(v.Elem(), place, at, func(run *results.Run) reflect.Value { return find(run).Elem() }, all)
	case reflect.Slice:
		add("+", func(v reflect.Value) { v.Set(reflect.Append(v, filled(v.Type().Elem()))) })
		if v.Len() > 0 {
			add("-", func(v reflect.Value) { v.SetLen(v.Len() - 1) })
			add("+ again", func(v reflect.Value) { v.Set(reflect.Append(v, v.Index(0))) })
		}
		for i := range v.Len() {
			walk(v.Index(i), place+"[]", fmt.Sprintf("%s[%d]", at, i), func(run *results.Run) reflect.Value { return find(run).Index(i) }, all)
		}
	case reflect.String:
		add("=", func(v reflect.Value) { v.SetString(other(v.String())) })
	case reflect.Bool:
		add("=", func(v reflect.Value) { v.SetBool(!v.Bool()) })
	default:
		add("=", func(v reflect.Value) { v.Set(filled(v.Type())) })
	}
}

// other returns another text, with what a terminal must not get. A date gives the next day.
func other(text string) string {
	if day, err := time.Parse(time.DateOnly, text); err == nil {
		return day.AddDate(0, 0, 1).Format(time.DateOnly)
	}
	return text + "\x1b[2J\u202e"
}

// filled returns a value of which nothing is zero.
func filled(of reflect.Type) reflect.Value {
	v := reflect.New(of).Elem()
	switch of.Kind() {
	case reflect.Struct:
		for i := range of.NumField() {
			if of.Field(i).Type != reflect.PointerTo(of) && of.Field(i).IsExported() {
				v.Field(i).Set(filled(of.Field(i).Type))
			}
		}
	case reflect.Pointer:
		v.Set(reflect.New(of.Elem()))
		v.Elem().Set(filled(of.Elem()))
	case reflect.Slice:
		v.Set(reflect.Append(v, filled(of.Elem())))
	case reflect.String:
		v.SetString("x")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(4711)
	case reflect.Uint64:
		v.SetUint(4711)
	}
	return v
}

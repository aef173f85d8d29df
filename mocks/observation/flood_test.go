package observation_test

import (
	"context"
	"fmt"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/mocks/observation"
)

// held is what events take by the log's own measure, as far as a test can tell it: what their bytes and texts take.
func held(events []observation.Event) (n int) {
	for i := range events {
		n += len(events[i].Bytes) + len(events[i].Text) + len(events[i].Conn)
	}
	return n
}

// TestFlood floods logs in every way that a peer has, and checks what stays: the beginning of what was sent, what begins
// and ends connections, what the harness says itself, and how much was left out.
func TestFlood(t *testing.T) {
	t.Parallel()
	long, short := make([]byte, 60<<10), make([]byte, 170)
	in := observation.In
	for _, flood := range []struct {
		name   string
		events int
		event  func(i int) observation.Event
		bound  int
		judged bool
	}{
		{"long requests", 2000, func(int) observation.Event {
			return observation.Event{Kind: observation.SIP, Conn: "tls-1", Dir: in, Bytes: long}
		}, observation.ConnectionBytes, true},
		{"keep-alives", 5000, func(int) observation.Event {
			return observation.Event{Kind: observation.KeepAlive, Conn: "tls-1", Dir: in, Bytes: short[:2]}
		}, observation.ConnectionBytes, true},
		{"what is no message", 2000, func(int) observation.Event {
			return observation.Event{Kind: observation.SIPMalformed, Conn: "udp-1", Dir: in, Bytes: long, Text: "odd"}
		}, observation.ConnectionBytes, true},
		{"media", 30_000, func(int) observation.Event {
			return observation.Event{
				Kind: observation.Media, Conn: "udp a b", Dir: in, Bytes: short, Media: new(observation.MediaInfo)}
		}, observation.MediaBytes, true},
		{"datagrams of many peers", 40_000, func(i int) observation.Event {
			return observation.Event{Kind: observation.SIP, Conn: fmt.Sprint("udp-", i), Dir: in, Bytes: short}
		}, observation.ScenarioBytes, true},
		{"connections", 60_000, func(i int) observation.Event {
			kind := []observation.Kind{observation.TransportOpen, observation.TransportClose}[i%2]
			return observation.Event{Kind: kind, Conn: fmt.Sprint("tls-", i/2), Transport: new(observation.TransportInfo)}
		}, observation.ScenarioBytes, true},
		{"questions", 60_000, func(i int) observation.Event {
			return observation.Event{
				Kind: observation.DNS, Conn: fmt.Sprint("udp ", i), Dir: in, DNS: &observation.DNSInfo{Name: "a.example."}}
		}, observation.ScenarioBytes, true},
		{"faults", 3000, func(int) observation.Event {
			return observation.Event{Kind: observation.Fault, Fault: observation.MockPanicked, Text: string(short)}
		}, observation.ConnectionBytes, true},
		{"segments", 2000, func(int) observation.Event {
			return observation.Event{Kind: observation.Wire, Conn: "tls-1", Dir: in, Bytes: long}
		}, observation.ConnectionBytes, false},
		{"output", 5000, func(int) observation.Event {
			return observation.Event{
				Kind: observation.Device, Device: &observation.DeviceInfo{What: observation.DeviceOutput}, Text: string(short)}
		}, observation.ConnectionBytes, false},
	} {
		t.Run(flood.name, func(t *testing.T) {
			t.Parallel()
			log := observation.NewLog()
			first := flood.event(0)
			for i := range flood.events {
				log.Append(flood.event(i))
			}
			select {
			case <-log.Flooded():
				if !flood.judged {
					t.Error("a verdict is said to depend on what was left out")
				}
			default:
				if flood.judged {
					t.Error("nothing judged is said to be left out")
				}
			}
			log.Append(observation.Event{Kind: observation.TransportClose, Conn: "tls-0"})
			log.Mark(observation.SceneOver)
			events := log.End()
			if bytes := held(events); bytes > flood.bound {
				t.Errorf("%d bytes are kept, %d allowed", bytes, flood.bound)
			}
			kept, left, over := 0, 0, false
			last := make(map[string]int)
			for i, e := range events {
				if e.Seq != i {
					t.Fatalf("event %d has Seq %d", i, e.Seq)
				}
				switch {
				case e.Kind == observation.Flood:
					last[e.Conn+string(e.Flood.Kind)+string(e.Dir)] = e.Flood.Events
				case e.Kind == first.Kind && e.Conn != "tls-0" || e.Kind == observation.TransportClose && len(last) == 0:
					kept++
				}
				over = over || e.Stage == observation.SceneOver
			}
			for _, n := range last {
				left += n
			}
			if first.Kind == observation.TransportOpen { // and closes, which are counted apart
				kept = left + kept - flood.events
				if kept < 0 || kept > len(events) {
					t.Errorf("%d left out of %d", left, flood.events)
				}
			} else if kept+left != flood.events || left == 0 {
				t.Errorf("%d kept and %d left out of %d", kept, left, flood.events)
			}
			if !over {
				t.Error("the end of the scene is left out")
			}
		})
	}
}

// TestFloodKeepsWhatDecides checks what is kept of a connection whose bound is used up, and that others have their own.
func TestFloodKeepsWhatDecides(t *testing.T) {
	t.Parallel()
	log := observation.NewLog()
	long := make([]byte, 60<<10)
	log.Append(observation.Event{Kind: observation.SIP, Conn: "tls-2", Bytes: []byte("REGISTER")})
	for range 1000 {
		log.Append(observation.Event{Kind: observation.Wire, Conn: "tls-1", Dir: observation.In, Bytes: long})
		log.Append(observation.Event{Kind: observation.SIP, Conn: "tls-1", Dir: observation.In, Bytes: long})
	}
	before := log.Append(observation.Event{Kind: observation.SIP, Conn: "tls-1", Dir: observation.In, Bytes: long})
	if events := log.Events(); before.Seq != len(events)-1 {
		t.Errorf("what is left out has Seq %d, and the newest event %d", before.Seq, len(events)-1)
	}
	want := []observation.Event{
		{Kind: observation.TLSAlert, Conn: "tls-1", Alert: new(observation.AlertInfo)},
		{Kind: observation.TransportClose, Conn: "tls-1"},
		{Kind: observation.TransportOpen, Conn: "tls-3"},
		{Kind: observation.Device, Device: &observation.DeviceInfo{What: observation.DeviceExit}},
		{Kind: observation.Fault, Fault: observation.MachineStoodStill},
	}
	for _, e := range want {
		if got := log.Append(e); got.Seq == before.Seq {
			t.Errorf("%s of %q is left out", e.Kind, e.Conn)
		}
	}
	log.Append(observation.Event{Kind: observation.SIP, Conn: "tls-2"})
	if events := log.Events(); events[len(events)-1].Kind != observation.Flood {
		t.Error("a flooded log takes what a verdict cannot use any more")
	}
	wire, sip := 0, 0
	for _, e := range log.End() {
		switch {
		case e.Kind == observation.Wire:
			wire++
		case e.Kind == observation.SIP:
			sip++
		}
	}
	if wire == 0 || sip < wire {
		t.Errorf("%d segments and %d messages are kept: messages come first", wire, sip)
	}
	if log.Append(observation.Event{Kind: observation.Note}); len(log.Events()) != len(log.End()) {
		t.Error("a log goes on after its end")
	}
}

// TestRun checks that the logs of a run share a bound, beyond what each is assured, and give it back.
func TestRun(t *testing.T) {
	t.Parallel()
	run := observation.NewRun()
	fill := func(log *observation.Log) int {
		for i := range observation.ScenarioBytes >> 15 {
			log.Append(observation.Event{Kind: observation.SIP, Conn: fmt.Sprint("tls-", i), Bytes: make([]byte, 32<<10)})
		}
		return held(log.Events())
	}
	var logs []*observation.Log
	all := 0
	for range 20 {
		logs = append(logs, run.NewLog())
		bytes := fill(logs[len(logs)-1])
		if all += bytes; bytes < observation.AssuredBytes/2 {
			t.Errorf("log %d has %d bytes: it is assured %d", len(logs), bytes, observation.AssuredBytes)
		}
	}
	if bound := observation.RunBytes + len(logs)*observation.AssuredBytes; all > bound || all < bound/2 {
		t.Errorf("%d bytes in all, of %d", all, bound)
	}
	for _, log := range logs {
		log.End()
		log.End() // gives nothing back again
	}
	last := run.NewLog()
	if bytes := fill(last); bytes < observation.ScenarioBytes/2 {
		t.Errorf("a log has %d bytes after the others have ended", bytes)
	}
}

// TestWindow checks that a window has what is newest, however much there was, and that its readers go on.
func TestWindow(t *testing.T) {
	t.Parallel()
	log := observation.NewWindow()
	const events, long = 5000, 16 << 10 // 80 MB
	for i := range events {
		log.Append(observation.Event{Kind: observation.SIP, Conn: "tls-1", Text: fmt.Sprint(i), Bytes: make([]byte, long)})
	}
	kept := log.Events()
	if bytes := held(kept); bytes > observation.WindowBytes || bytes < observation.WindowBytes/2 {
		t.Errorf("the window has %d bytes of %d", bytes, observation.WindowBytes)
	}
	for i, e := range kept {
		if want := events - len(kept) + i; e.Seq != want || e.Text != fmt.Sprint(want) {
			t.Fatalf("event %d of %d has Seq %d and text %s", i, len(kept), e.Seq, e.Text)
		}
	}
	e, err := log.WaitFrom(t.Context(), 17, func(observation.Event) bool { return true })
	if err != nil || e.Seq != kept[0].Seq {
		t.Errorf("who has read up to 17 goes on with %d (%v), and the oldest is %d", e.Seq, err, kept[0].Seq)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := log.WaitFrom(ended, events, func(observation.Event) bool { return true }); err == nil {
		t.Error("there is an event after the newest")
	}
	select {
	case <-log.Flooded():
		t.Error("a window is flooded")
	default:
	}
}

// TestMemory checks the heap itself: that the measure of the bounds is not far from what events take, and that it is
// free once the log is gone. It is alone in the process's heap only roughly, so it asks for half.
func TestMemory(t *testing.T) {
	heap := func() int {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int(m.HeapAlloc)
	}
	before := heap()
	log := observation.NewLog()
	for i := range 50_000 {
		log.Append(observation.Event{
			Kind: observation.Media, Conn: fmt.Sprint("udp ", i%4), Media: new(observation.MediaInfo), Bytes: make([]byte, 172)})
		log.Append(observation.Event{Kind: observation.SIP, Conn: fmt.Sprint("tls-", i), Bytes: make([]byte, 300)})
	}
	if grown := heap() - before; grown > observation.ScenarioBytes*3/2 {
		t.Errorf("the heap has grown by %d bytes for a log of at most %d", grown, observation.ScenarioBytes)
	}
	runtime.KeepAlive(log)
	log = nil
	if grown := heap() - before; grown > observation.ScenarioBytes/2 {
		t.Errorf("%d bytes of the heap are not given back", grown)
	}
}

// TestSize fills every text and list of an event, one at a time, and checks that each counts: what a peer can make long
// has to use up the bound.
func TestSize(t *testing.T) {
	t.Parallel()
	const long = 1 << 20
	var fill func(v reflect.Value, path string, event func() observation.Event)
	check := func(path string, e observation.Event) {
		log := observation.NewLog()
		for i := range 4 * observation.ScenarioBytes / long {
			e.Kind, e.Conn = observation.SIP, strings.Repeat("c", len(e.Conn))+fmt.Sprint(i)
			log.Append(e)
		}
		kept := slices.DeleteFunc(log.End(), func(e observation.Event) bool { return e.Kind == observation.Flood })
		if len(kept) > 3*observation.ScenarioBytes/long {
			t.Errorf("%s does not count", path)
		}
	}
	fill = func(v reflect.Value, path string, event func() observation.Event) {
		switch v.Kind() {
		case reflect.Pointer:
			if v.Type().Elem().Kind() == reflect.Struct {
				v.Set(reflect.New(v.Type().Elem()))
				fill(v.Elem(), path, event)
				v.SetZero()
			}
		case reflect.Struct:
			for i := range v.NumField() {
				if f := v.Type().Field(i); f.IsExported() {
					fill(v.Field(i), path+"."+f.Name, event)
				}
			}
		case reflect.String:
			v.SetString(strings.Repeat("x", long))
			check(path, event())
			v.SetZero()
		case reflect.Slice:
			n := long / int(v.Type().Elem().Size())
			v.Set(reflect.MakeSlice(v.Type(), n, n))
			check(path, event())
			v.SetZero()
		}
	}
	var e observation.Event
	// Constants of this module, and texts that only it writes, are not a peer's to make long.
	bounded := []string{"Kind", "Dir", "Stage", "Fault", "Framing", "Alert", "Media", "Transport", "KeepAlive", "Flood"}
	v := reflect.ValueOf(&e).Elem()
	for i := range v.NumField() {
		if name := v.Type().Field(i).Name; !slices.Contains(bounded, name) {
			fill(v.Field(i), name, func() observation.Event { return e })
		}
	}
}

package selftest

import (
	"context"
	"crypto/tls"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/sipconform/sipconform/harness/bench"
	"github.com/sipconform/sipconform/harness/catalogue"
	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/device/reference"
	"github.com/sipconform/sipconform/harness/engine"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/edge"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/scenarios"
	"github.com/sipconform/sipconform/scenarios/scene"
)

// TestCut ends the connection of a device after each message that either side sends, while it registers, calls, or is
// called, and hangs up. Whatever is cut off, the scenario ends in its time and is no error of the harness's, and nothing that
// did not happen passes. If what the mock still does has no part in it, a second time it comes to the same.
func TestCut(t *testing.T) {
	check := testkit.NoLeaks(t)
	library := load(t)
	var cuts []*cutCall
	for _, c := range cutCalls(t, library) {
		uncut := *c
		runCuts(t, library, []*cutCall{&uncut})
		if uncut.result.Verdict != verdict.Pass {
			t.Fatalf("without a cut, %s", line(uncut.result))
		}
		for _, from := range []side{fromDevice, fromVendor} {
			if uncut.relay.seen[from] < 5 {
				t.Fatalf("%s: %d messages from side %d went through the relay", c.id, uncut.relay.seen[from], from)
			}
			for n := range uncut.relay.seen[from] {
				for _, late := range []bool{false, true, true} {
					one := *c
					one.cut, one.last = cut{from, n + 1, late}, n+1 == uncut.relay.seen[from]
					cuts = append(cuts, &one)
				}
			}
		}
	}
	runCuts(t, library, cuts)
	for i, c := range cuts {
		c.check(t)
		if i%3 != 2 || c.same(cuts[i-1]) {
			continue
		}
		// A machine that is busy with all of them may have had messages sent twice, and the cut is another one then.
		alone := cuts[i-1 : i+1]
		runCuts(t, library, alone[:1])
		runCuts(t, library, alone[1:])
		if !alone[1].same(alone[0]) {
			t.Errorf("%s: first %s; then %s", c, line(alone[0].result), line(alone[1].result))
		}
	}
	check()
}

// check fails the test for what no cut may come to.
func (c *cutCall) check(t *testing.T) {
	t.Helper()
	switch r := c.result; {
	case r.Cause == string(observation.MachineStoodStill):
	case r.Verdict == verdict.Error:
		t.Errorf("%s: %s", c, line(r))
	case r.Verdict == verdict.Pass && !c.last && !c.bye:
		t.Errorf("%s: it passes without a BYE: %s", c, line(r))
	case r.DurationMS >= engine.Budget.Milliseconds():
		t.Errorf("%s took %d ms", c, r.DurationMS)
	}
}

// same reports whether two calls came to the same.
func (c *cutCall) same(as *cutCall) bool {
	return c.result.Verdict == as.result.Verdict && c.result.Cause == as.result.Cause
}

func (c *cutCall) String() string {
	return fmt.Sprintf("%s, cut after message %d from side %d", c.id, c.cut.after, c.cut.from)
}

// cutCall is a call through a relay, and what came of it.
type cutCall struct {
	id    string
	scene scene.Scene
	split func() units
	cut   cut
	last  bool // nothing more comes from that side

	relay  *relay
	bye    bool // the mock has got one
	result results.Result
}

// cutCalls are a call from the device and one to it, in clear and over TLS.
func cutCalls(t *testing.T, library *scenarios.Library) (all []*cutCall) {
	t.Helper()
	p := voice(t, library)
	for _, over := range []struct {
		name, secure string
		levers       device.Levers
		media        judge.Rule
		split        func() units
	}{
		{"tcp", "off", device.Levers{Transport: observation.TCP, Media: device.RTP}, judge.ClearMedia, sipMessages},
		{"tls", "on", device.Levers{TLSMin: tls.VersionTLS12, TLSMax: tls.VersionTLS12}, judge.SecureMedia, tlsRecords},
	} {
		for _, way := range []struct {
			name      string
			direction plan.Direction
			call      scene.Step
			taken     judge.Rule
		}{
			{"call-out", plan.ToVendor, scene.Call(), judge.Called},
			{"call-in", plan.FromVendor, scene.Ring(edge.Outbound{}), judge.Answered},
		} {
			id := "cut/" + way.name + "/" + over.name
			all = append(all, &cutCall{id: id, split: over.split, scene: scene.Scene{
				ID: id, Title: id, Direction: way.direction, Area: "signalling",
				Vendor: scene.Vendor{Settings: map[string]string{p.Offer.SecureSetting: over.secure}},
				Device: scene.Device{Levers: over.levers},
				Script: []scene.Step{scene.Register(), way.call, scene.Hear(), scene.HangUp(), scene.Settle()},
				Asks: []judge.Check{
					scene.Ask("TW-TLS-09", "registers", judge.Registered), scene.Ask("RF-SR-01", "is in a call", judge.All(way.taken, over.media)),
					scene.Ask("TW-URI-09", "hangs up", judge.Did("BYE")),
				},
			}})
		}
	}
	return all
}

// voice is the product of which the scenes are that tests write themselves.
func voice(t *testing.T, library *scenarios.Library) *profile.Product {
	t.Helper()
	for _, p := range library.Products {
		if p.Vendor == "twilio" && p.Product == "voice" {
			return p
		}
	}
	t.Fatal("there is no twilio voice")
	return nil
}

// runCuts runs calls, many at the same time, each for itself: what another shows explains nothing in it.
func runCuts(t *testing.T, library *scenarios.Library, calls []*cutCall) {
	t.Helper()
	own := &scenarios.Library{Requirements: library.Requirements, Products: library.Products}
	p := voice(t, library)
	for i, c := range calls {
		written := c.scene
		written.ID = fmt.Sprintf("%s/%d", c.id, i)
		s := written.Build(p)
		s.Level = catalogue.Must
		run := s.Run
		s.Run = func(ctx context.Context, b *bench.Bench) error {
			c.relay = &relay{split: c.split, cut: c.cut}
			through := *b
			through.Device = &between{b.Device, c.relay}
			through.Place.StandardPorts = false // so that records name the ports
			err := run(ctx, &through)
			for _, e := range b.Log.Events() {
				c.bye = c.bye || e.Kind == observation.SIP && e.Dir == observation.In && string(e.Bytes[:min(4, len(e.Bytes))]) == "BYE "
			}
			return err
		}
		own.Scenarios = append(own.Scenarios, s)
	}
	certification, err := scenarios.Prepare(t.Context(), own, scenarios.Options{
		Device: reference.New(reference.Options{Interval: 5 * time.Millisecond}), Forge: forge(), Depth: engine.NoEvidence,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer certification.Close()
	var running sync.WaitGroup
	slots := make(chan struct{}, 40)
	for i, c := range calls {
		slots <- struct{}{}
		running.Go(func() {
			defer func() { <-slots }()
			c.bye = false
			c.result = certification.Engine.One(t.Context(), certification.Plan, own.Scenarios[i])
		})
	}
	running.Wait()
}

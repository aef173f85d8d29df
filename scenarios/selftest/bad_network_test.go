package selftest

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sipconform/sipconform/harness/bench"
	"github.com/sipconform/sipconform/harness/device/reference"
	"github.com/sipconform/sipconform/harness/engine"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/scenarios"
)

// packetTime is how much audio a packet has, and the time between packets in these tests: delays are as long as they are
// on a network only if media is as fast.
const packetTime = 20 * time.Millisecond

// The scenarios that are asked on bad networks: all that are about packets, and those alone in which the mutants show.
const (
	aboutMedia  = "id:twilio:voice:call-out:secure || id:twilio:voice:call-in:secure"
	aboutMuch   = aboutMedia + " || id:twilio:voice:call-out:secure-heard || id:twilio:voice:call-out:secure-control"
	aboutOffers = " || id:twilio:voice:call-out:packets || id:twilio:voice:call-out:hold || id:twilio:voice:call-in:hold-sendonly"
	onNetworks  = aboutMuch + aboutOffers + " || id:twilio:voice:call-in:new-port || id:twilio:voice:call-in:new-key"
)

// TestBadNetworks: what a network does to media is no fault of the device's. The conforming device passes or nothing can
// be said; one that sends in clear, or under a key that it has told nobody, fails as on a good network.
func TestBadNetworks(t *testing.T) {
	check := testkit.NoLeaks(t)
	library := load(t)
	devices := []struct {
		name  string
		bugs  reference.MediaBugs
		asked string
		cause string // empty: it conforms
	}{
		{"conforming", reference.MediaBugs{}, onNetworks, ""},
		{"in clear", reference.MediaBugs{SendsClearMedia: true}, aboutMedia, "clear-media-in-secure-session"},
		{"under a wrong key", reference.MediaBugs{SendsUnderWrongKey: true}, aboutMedia, "media-unknown-key"},
	}
	networks := []struct {
		name string
		network
	}{
		{"1 % lost", network{loss: 0.01}},
		{"10 % lost", network{loss: 0.1}},
		{"50 % lost", network{loss: 0.5}},
		{"200 ms late", network{delay: 200 * time.Millisecond}},
		{"32 packets out of order", network{jitter: 32 * packetTime}},
		{"20 % twice", network{twice: 0.2}},
		{"all of it", network{loss: 0.1, twice: 0.1, delay: 50 * time.Millisecond, jitter: 8 * packetTime}},
	}
	var running sync.WaitGroup
	for i := range networks {
		for _, d := range devices {
			n := &networks[i]
			bad := &network{seed: uint64(i + 1), loss: n.loss, twice: n.twice, delay: n.delay, jitter: n.jitter}
			running.Go(func() {
				found := runOn(t, library, bad, d.bugs, d.asked)
				name := d.name + ", " + n.name
				fails := func(r results.Result) bool { return r.Verdict == verdict.Fail && r.Cause == d.cause }
				if d.cause != "" && !slices.ContainsFunc(found, fails) {
					t.Errorf("%s: nothing fails for %s: %s", name, d.cause, lines(found))
				}
				for _, r := range found {
					blamed := d.cause == "" && (r.Verdict == verdict.Fail || r.Verdict == verdict.Deviation)
					switch {
					case !strings.Contains(r.Scenario, "/call-"): // what these rest on
					case r.Cause == string(observation.MachineStoodStill): // which says nothing of the network
					case n.twice > 0 && r.Cause == "packet-replayed": // on loopback no packet comes twice by itself
					case r.Verdict == verdict.Error, blamed:
						t.Errorf("%s: %s", name, line(r))
					}
				}
			})
		}
	}
	running.Wait()
	check()
}

func lines(found []results.Result) string {
	var all []string
	for _, r := range found {
		all = append(all, line(r))
	}
	return strings.Join(all, "\n")
}

// runOn runs the scenarios with a device whose media goes over a network.
func runOn(t *testing.T, library *scenarios.Library, n *network, bugs reference.MediaBugs, asked string) []results.Result {
	slow := &scenarios.Library{Requirements: library.Requirements, Products: library.Products}
	for _, s := range library.Scenarios {
		if s.Product != "voice" {
			continue
		}
		paced := *s
		paced.Run = func(ctx context.Context, b *bench.Bench) error {
			in := *b
			in.MediaInterval = packetTime
			return s.Run(ctx, &in)
		}
		slow.Scenarios = append(slow.Scenarios, &paced)
	}
	c, err := scenarios.Prepare(t.Context(), slow, scenarios.Options{
		Device: reference.New(reference.Options{Bugs: reference.Bugs{MediaBugs: bugs}, Interval: packetTime, Network: n.between}),
		Filter: asked, Jobs: 12, Forge: forge(), Depth: engine.NoEvidence,
	})
	if err != nil {
		t.Error(err)
		return nil
	}
	defer n.sockets.Wait()
	defer c.Close()
	return c.Engine.Run(t.Context(), c.Plan)
}

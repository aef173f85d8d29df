package main

import (
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/device/reference"
	"github.com/sipconform/sipconform/harness/report"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/scenarios"
)

// whimsical makes the merged record of a device that is not the same on every machine: in the second shard it refuses wildcards,
// and has to be asked again in a configuration.
func whimsical(t *testing.T, library *scenarios.Library) (folder string) {
	t.Helper()
	folder = t.TempDir()
	var shards []string
	for number := 1; number <= 2; number++ {
		phone := reference.New(reference.Options{Name: "whimsical", Bugs: reference.Bugs{RefusesWildcard: number == 2}, Interval: 5 * time.Millisecond})
		out := filepath.Join(t.TempDir(), strconv.Itoa(number))
		shards = append(shards, out)
		c, err := scenarios.Prepare(t.Context(), library, scenarios.Options{
			Device: changeable{phone, device.Configuration{
				Name: "verification off", Levers: device.Levers{VerifyOff: true}, GivesUp: []string{"area:identity"},
			}, device.LeverCRL},
			Out: out, Jobs: 4, Filter: "product:voice && direction:register && area:signalling", Shard: &scenarios.Shard{Number: number, Of: 2},
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Conclude(c.Engine.Run(t.Context(), c.Plan)); err != nil {
			t.Fatal(err)
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
		if status, said := inspected(t, out, library, nil); status != exitDone {
			t.Fatalf("shard %d as it is: status %d\n%s", number, status, said)
		}
	}
	run, err := scenarios.Merge(t.Context(), library, scenarios.MergeOptions{Out: folder, Shards: shards})
	if err != nil {
		t.Fatal(err)
	}
	differs := func(r results.Result) bool { return r.Cause == results.ShardsDisagree }
	if !slices.ContainsFunc(run.Results, differs) || run.Outcome == results.Conformant {
		t.Errorf("no control came out differently, and the device is %s", run.Outcome)
	}
	return folder
}

// unknowableMerged are the places that a merged record alone has and that no evidence tells anything about.
var unknowableMerged = []unknown{
	{`merged\.shards\[\]\.harness\.`, "the machines left nothing else of themselves"},
	{`merged\.shards\[\]\.(started|duration_ms)`, "times"},
	{`merged\.repeated\[\]\.duration_ms`, "times"},
	{`merged\.split`, "by which shards were known to come from one division"},
}

// TestVerifyTellsEveryChangeOfMerged does with what only a merged record has what TestVerifyTellsEveryChange does with the rest.
func TestVerifyTellsEveryChangeOfMerged(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long")
	}
	t.Parallel()
	library, err := scenarios.Load()
	if err != nil {
		t.Fatal(err)
	}
	tellsEveryChange(t, library, whimsical(t, library), `^merged|shard|repeated`, unknowableMerged)
}

// TestRedactMerged: what shards saw of controls is redacted as well, and verify still holds the record.
func TestRedactMerged(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long")
	}
	t.Parallel()
	library, err := scenarios.Load()
	if err != nil {
		t.Fatal(err)
	}
	bundle := filepath.Join(t.TempDir(), "bundle")
	if status, err := redacting(t.Context(), []string{whimsical(t, library), bundle}, t.Output()); status != exitDone || err != nil {
		t.Fatalf("redact: %d, %v", status, err)
	}
	if status, said := inspected(t, bundle, library, nil); status != exitDone {
		t.Errorf("verify: %d\n%s", status, said)
	}
	if run, err := results.Read(filepath.Join(bundle, report.ResultsFile)); err != nil || run.Merged == nil || len(run.Merged.Repeated) == 0 {
		t.Errorf("the bundle has %+v (%v)", run, err)
	}
}

package report

import (
	"bytes"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
)

// TestShards: console, page and JUnit say of which shards a record is, that nothing is claimed of one alone, and where several
// differ.
func TestShards(t *testing.T) {
	t.Parallel()
	base := results.Result{Scenario: "twilio/voice/connect/default", Vendor: "twilio", Product: "voice", Role: "register",
		Requirements: []string{"TW-TLS-09"}, Level: "must", Verdict: verdict.Pass, Cause: "registered"}
	other := base
	other.Repeated, other.Shard, other.Verdict, other.Cause = true, 2, verdict.Fail, "not-registered"
	other.Evidence.Ladder = "evidence/shard-2/twilio/voice/connect/default/ladder.txt"
	first := base
	first.Repeated, first.Shard = true, 1
	differs := base
	differs.Verdict, differs.Cause = verdict.Inconclusive, results.ShardsDisagree
	part := results.Part{Vendor: "twilio", Product: "voice", Role: "register", Scenarios: 1, Core: []string{base.Scenario}}
	shards := []results.MergedShard{{Number: 1, Scenarios: []string{base.Scenario}}, {Number: 2, Controls: []string{base.Scenario}, Missing: []string{"twilio/voice/x"}}}
	for name, c := range map[string]struct {
		run        results.Run
		says       string
		page, none []string
	}{
		"a shard": {
			results.Run{Plan: results.Plan{Selected: 3, Parts: []results.Part{part},
				Shard: &results.Shard{Number: 2, Of: 3, Scenarios: []string{base.Scenario}, Controls: []string{"twilio/voice/x"}}}, Results: []results.Result{base}},
			"shard 2 of 3, with 1 of 3 scenarios and 1 scenario of other shards, which these rest on; nothing is claimed of a shard",
			[]string{"None: nothing is claimed of a shard."}, []string{"No claim", "<h3>Shards</h3>"},
		},
		"a merged record": {
			results.Run{Plan: results.Plan{Selected: 1, Parts: []results.Part{part}}, Results: []results.Result{base},
				Merged: &results.Merged{Of: 2, Shards: shards, Repeated: []results.Result{other}}},
			"merged from 2 of 2 shards; 1 scenario ran in more than one of them",
			[]string{"<h3>Shards</h3>", "1 not run: twilio/voice/x"}, []string{"connect/default (shard 2)"},
		},
		"a merged record of shards that differ": {
			results.Run{Plan: results.Plan{Selected: 1, Parts: []results.Part{part}}, Results: []results.Result{differs},
				Merged: &results.Merged{Of: 3, Shards: shards, Repeated: []results.Result{first, other}}},
			"merged from 2 of 3 shards; 1 scenario ran in more than one of them, 1 of which came out differently",
			[]string{"connect/default (shard 1)", "connect/default (shard 2)", "shard-2/twilio/voice/connect/default/ladder.txt"}, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run := c.run
			run.AsOf, run.Device.Name = "2026-07-30", "phone"
			run.Conclude()
			var text, page, junit bytes.Buffer
			if err := Text(&text, &run, TextOptions{}); err != nil {
				t.Fatal(err)
			}
			if err := HTML(&page, &run, sampleRequirements(), nil); err != nil {
				t.Fatal(err)
			}
			if err := JUnit(&junit, &run, nil); err != nil {
				t.Fatal(err)
			}
			for what, said := range map[string]string{"console": text.String(), "page": page.String(), "JUnit": junit.String()} {
				if !strings.Contains(said, c.says) {
					t.Errorf("%s does not say %q:\n%s", what, c.says, said)
				}
			}
			for _, want := range c.page {
				if !strings.Contains(page.String(), want) {
					t.Errorf("the page does not say %q", want)
				}
			}
			for _, stray := range c.none {
				if strings.Contains(page.String(), stray) || strings.Contains(text.String(), stray) {
					t.Errorf("it says %q", stray)
				}
			}
		})
	}
}

package selftest

import (
	"encoding/json"
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/fixtures"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/harness/verdict"
)

// TestRefusalsOfRealDevices: no pass by refusal of a real device rests on a control in
// which the device was not served, and what is blocked is blocked by something.
func TestRefusalsOfRealDevices(t *testing.T) {
	t.Parallel()
	scenarios := make(map[string]*plan.Scenario)
	library := load(t)
	for _, s := range library.Scenarios {
		scenarios[s.ID] = s
	}
	files, err := fs.Glob(fixtures.FS, "devices/*/baseline.json")
	if err != nil || len(files) < 5 {
		t.Fatalf("the baselines are %v (%v)", files, err)
	}
	for _, file := range files {
		t.Run(path.Base(path.Dir(file)), func(t *testing.T) {
			t.Parallel()
			data, err := fs.ReadFile(fixtures.FS, file)
			if err != nil {
				t.Fatal(err)
			}
			var b struct {
				Verdicts map[string]verdict.Verdict `json:"verdicts"`
				Served   []string                   `json:"served"`
			}
			if err := json.Unmarshal(data, &b); err != nil {
				t.Fatal(err)
			}
			refusals := 0
			for name, v := range b.Verdicts {
				id, configuration, _ := strings.Cut(name, " ")
				s := scenarios[id]
				if s == nil {
					if len(library.NotEmulated) == 0 { // this machine has them all
						t.Errorf("there is no scenario %s", id)
					}
					continue
				}
				if v != verdict.Pass || !slices.ContainsFunc(s.Checks, func(c judge.Check) bool { return c.Refusal }) {
					continue
				}
				refusals++
				control := s.Control
				verdictOf := func(id string) (string, verdict.Verdict) {
					in := strings.TrimSpace(id + " " + configuration)
					if own, asked := b.Verdicts[in]; asked {
						return in, own
					}
					return id, b.Verdicts[id]
				}
				at, what := verdictOf(control)
				for what == verdict.NotApplicable && scenarios[control] != nil {
					control = scenarios[control].Control
					at, what = verdictOf(control)
				}
				if _, served := slices.BinarySearch(b.Served, at); !served {
					t.Errorf("%s is a pass, and the device was not served in its control %s (%s)", name, at, what)
				}
			}
			if refusals == 0 && len(b.Served) > 0 {
				t.Log("it passes nothing by a refusal")
			}
		})
	}
}

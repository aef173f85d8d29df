package selftest

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sipconform/sipconform/harness/catalogue"
	"github.com/sipconform/sipconform/harness/device/reference"
	"github.com/sipconform/sipconform/harness/engine"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/scenarios"
)

// TestMutants: the reference device with one bug fails for the requirement and the cause
// that the bug declares, and every must that a scenario exercises catches at least one
// bug. The test prints the score.
func TestMutants(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the matrix once a mutant")
	}
	library, err := scenarios.Load()
	if err != nil {
		t.Fatal(err)
	}
	exercised := library.Exercised()
	caught := make(map[string][]string) // mutants by requirement
	var mu sync.Mutex
	var wait sync.WaitGroup
	slots := make(chan struct{}, runtime.NumCPU())
	count := 0
	for _, m := range reference.Mutants() {
		if len(exercised[m.Requirement]) == 0 {
			t.Errorf("%s: no scenario exercises %s, so none can catch this mutant", m.Name, m.Requirement)
			continue
		}
		count++
		wait.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			found := runMutant(t, library, m)
			mu.Lock()
			defer mu.Unlock()
			hit, missed := false, slices.Clone(m.Also)
			for _, f := range found {
				missed = slices.DeleteFunc(missed, func(id string) bool { return id == f.Requirement })
				if !slices.Contains(caught[f.Requirement], m.Name) {
					caught[f.Requirement] = append(caught[f.Requirement], m.Name)
				}
				hit = hit || f.Requirement == m.Requirement && f.Cause == m.Cause
			}
			if !hit {
				t.Errorf("%s: wants %s %s, found %s", m.Name, m.Requirement, m.Cause, summary(found))
			}
			if len(missed) > 0 {
				t.Errorf("%s: wants %v violated too, found %s", m.Name, missed, summary(found))
			}
		})
	}
	wait.Wait()
	score(t, library, exercised, caught, count)
}

// runMutant runs the scenarios that ask about the mutant's requirements, and returns the
// findings that failed.
func runMutant(t *testing.T, library *scenarios.Library, m reference.Mutant) []verdict.Finding {
	rows := append([]string{m.Requirement}, m.Also...)
	var found []verdict.Finding
	for _, date := range dates(t, library, rows) {
		found = append(found, runMutantAsOf(t, library, m, rows, date)...)
	}
	return found
}

// dates returns today and, for a requirement that holds only in some revisions, the days
// on which those began, unless today's plan has them.
func dates(t *testing.T, library *scenarios.Library, rows []string) []time.Time {
	all := []time.Time{time.Now()}
	for _, id := range rows {
		row, _ := library.Requirements.Lookup(id)
		for _, p := range library.Products {
			for _, r := range p.Revisions {
				if p.Vendor != row.Vendor || !slices.Contains(row.Revisions, r.Revision) {
					continue
				}
				from, err := time.Parse(time.DateOnly, r.From)
				if err != nil {
					t.Fatal(err)
				}
				asked := func(d time.Time) bool {
					return p.InForce(d).Revision == r.Revision || p.Revisions[0].Revision == r.Revision
				}
				if !slices.ContainsFunc(all, asked) {
					all = append(all, from)
				}
			}
		}
	}
	return all
}

func runMutantAsOf(t *testing.T, library *scenarios.Library, m reference.Mutant, rows []string, date time.Time) []verdict.Finding {
	c, err := scenarios.Prepare(t.Context(), library, scenarios.Options{
		Device: reference.New(reference.Options{Name: m.Name, Bugs: m.Bugs, Interval: 5 * time.Millisecond}), AsOf: date,
		Filter: "req: containsAny {" + strings.Join(rows, ", ") + "}", Jobs: 16, Depth: engine.NoEvidence, Budget: 15 * time.Second,
	})
	if err != nil {
		t.Error(err)
		return nil
	}
	defer c.Close()
	var found []verdict.Finding
	for _, r := range c.Engine.Run(t.Context(), c.Plan) {
		if r.Verdict == verdict.Error {
			t.Errorf("%s: %s: the harness failed: %s", m.Name, r.Scenario, r.Observed)
		}
		found = append(found, failures(r)...)
	}
	return found
}

func failures(r results.Result) []verdict.Finding {
	return slices.DeleteFunc(slices.Concat(r.Findings, r.Remarks), func(f verdict.Finding) bool {
		return f.Verdict != verdict.Fail && f.Verdict != verdict.Deviation
	})
}

func summary(found []verdict.Finding) string {
	var lines []string
	for _, f := range found {
		line := f.Requirement + " " + f.Cause
		if !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	if lines == nil {
		return "nothing"
	}
	return strings.Join(lines, ", ")
}

// score prints the score, and fails the test for each must that no mutant violates.
func score(t *testing.T, library *scenarios.Library, exercised, caught map[string][]string, mutants int) {
	musts, untested := 0, []string(nil)
	for _, r := range library.Requirements.All() {
		if len(exercised[r.ID]) == 0 || !r.Binding() || r.Level != catalogue.Must {
			continue
		}
		musts++
		if len(caught[r.ID]) == 0 {
			untested = append(untested, r.ID)
		}
	}
	fmt.Printf("mutants: %d run; %d of %d musts caught at least one\n", mutants, musts-len(untested), musts)
	if len(untested) > 0 {
		t.Errorf("no mutant violates %s: not yet tested", strings.Join(untested, ", "))
	}
}

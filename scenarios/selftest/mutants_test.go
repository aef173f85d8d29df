package selftest

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sipconform/sipconform/harness/catalogue"
	"github.com/sipconform/sipconform/harness/device/reference"
	"github.com/sipconform/sipconform/harness/engine"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/scenarios"
)

// TestMutants: the reference device with one bug fails for the requirement and the cause
// that the bug declares, in one scenario, and in no other of the product but those that
// the table of further fails explains. Every must that a scenario exercises catches
// at least one bug. The test prints the score.
func TestMutants(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the matrix of a product once a mutant")
	}
	t.Parallel()
	library := load(t)
	exercised := library.Exercised()
	score := mutantScore{caught: make(map[string][]string)}
	var mu sync.Mutex
	mutants := reference.Mutants()
	t.Run("each", func(t *testing.T) {
		for _, m := range mutants {
			t.Run(m.Name, func(t *testing.T) {
				t.Parallel()
				if len(exercised[m.Requirement]) == 0 {
					t.Fatalf("no scenario exercises %s, so none can catch this mutant", m.Requirement)
				}
				own, also := runMutant(t, library, m)
				mu.Lock()
				defer mu.Unlock()
				score.add(t, m, own, also)
			})
		}
	})
	if score.mutants == len(mutants) { // and not a part that -run names
		score.print(t, library, exercised)
	}
}

// portCells are the cells of the tables of ports, a third of all scenarios. They ask one thing, whether a version gets
// in, of which the bugs about ports are.
const portCells = `/^id:cisco:(ucm|imp):ports:.*:tls1\.[0-3]$/`

// runMutant runs the scenarios of the first product in which the bug shows, as far as it
// can show in them, and those of the others that ask about what it violates besides. It returns the results that
// failed.
func runMutant(t *testing.T, library *scenarios.Library, m reference.Mutant) (own, also []results.Result) {
	days := dates(t, library, append([]string{m.Requirement}, m.Also...))
	for _, product := range asking(library, m.Requirement) {
		own, also = nil, nil
		for _, date := range days {
			where := "!" + portCells
			if m.Asked != "" {
				where = "(" + m.Asked + ")"
			}
			asked := fmt.Sprintf("%s && %s", product, where)
			own = append(own, runMutantAsOf(t, library, m, asked, date)...)
			if len(m.Also) > 0 {
				others := fmt.Sprintf("req: containsAny {%s} && !(%s) && !%s", strings.Join(m.Also, ", "), product, portCells)
				also = append(also, runMutantAsOf(t, library, m, others, date)...)
			}
		}
		if rootOf(m, own) >= 0 {
			break // the bug shows in this product
		}
	}
	return own, also
}

// rootOf returns the index of the result that names the mutant's root cause, or -1.
func rootOf(m reference.Mutant, own []results.Result) int {
	return slices.IndexFunc(own, func(r results.Result) bool {
		return slices.ContainsFunc(failures([]results.Result{r}), func(f verdict.Finding) bool {
			return f.Requirement == m.Requirement && f.Cause == m.Cause
		})
	})
}

// mutantScore is what the mutants came to.
type mutantScore struct {
	caught         map[string][]string // mutants by requirement
	mutants, fails int
	named          int // whose root cause was named
	right          int // that failed where they had to, and nowhere else
}

// add judges the results of one mutant.
func (score *mutantScore) add(t *testing.T, m reference.Mutant, own, also []results.Result) {
	score.mutants++
	missed := slices.Clone(m.Also)
	for _, f := range violations(append(slices.Clone(own), also...)) {
		missed = slices.DeleteFunc(missed, func(id string) bool { return id == f.Requirement })
		if !slices.Contains(score.caught[f.Requirement], m.Name) {
			score.caught[f.Requirement] = append(score.caught[f.Requirement], m.Name)
		}
	}
	root := rootOf(m, own)
	if root < 0 {
		t.Errorf("%s: wants %s %s, found %s", m.Name, m.Requirement, m.Cause, summary(own))
		return
	}
	score.named++
	right := len(missed) == 0
	if !right {
		t.Errorf("%s: wants %v violated too, found %s", m.Name, missed, summary(append(own, also...)))
	}
	explained := furtherFails[m.Name]
	seen := map[string]bool{own[root].Scenario: true}
	for _, r := range own {
		if r.Verdict != verdict.Fail || seen[r.Scenario] {
			continue
		}
		seen[r.Scenario] = true
		if !slices.ContainsFunc(explained, func(f furtherFail) bool { return f.explains(r) }) {
			score.fails++
			right = false
			t.Errorf("%s: %s fails too (%s)", m.Name, r.Scenario, r.Cause)
		}
	}
	score.fails++
	if right {
		score.right++
	}
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

// asking returns the filters of the products whose scenarios ask about a requirement,
// those with the most first.
func asking(library *scenarios.Library, requirement string) []string {
	asked := make(map[string]int)
	for _, s := range library.Scenarios {
		if slices.Contains(s.Requirements(), requirement) {
			asked[fmt.Sprintf("vendor:%s && product:%s", s.Vendor, s.Product)]++
		}
	}
	return slices.SortedFunc(maps.Keys(asked), func(a, b string) int {
		return cmp.Or(asked[b]-asked[a], strings.Compare(b, a)) // of equals, the one with a registrar
	})
}

func runMutantAsOf(t *testing.T, library *scenarios.Library, m reference.Mutant, filter string,
	date time.Time) []results.Result {
	c, err := scenarios.Prepare(t.Context(), library, scenarios.Options{
		Device: reference.New(reference.Options{Name: m.Name, Bugs: m.Bugs, Interval: 5 * time.Millisecond}), AsOf: date,
		Filter: filter, Jobs: 16, Forge: forge(), Depth: engine.NoEvidence, Budget: 15 * time.Second,
	})
	switch {
	case errors.Is(err, plan.ErrNothingSelected):
		return nil // only that product asks about it
	case err != nil:
		t.Errorf("%s: %v", m.Name, err)
		return nil
	}
	defer c.Close()
	var failed []results.Result
	for _, r := range c.Engine.Run(t.Context(), c.Plan) {
		if r.Verdict == verdict.Error {
			t.Errorf("%s: %s: the harness failed: %s", m.Name, r.Scenario, r.Observed)
		}
		if len(violations([]results.Result{r})) > 0 {
			failed = append(failed, r)
		}
	}
	return failed
}

// violations returns the findings that failed, or would have if the fault were not
// judged elsewhere.
func violations(of []results.Result) []verdict.Finding {
	all := failures(of)
	for _, r := range of {
		for _, f := range slices.Concat(r.Findings, r.Remarks) {
			if f.Was != "" {
				all = append(all, f)
			}
		}
	}
	return all
}

// failures returns the findings that failed.
func failures(of []results.Result) []verdict.Finding {
	var all []verdict.Finding
	for _, r := range of {
		for _, f := range slices.Concat(r.Findings, r.Remarks) {
			if f.Verdict == verdict.Fail || f.Verdict == verdict.Deviation {
				all = append(all, f)
			}
		}
	}
	return all
}

func summary(found []results.Result) string {
	var lines []string
	for _, f := range failures(found) {
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

// print prints the score, and fails the test for each must that no mutant violates.
func (score *mutantScore) print(t *testing.T, library *scenarios.Library, exercised map[string][]string) {
	musts, untested := 0, []string(nil)
	for _, r := range library.Requirements.All() {
		if len(exercised[r.ID]) == 0 || !r.Binding() || r.Level != catalogue.Must {
			continue
		}
		musts++
		if len(score.caught[r.ID]) == 0 {
			untested = append(untested, r.ID)
		}
	}
	fmt.Printf("mutants: %d run, %d root causes named, %.1f fails for each; %d of %d musts caught at least one\n",
		score.mutants, score.named, float64(score.fails)/float64(max(1, score.named)), musts-len(untested), musts)
	holds(t, "mutants", score.mutants, score.right)
	if len(untested) > 0 {
		t.Errorf("no mutant violates %s: not yet tested", strings.Join(untested, ", "))
	}
}

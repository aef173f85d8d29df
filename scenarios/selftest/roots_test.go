package selftest

import (
	"path"

	"github.com/sipconform/sipconform/harness/results"
)

// furtherFail is a scenario in which a mutant fails besides that of its root cause, and
// why that is no second blame for one fault.
type furtherFail struct {
	scenario string // below vendor and product, as path.Match has it
	reason   string
}

func (f furtherFail) explains(r results.Result) bool {
	matches, _ := path.Match(r.Vendor+"/"+r.Product+"/"+f.scenario, r.Scenario)
	return matches
}

// furtherFails are those of the mutants, by the mutant's name.
var furtherFails = map[string][]furtherFail{}

package catalogue

import (
	"maps"
	"slices"
)

// State is how a requirement is accounted for by the scenarios.
type State string

// The states. Gap and Stale are faults of the catalogue or of the scenarios:
// every row that can fail a device has exactly one of a scenario and a reason.
const (
	// Covered: at least one scenario exercises the row, and no reason is given.
	Covered State = "covered"
	// Reason: no scenario, and the row says why a wire test cannot see it.
	Reason State = "reason"
	// Gap: a row that can fail a device has neither.
	Gap State = "gap"
	// Stale: the row says that it cannot be tested, and a scenario tests it.
	Stale State = "stale-reason"
	// Open: a row of low confidence has neither, and needs neither.
	Open State = "open"
)

// Account is what stands for one requirement.
type Account struct {
	Requirement Requirement
	State       State
	// Scenarios are the IDs of those that exercise the row, as they were given.
	Scenarios []string
}

// Coverage accounts for each of the requirements, in their order. The map
// exercised gives the IDs of the scenarios by the ID of the requirement that
// they exercise; see [Strays] for keys that are no requirement.
func Coverage(requirements []Requirement, exercised map[string][]string) []Account {
	accounts := make([]Account, len(requirements))
	for i, r := range requirements {
		scenarios := exercised[r.ID]
		accounts[i] = Account{Requirement: r, State: state(r, len(scenarios) > 0), Scenarios: scenarios}
	}
	return accounts
}

func state(r Requirement, tested bool) State {
	switch {
	case tested && r.NotTestable != "":
		return Stale
	case tested:
		return Covered
	case r.NotTestable != "":
		return Reason
	case r.Binding():
		return Gap
	}
	return Open
}

// Strays returns the IDs that scenarios claim to exercise and that are none of
// the requirements, sorted.
func Strays(requirements []Requirement, exercised map[string][]string) []string {
	var strays []string
	for _, id := range slices.Sorted(maps.Keys(exercised)) {
		if !slices.ContainsFunc(requirements, func(r Requirement) bool { return r.ID == id }) {
			strays = append(strays, id)
		}
	}
	return strays
}

package catalogue

import (
	"maps"
	"slices"
)

// State says how the scenarios account for a requirement.
type State string

// The states. Gap and Stale are faults of the catalogue or the scenarios: every row
// that can fail a device has either a scenario or a reason, not both.
const (
	// Covered: at least one scenario exercises the row, which gives no reason.
	Covered State = "covered"
	// Reason: no scenario does, and the row says why.
	Reason State = "reason"
	// Gap: the row can fail a device, and has neither scenario nor reason.
	Gap State = "gap"
	// Stale: the row says that it cannot be tested, but a scenario tests it.
	Stale State = "stale-reason"
	// Open: the row has low confidence and needs neither.
	Open State = "open"
)

// Account is the state of one requirement.
type Account struct {
	Requirement Requirement
	State       State
	// Scenarios are the IDs of the scenarios that exercise the row.
	Scenarios []string
}

// Coverage accounts for each requirement, in order. The map exercised gives the IDs of
// the scenarios by the ID of the requirement that they exercise; [Strays] finds
// keys that are not requirements.
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

// Strays returns, sorted, the keys of exercised that are not among the requirements.
func Strays(requirements []Requirement, exercised map[string][]string) []string {
	var strays []string
	for _, id := range slices.Sorted(maps.Keys(exercised)) {
		if !slices.ContainsFunc(requirements, func(r Requirement) bool { return r.ID == id }) {
			strays = append(strays, id)
		}
	}
	return strays
}

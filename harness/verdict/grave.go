package verdict

import "slices"

// order is from the gravest to the lightest.
var order = [...]Verdict{Error, Fail, Inconclusive, Deviation, Pass, NotApplicable}

// Gravest returns the gravest of the findings' verdicts and the first finding
// that has it. Without findings it is NotApplicable. A word that is no verdict,
// or none at all, is as grave as an Error: what was not judged has not passed.
func Gravest(findings []Finding) (Verdict, Finding) {
	for _, f := range findings {
		if !slices.Contains(order[:], f.Verdict) {
			return Error, f
		}
	}
	for _, v := range order {
		for _, f := range findings {
			if f.Verdict == v {
				return v, f
			}
		}
	}
	return NotApplicable, Finding{}
}

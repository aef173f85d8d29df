package verdict

import "slices"

// order lists the verdicts from the gravest to the lightest.
var order = [...]Verdict{Error, Fail, Inconclusive, Deviation, Pass, Observed, NotApplicable}

// Compare orders verdicts from the gravest to the lightest, as [slices.SortFunc] wants it. A word that is not a verdict
// counts as Error.
func Compare(a, b Verdict) int { return a.rank() - b.rank() }

// rank is the place in order.
func (v Verdict) rank() int { return max(slices.Index(order[:], v), 0) }

// Gravest returns the gravest of the findings' verdicts and the first finding that
// has it; without findings, NotApplicable. A word that is not a verdict counts as
// Error, since what was not judged has not passed.
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

package verdict

// order is from the gravest to the lightest.
var order = [...]Verdict{Error, Fail, Inconclusive, Deviation, Pass, NotApplicable}

// Gravest returns the gravest of the findings' verdicts and the first finding
// that has it. Without findings it is NotApplicable.
func Gravest(findings []Finding) (Verdict, Finding) {
	for _, v := range order {
		for _, f := range findings {
			if f.Verdict == v {
				return v, f
			}
		}
	}
	return NotApplicable, Finding{}
}

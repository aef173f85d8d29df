package results

import (
	"fmt"

	"github.com/sipconform/sipconform/harness/verdict"
)

// must is catalogue.Must, the only level whose open scenarios leave a run undecided.
const must = "must"

// Summarise counts results by verdict. A waived result counts both under its verdict
// and under Waived.
func Summarise(all []Result) Summary {
	var s Summary
	for i := range all {
		switch all[i].Verdict {
		case verdict.Pass:
			s.Pass++
		case verdict.Deviation:
			s.Deviation++
		case verdict.Fail:
			s.Fail++
		case verdict.Inconclusive:
			s.Inconclusive++
		case verdict.NotApplicable:
			s.NotApplicable++
		case verdict.Observed:
			s.Observed++
		case verdict.Error:
			s.Error++
		}
		if all[i].Waived != nil {
			s.Waived++
		}
	}
	return s
}

// Of returns the count of one verdict.
func (s Summary) Of(v verdict.Verdict) int {
	switch v {
	case verdict.Pass:
		return s.Pass
	case verdict.Deviation:
		return s.Deviation
	case verdict.Fail:
		return s.Fail
	case verdict.Inconclusive:
		return s.Inconclusive
	case verdict.NotApplicable:
		return s.NotApplicable
	case verdict.Observed:
		return s.Observed
	case verdict.Error:
		return s.Error
	}
	return 0
}

// Conclude sets what follows from the results: Schema, Summary and Outcome.
func (r *Run) Conclude() {
	r.Schema = Schema
	r.Summary = Summarise(r.Results)
	r.Outcome, _ = Decide(r)
}

// Decide returns the outcome of a run and the reason in a few words. The first of
// these that applies decides:
//
//   - [HarnessError]: a verdict is error, or not a verdict at all;
//   - [NotConformant]: a fail without a waiver in force on the run's date;
//   - [Undecided]: an inconclusive must, a plan that did not run to its end, a run
//     that concluded nothing, or something not emulated in a full-coverage plan;
//   - [Conformant].
//
// Decide uses the run alone, so the outcome can be recomputed from results.json.
func Decide(run *Run) (Outcome, string) {
	var broken, failed, waived, open, deviations, concluded int
	for i := range run.Results {
		r := &run.Results[i]
		switch r.Verdict {
		case verdict.Pass:
			concluded++
		case verdict.Deviation:
			concluded++
			deviations++
		case verdict.Fail:
			concluded++
			switch {
			case !r.Waived.Holds(run.AsOf):
				failed++
			case r.Level == must && hasInconclusive(r.Findings):
				// A waived fail does not hide what was never concluded.
				waived++
				open++
			default:
				waived++
			}
		case verdict.Inconclusive:
			if r.Level == must {
				open++
			}
		case verdict.NotApplicable, verdict.Observed:
		default:
			broken++
		}
	}
	switch {
	case broken > 0:
		return HarnessError, "the harness itself failed in " + count(broken, "scenario")
	case failed > 0:
		return NotConformant, count(failed, "scenario") + " failed" + aside(waived, "waived")
	case len(run.Results) < run.Plan.Selected:
		return Undecided, fmt.Sprintf("only %d of %s were run", len(run.Results), count(run.Plan.Selected, "scenario"))
	case concluded == 0:
		return Undecided, "nothing was concluded"
	case open > 0:
		return Undecided, count(open, "scenario") + " of level must not concluded"
	case run.Plan.FullCoverage && len(run.NotEmulated) > 0:
		return Undecided, "full coverage was asked for and " + count(len(run.NotEmulated), "part") + " of it cannot be emulated on this machine"
	}
	if waived == 0 {
		return Conformant, count(concluded, "scenario") + " concluded, none failed" + aside(deviations, "deviated")
	}
	return Conformant, count(concluded, "scenario") + " concluded" + aside(waived, "failed and waived") + aside(deviations, "deviated")
}

// ExitCode returns the command's exit status for an outcome: 0 conformant, 1 not
// conformant, 3 undecided, and 4 for the harness's error or any other word.
func ExitCode(o Outcome) int {
	switch o {
	case Conformant:
		return 0
	case NotConformant:
		return 1
	case Undecided:
		return 3
	}
	return 4
}

func hasInconclusive(findings []verdict.Finding) bool {
	for i := range findings {
		if findings[i].Verdict == verdict.Inconclusive {
			return true
		}
	}
	return false
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func aside(n int, what string) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(", %d %s", n, what)
}

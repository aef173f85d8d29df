package results

import (
	"fmt"
	"slices"

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

// Conclude sets what follows from the results: Schema, Summary, Claims and Outcome.
func (r *Run) Conclude() {
	r.Schema = Schema
	r.Summary = Summarise(r.Results)
	r.Claims = Claims(r)
	r.Outcome, _ = Decide(r)
}

// Decide returns the outcome of a run and the reason in a few words. The first of
// these that applies decides:
//
//   - [HarnessError]: a verdict is error, or not a verdict at all;
//   - [NotConformant]: a fail without a waiver in force on the run's date;
//   - [Unasked]: nobody told the device what to do;
//   - [Undecided]: a shard of a plan, an inconclusive must, a plan that did not run to its end, a run
//     that concluded no must, something not emulated in a full-coverage plan, or,
//     without a filter, a claim that is partial;
//   - [Conformant]: every claim is conformant, or was left partial in a filtered run.
//     The reason says so then.
//
// Decide uses the run alone, so the outcome can be recomputed from results.json.
func Decide(run *Run) (Outcome, string) {
	c := countsOf(run)
	claims := Claims(run)
	partial, reasons := partly(claims)
	switch {
	case c.broken > 0:
		return HarnessError, "the harness itself failed in " + count(c.broken, "scenario")
	case c.failed > 0:
		return NotConformant, count(c.failed, "scenario") + " failed" + aside(c.waived, "waived")
	case run.Unsolicited != nil:
		return decideUnsolicited(run, c)
	case run.CutShort() != "":
		return Undecided, "incomplete, " + run.CutShort()
	case run.Plan.Shard != nil:
		return Undecided, fmt.Sprintf("%s: none of its %s failed, and nothing is claimed: merge it with the others",
			run.Plan.Shard, count(len(run.Plan.Shard.Scenarios), "scenario"))
	case c.concluded == 0:
		return Undecided, "nothing was concluded"
	case c.musts == 0:
		return Undecided, "no scenario of level must was concluded"
	case c.open > 0:
		return Undecided, count(c.open, "scenario") + " of level must not concluded"
	case run.Plan.FullCoverage && len(run.NotEmulated) > 0:
		return Undecided, "full coverage was asked for and " + count(len(run.NotEmulated), "part") + " of it cannot be emulated on this machine"
	case len(claims) == 0:
		return Undecided, "what was concluded belongs to no claim"
	case slices.ContainsFunc(claims, func(c Claim) bool { return c.State != ClaimConformant && c.State != ClaimPartial }):
		return Undecided, "a core scenario was not concluded"
	case partial > 0 && run.Plan.Filter == "":
		return Undecided, fmt.Sprintf("%s partial of %d: %s", count(partial, "claim"), len(claims), reasons)
	}
	why := count(c.concluded, "scenario") + " concluded, none failed"
	if c.waived > 0 {
		why = count(c.concluded, "scenario") + " concluded" + aside(c.waived, "failed and waived")
	}
	why += aside(c.deviations, "deviated")
	if partial > 0 {
		return Conformant, "in what was asked, " + why + "; partial: " + reasons
	}
	return Conformant, why
}

// partly returns how many claims are partial, and why.
func partly(claims []Claim) (n int, reasons string) {
	var filtered, lacking bool
	for _, c := range claims {
		if c.State == ClaimPartial {
			n++
			filtered = filtered || c.LeftOut > 0
			lacking = lacking || c.lacking()
		}
	}
	switch {
	case filtered && lacking:
		return n, "filter, and core scenarios that are not applicable"
	case lacking:
		return n, "core scenarios that are not applicable"
	}
	return n, "filter"
}

// counts are what decides the outcome of a run, beside its claims.
type counts struct {
	broken, failed, waived, open, deviations, concluded int
	musts                                               int // of those concluded
}

func countsOf(run *Run) counts {
	var c counts
	for i := range run.Results {
		r := &run.Results[i]
		switch {
		case r.Verdict == verdict.Error || !known(r.Verdict):
			c.broken++
			continue
		case r.failed(run.AsOf):
			c.failed++
		case r.open():
			c.open++
		}
		if r.Verdict == verdict.Fail && !r.failed(run.AsOf) {
			c.waived++
		}
		if r.Verdict == verdict.Deviation {
			c.deviations++
		}
		if r.concluded() {
			c.concluded++
			if r.Level == must {
				c.musts++
			}
		}
	}
	return c
}

// planned returns how many results are the plan's. The controls that were asked again, in
// another configuration of the device, are not.
func (r *Run) planned() int {
	n := 0
	for i := range r.Results {
		if r.Results[i].Configuration == "" || r.Results[i].Own != nil {
			n++
		}
	}
	return n
}

// CutShort says what is missing of a run that ended before its plan did, and why as far
// as the record tells; it is empty for a run that came to its end.
func (r *Run) CutShort() string {
	n, asked := r.planned(), r.asked()
	switch {
	case n < asked && r.Incomplete != "":
		return fmt.Sprintf("only %d of %s were run: %s", n, count(asked, "scenario"), r.Incomplete)
	case n < asked:
		return fmt.Sprintf("only %d of %s were run", n, count(asked, "scenario"))
	case r.Incomplete != "" && r.Merged != nil:
		return "not all of it was run: " + r.Incomplete
	case r.Incomplete != "":
		return "not everything was asked again in the device's configurations: " + r.Incomplete
	}
	return ""
}

// ExitCode returns the command's exit status for an outcome: 0 conformant, or unsolicited, 1 not
// conformant, 3 undecided, and 4 for the harness's error or any other word.
func ExitCode(o Outcome) int {
	switch o {
	case Conformant, Unasked:
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

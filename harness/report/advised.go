package report

import (
	"github.com/sipconform/sipconform/harness/causes"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
)

// advised returns what a reader is shown of a run: its visible copy, in which every judgement that asks for something to be
// done has a hint. One that has none of its own gets that of its cause. results.json stays without these, so that a record
// does not change with the advice.
func advised(run *results.Run) (*results.Run, error) {
	run = visible(run)
	var explained *causes.Set // once it is needed
	advise := func(v verdict.Verdict, cause string, hint *string) (err error) {
		if *hint != "" || v == verdict.Pass || v == verdict.Observed || v == verdict.NotApplicable {
			return nil
		}
		if explained == nil {
			if explained, err = loadCauses(); err != nil {
				return err
			}
		}
		if e, ok := explained.Lookup(cause); ok {
			*hint = e.Hint()
		}
		return nil
	}
	for i := range run.Results {
		r := &run.Results[i]
		if err := advise(r.Verdict, r.Cause, &r.Hint); err != nil {
			return nil, err
		}
		for j := range r.Findings {
			f := &r.Findings[j]
			if err := advise(f.Verdict, f.Cause, &f.Hint); err != nil {
				return nil, err
			}
		}
	}
	return run, nil
}

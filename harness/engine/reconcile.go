package engine

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
)

// Reconcile returns what counts of a control that several shards ran: the first of the results if all came out the same, and
// otherwise one that says that they did not. Whose fault that is, nobody knows: the device's, which does not always do the
// same, or that of something around it. So no fail and no pass stands. An error of the harness stays one.
func Reconcile(all []results.Result) (r results.Result, agree bool) {
	differ := func(other results.Result) bool { return !reflect.DeepEqual(essence(&other), essence(&all[0])) }
	if r = all[0]; !slices.ContainsFunc(all, differ) {
		return r, true
	}
	all = slices.SortedStableFunc(slices.Values(all), func(a, b results.Result) int { return cmp.Compare(a.Shard, b.Shard) })
	var came []string
	v := verdict.Inconclusive
	for i := range all {
		came = append(came, fmt.Sprintf("shard %d came to %s", all[i].Shard, ruling(&all[i])))
		if all[i].Verdict == verdict.Error {
			v = verdict.Error
		}
	}
	r.Expected, r.Blocked, r.Served, r.Missing = "", nil, false, nil
	r.Hint = "the same scenario came out differently: compare the evidence of the shards, then what differs between their machines and devices"
	return stop(r, v, results.ShardsDisagree, strings.Join(came, "; ")), false
}

// ruling tells what decides of a result.
func ruling(r *results.Result) string {
	text := fmt.Sprintf("%s (%s)", r.Verdict, r.Cause)
	if b := r.Blocked; b != nil {
		text += fmt.Sprintf(" by %s (%s)", b.Scenario, b.Cause)
	}
	if !r.Served {
		text += ", not served"
	}
	return text
}

// essence is what has to be the same in two results of a scenario, so that it does not matter which of them counts.
func essence(r *results.Result) any {
	type finding struct {
		requirement string
		verdict     verdict.Verdict
		cause, was  string
	}
	var findings []finding
	for _, f := range r.Findings {
		findings = append(findings, finding{f.Requirement, f.Verdict, f.Cause, f.Was})
	}
	return struct {
		ruling   string
		findings []finding
	}{ruling(r), findings}
}

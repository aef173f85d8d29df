package results_test

import (
	"fmt"
	"strings"

	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
)

// A program in CI reads the results.json of a run and lists what failed.
func Example() {
	file := strings.NewReader(`{
		"schema": "sipconform/results/v2", "device": {"name": "phone", "capabilities": ["register"]}, "as_of": "2026-07-30",
		"plan": {"filter": "", "hash": "c0ffee", "selected": 2}, "outcome": "not-conformant",
		"claims": [
			{"vendor": "twilio", "product": "voice", "role": "register", "state": "not-conformant",
			 "core": {"concluded": 8, "of": 8}, "all": {"concluded": 30, "of": 34}, "missing": ["srv"]}
		],
		"results": [
			{"scenario": "twilio/voice/register/tls1.2", "level": "must", "verdict": "pass", "cause": "registered"},
			{"scenario": "twilio/voice/certificate/expired", "level": "must", "verdict": "fail", "cause": "accepted-expired",
			 "observed": "it sent REGISTER to a server that it had to reject (expired)"}
		]}`)
	run, err := results.Decode(file)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, c := range run.Claims {
		fmt.Printf("%s %s, %s: %s, %d of %d core scenarios\n", c.Vendor, c.Product, c.Role, c.State, c.Core.Concluded, c.Core.Of)
	}
	for _, r := range run.Results {
		if r.Verdict == verdict.Fail {
			fmt.Printf("%s: %s: %s\n", r.Scenario, r.Cause, r.Observed)
		}
	}
	outcome, why := results.Decide(run)
	fmt.Printf("%s, exit code %d: %s\n", outcome, results.ExitCode(outcome), why)
	// Output:
	// twilio voice, register: not-conformant, 8 of 8 core scenarios
	// twilio/voice/certificate/expired: accepted-expired: it sent REGISTER to a server that it had to reject (expired)
	// not-conformant, exit code 1: 1 scenario failed
}

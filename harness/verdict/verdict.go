// Package verdict holds the words in which a device is judged, and the order of
// gravity by which findings become the verdict of a scenario.
//
// The package serves this module and may change.
package verdict

// Verdict is the judgement on one requirement or one scenario.
type Verdict string

// The verdicts, spelled as in ISO 9646 where it has the word. Deviation is a
// missed should; Observed says that nothing binding was asked; Error is the
// harness's own fault, never the device's.
const (
	Pass          Verdict = "pass"
	Deviation     Verdict = "deviation"
	Fail          Verdict = "fail"
	Inconclusive  Verdict = "inconclusive"
	NotApplicable Verdict = "not-applicable"
	Observed      Verdict = "observed"
	Error         Verdict = "error"
)

// Finding is the judgement on one requirement in one scenario.
type Finding struct {
	// Requirement is the catalogue's ID, such as TW-TLS-05.
	Requirement string  `json:"requirement"`
	Verdict     Verdict `json:"verdict"`
	// Cause is a stable slug for the reason, such as "fell-back-to-clear-signalling";
	// for a pass it names what was seen, such as "refused-expired".
	Cause string `json:"cause"`
	// Was is the cause that the finding had before a fault that is judged elsewhere
	// made it inconclusive; empty if none did.
	Was string `json:"was,omitempty"`
	// Expected and Observed are sentences for a person.
	Expected string `json:"expected,omitempty"`
	Observed string `json:"observed,omitempty"`
	// Hint tells the device's maker what to check. Empty for a pass.
	Hint string `json:"hint,omitempty"`
	// Events are the Seq numbers of the observations that decided.
	Events []int `json:"events,omitempty"`
	// Short tells, until the findings are weighed, that the device did not get as far
	// as what was asked: see [judge.Ruling].
	Short bool `json:"-"`
}

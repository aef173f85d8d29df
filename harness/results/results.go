// Package results is the record of a run: results.json, from which every other
// format is derived.
package results

import (
	"cmp"
	"time"

	"github.com/sipconform/sipconform/harness/verdict"
)

// Schema names the format of [Run].
const Schema = "sipconform/results/v1"

// Outcome is what a run says of the device as a whole.
type Outcome string

// The outcomes. Exit codes of the command follow from them: see design.md.
const (
	Conformant    Outcome = "conformant"
	NotConformant Outcome = "not-conformant"
	Undecided     Outcome = "inconclusive"
	HarnessError  Outcome = "error"
)

// Run is one certification.
type Run struct {
	Schema      string        `json:"schema"`
	Harness     Harness       `json:"harness"`
	Device      Device        `json:"device"`
	AsOf        string        `json:"as_of"` // YYYY-MM-DD
	Seed        uint64        `json:"seed"`
	Started     time.Time     `json:"started"`
	DurationMS  int64         `json:"duration_ms"`
	Plan        Plan          `json:"plan"`
	Profiles    []Profile     `json:"profiles"`
	Summary     Summary       `json:"summary"`
	Outcome     Outcome       `json:"outcome"`
	Results     []Result      `json:"results"`
	NotEmulated []NotEmulated `json:"not_emulated"`
	// Advice is what the vendors' documents say of devices of this kind, beside
	// any verdict.
	Advice []Advice `json:"advice,omitempty"`
}

// Harness identifies the program that judged.
type Harness struct {
	Version string `json:"version"`
	Go      string `json:"go"`
	OS      string `json:"os"`
	// Isolation says how the device was kept apart: "namespace", "loopback", "in-process".
	Isolation string `json:"isolation"`
}

// Device identifies what was judged.
type Device struct {
	Name         string   `json:"name"`
	Version      string   `json:"version,omitempty"`
	Capabilities []string `json:"capabilities"`
}

// Plan identifies what was asked.
type Plan struct {
	Filter   string `json:"filter"`
	Hash     string `json:"hash"`
	Selected int    `json:"selected"`
	// FullCoverage makes anything not emulated on this machine enough for an
	// inconclusive outcome.
	FullCoverage bool `json:"full_coverage,omitempty"`
}

// Profile is one vendor product's dated rules that the plan held.
type Profile struct {
	Vendor   string `json:"vendor"`
	Product  string `json:"product"`
	Revision string `json:"revision"`
}

// Summary counts the results by verdict.
type Summary struct {
	Pass          int `json:"pass"`
	Deviation     int `json:"deviation"`
	Fail          int `json:"fail"`
	Inconclusive  int `json:"inconclusive"`
	NotApplicable int `json:"not_applicable"`
	Error         int `json:"error"`
	Waived        int `json:"waived"`
}

// Result is one scenario's verdict. Findings hold it requirement by
// requirement; the verdict is the gravest of them and Cause, Expected,
// Observed and Hint are that finding's.
type Result struct {
	Scenario     string            `json:"scenario"`
	Title        string            `json:"title"`
	Vendor       string            `json:"vendor"`
	Product      string            `json:"product"`
	Profile      string            `json:"profile"` // the revisions that the scenario counts for, joined by "+"
	Direction    string            `json:"direction"`
	Area         string            `json:"area"`
	Level        string            `json:"level"`
	Requirements []string          `json:"requirements"`
	Verdict      verdict.Verdict   `json:"verdict"`
	Cause        string            `json:"cause"`
	Expected     string            `json:"expected,omitempty"`
	Observed     string            `json:"observed,omitempty"`
	Hint         string            `json:"hint,omitempty"`
	Findings     []verdict.Finding `json:"findings,omitempty"`
	// Remarks are findings on requirements whose confidence is too low to judge.
	Remarks []verdict.Finding `json:"remarks,omitempty"`
	// Missing are the capabilities that the scenario asks for and the device
	// lacks: why it is not applicable.
	Missing []string `json:"missing,omitempty"`
	// Waived marks a verdict that somebody answers for. It leaves the verdict
	// as it is.
	Waived     *Waiver  `json:"waived,omitempty"`
	DurationMS int64    `json:"duration_ms"`
	Evidence   Evidence `json:"evidence"`
}

// Waiver says who accepts a fail, why, and until when. It excuses nothing but
// a fail: what was not concluded stays unknown, whoever signs for it.
type Waiver struct {
	Reason string `json:"reason"`
	Owner  string `json:"owner"`
	Expiry string `json:"expiry"` // last day it holds, YYYY-MM-DD
}

// Holds tells whether the waiver is in force on a day (YYYY-MM-DD). A nil
// waiver never is, nor one that does not say why, by whom and until when.
func (w *Waiver) Holds(day string) bool {
	if w == nil || w.Reason == "" || w.Owner == "" {
		return false
	}
	expiry, err := time.Parse(time.DateOnly, w.Expiry)
	if err != nil {
		return false
	}
	at, err := time.Parse(time.DateOnly, day)
	return err == nil && !at.After(expiry)
}

// Evidence is where the files that let a third person check a verdict are,
// relative to results.json; empty strings for files not written.
type Evidence struct {
	Observations string `json:"observations,omitempty"` // JSON lines of observation.Event
	Capture      string `json:"capture,omitempty"`      // pcapng with TLS keys
	Ladder       string `json:"ladder,omitempty"`       // SIP messages in order, text
	Chain        string `json:"chain,omitempty"`        // certificates shown, PEM with a text head
	Device       string `json:"device,omitempty"`       // the device's own output
}

// First is the file to open first, empty if there is none.
func (e Evidence) First() string { return cmp.Or(e.Ladder, e.Observations, e.Capture) }

// Advice is a restriction that a vendor has for a kind of device, and what can be
// done about it.
type Advice struct {
	Requirement string `json:"requirement"`
	Title       string `json:"title"`
	Text        string `json:"text"`
	Source      string `json:"source"`
}

// NotEmulated is what this machine's TLS engines could not do, and so was left
// out of the plan.
type NotEmulated struct {
	Vendor  string `json:"vendor"`
	Product string `json:"product"`
	What    string `json:"what"`
	Reason  string `json:"reason"`
}

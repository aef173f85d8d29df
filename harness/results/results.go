// Package results is the record of a run: results.json, from which every other
// format is derived. See results.schema.json for the format.
//
// The package is there to be imported: a program that reads results.json decodes
// it with this package.
package results

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/sipconform/sipconform/harness/verdict"
)

// Schema names the format of [Run]. [Decode] reads that of its predecessor too.
const (
	Schema   = "sipconform/results/v2"
	schemaV1 = "sipconform/results/v1"
)

// Outcome is what a run says about the device as a whole.
type Outcome string

// The outcomes. [ExitCode] gives the command's exit status for each.
const (
	Conformant    Outcome = "conformant"
	NotConformant Outcome = "not-conformant"
	Undecided     Outcome = "inconclusive"
	// Unasked is the outcome of a run in which nobody told the device what to do, and in
	// which nothing that could be judged failed. It says nothing of the rest.
	Unasked      Outcome = "unsolicited"
	HarnessError Outcome = "error"
)

// Run is one certification.
type Run struct {
	Schema     string    `json:"schema"`
	Harness    Harness   `json:"harness"`
	Device     Device    `json:"device"`
	AsOf       string    `json:"as_of"` // YYYY-MM-DD
	Seed       uint64    `json:"seed"`
	Started    time.Time `json:"started"`
	DurationMS int64     `json:"duration_ms"`
	// Incomplete says why the run ended before its plan did, such as "interrupted"; empty
	// if it came to its end.
	Incomplete  string        `json:"incomplete,omitempty"`
	Plan        Plan          `json:"plan"`
	Revisions   []Revision    `json:"profiles"`
	Summary     Summary       `json:"summary"`
	Outcome     Outcome       `json:"outcome"`
	Claims      []Claim       `json:"claims"`
	Results     []Result      `json:"results"`
	NotEmulated []NotEmulated `json:"not_emulated"`
	// Waivers are those that mark a result, in the order in which they were written.
	Waivers []Waiver `json:"waivers,omitempty"`
	// Advice is what the vendors' documents say about devices of this kind. It
	// affects no verdict.
	Advice []Advice `json:"advice,omitempty"`
	// Unsolicited is what devices did at a mock without being told to, of a record that was
	// made of that; nil for one of a plan that a device was taken through.
	Unsolicited *Unsolicited `json:"unsolicited,omitempty"`
	// Against is how the verdicts differ from those of an earlier run; nil if they were compared with none. It moves no
	// verdict, nor the outcome.
	Against *Against `json:"against,omitempty"`
	// Merged says which shards the record was made of; nil for one of a run on one machine.
	Merged *Merged `json:"merged,omitempty"`
	// Manifest names the digests of the report's other files; nil if none were written.
	Manifest *Manifest `json:"manifest,omitempty"`
	// Redacted says what was taken from the record before it was published; nil for a
	// record as it was made.
	Redacted *Redacted `json:"redacted,omitempty"`
}

// Against is how the verdicts of a run differ from those of an earlier one.
type Against struct {
	// Device, Version and AsOf are those of the earlier run.
	Device  string `json:"device"`
	Version string `json:"version,omitempty"`
	AsOf    string `json:"as_of,omitempty"`
	// Of is the SHA-256 of the earlier run's results.json, or of the baseline, in hexadecimal.
	Of string `json:"of"`
	// Part tells that only what this run has was compared.
	Part bool `json:"part,omitempty"`
	// Same is how many results are what they were.
	Same int `json:"same"`
	// Was is what the others were, the worst change first.
	Was []Was `json:"was"`
}

// Was is what a result was in an earlier run.
type Was struct {
	Name string `json:"name"` // [Result.Name]; of a result that is gone if the run has none of that name
	// Verdict and Cause are empty if the earlier run did not have it.
	Verdict verdict.Verdict `json:"verdict,omitempty"`
	Cause   string          `json:"cause,omitempty"`
}

// Manifest is the file beside results.json with the SHA-256 of all others, a line each:
// the digest in hexadecimal, two spaces, and the path.
type Manifest struct {
	File   string `json:"file"`
	SHA256 string `json:"sha256"` // of that file, in hexadecimal
}

// Redacted says how a record differs from the one that it was made from.
type Redacted struct {
	// Of is the SHA-256 of the results.json that it was made from, in hexadecimal.
	Of string `json:"of"`
	// Taken are the kinds of secret that were taken, and how many places had one.
	Taken []Taken `json:"taken"`
	// Unchecked are the names ([Result.Name]) of the results that the record no longer
	// bears out by itself, since what was taken had a part in them.
	Unchecked []string `json:"unchecked,omitempty"`
}

// Taken is a kind of secret, and how many places had one.
type Taken struct {
	What   string `json:"what"`
	Places int    `json:"places"`
}

// Harness identifies the program that judged.
type Harness struct {
	Version string `json:"version"`
	Go      string `json:"go"`
	OS      string `json:"os"`
	// Isolation says how the device was isolated: "namespace", "loopback", "in-process", or "network" where it was not.
	Isolation string `json:"isolation"`
	// Limited says why fewer scenarios ran at the same time than was asked for: what
	// the process may use is too little. It is empty if as many did.
	Limited string `json:"limited,omitempty"`
	// SelfTest is what the harness's tests of itself came to, in the report of the
	// reference device; nil in others.
	SelfTest *SelfTest `json:"self_test,omitempty"`
}

// SelfTest says how well the harness judges devices of which it is known what is right:
// mutants, which have one bug each and must fail for it; stubs, which do one trivial
// thing and must pass nothing else; and variants, which have one legal peculiarity
// each and must not fail.
type SelfTest struct {
	Mutants  Score `json:"mutants"`
	Stubs    Score `json:"stubs"`
	Variants Score `json:"variants"`
}

// Score is how many devices of a kind were run, and how many were judged rightly.
type Score struct {
	Run   int `json:"run"`
	Right int `json:"right"`
}

func (s SelfTest) String() string {
	return fmt.Sprintf("%d of %d mutants, %d of %d stubs and %d of %d variants judged rightly",
		s.Mutants.Right, s.Mutants.Run, s.Stubs.Right, s.Stubs.Run, s.Variants.Right, s.Variants.Run)
}

// Device identifies what was judged.
type Device struct {
	Name    string `json:"name"`
	Version string `json:"version,omitempty"`
	// Agents are what the device called itself in User-Agent and Server.
	Agents       []string `json:"agents,omitempty"`
	Capabilities []string `json:"capabilities"`
	// Configurations are the alternatives of its own set-up.
	Configurations []Configuration `json:"configurations,omitempty"`
}

// Configuration is an alternative of a device's own set-up, in which it is asked again
// what it was not able to show.
type Configuration struct {
	Name string `json:"name"`
	// GivesUp are labels of what is not judged in it.
	GivesUp []string `json:"gives_up,omitempty"`
}

// Plan identifies what was asked.
type Plan struct {
	Filter   string `json:"filter"`
	Hash     string `json:"hash"`
	Selected int    `json:"selected"`
	// FullCoverage makes the outcome inconclusive if this machine could not emulate
	// something.
	FullCoverage bool `json:"full_coverage,omitempty"`
	// Shard is the part of the plan that was run; nil if all of it was to be.
	Shard *Shard `json:"shard,omitempty"`
	// Parts are what the plan asks about, with what each part's claim rests on.
	Parts []Part `json:"parts"`
}

// Part is what a product asks of devices in one role, on the plan's day and whatever
// its filter leaves out.
type Part struct {
	Vendor    string `json:"vendor"`
	Product   string `json:"product"`
	Role      string `json:"role"`
	Scenarios int    `json:"scenarios"` // how many there are
	// Core are the scenarios without which nothing can be claimed. Some may be of
	// another role.
	Core []string `json:"core"`
}

// Revision is a dated part of a product's profile that the plan asked about.
type Revision struct {
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
	Observed      int `json:"observed"`
	Error         int `json:"error"`
	Waived        int `json:"waived"`
}

// Result is one scenario's verdict. Findings hold it requirement by
// requirement; the verdict is the gravest of them and Cause, Expected,
// Observed and Hint are that finding's.
type Result struct {
	Scenario  string `json:"scenario"`
	Title     string `json:"title"`
	Vendor    string `json:"vendor"`
	Product   string `json:"product"`
	Revisions string `json:"profile"` // those that the scenario counts for, joined by "+"
	Direction string `json:"direction"`
	// Role is the part that the device takes in it: "register", "call-out", "call-in"
	// (over its registration), "call-in-listener" or "https".
	Role string `json:"role"`
	// Configuration names the set-up of the device in which it was asked; empty for the
	// usual one.
	Configuration string `json:"configuration,omitempty"`
	// Seen names what it was judged by in an unsolicited record: see [Seen]. It is empty in
	// others.
	Seen string `json:"seen,omitempty"`
	// Shard is the number of the shard that ran it, in a merged record; 0 in others.
	Shard int `json:"shard,omitempty"`
	// Repeated tells that another shard has the scenario as its own, and that it was run here as well since scenarios of this
	// shard rest on it.
	Repeated     bool              `json:"repeated,omitempty"`
	Area         string            `json:"area"`
	Level        string            `json:"level"`
	Requirements []string          `json:"requirements"`
	Verdict      verdict.Verdict   `json:"verdict"`
	Cause        string            `json:"cause"`
	Expected     string            `json:"expected,omitempty"`
	Observed     string            `json:"observed,omitempty"`
	Hint         string            `json:"hint,omitempty"`
	Findings     []verdict.Finding `json:"findings,omitempty"`
	// Remarks are findings on requirements that cannot fail a device: those of low
	// confidence, and those of level may.
	Remarks []verdict.Finding `json:"remarks,omitempty"`
	// Served tells that the vendor served the device in it, or the device took the
	// vendor's call: without that, it is a control of nothing.
	Served bool `json:"served,omitempty"`
	// Blocked names what the device missed already, if that is why the verdict is
	// inconclusive; nil otherwise. The cause is then [BlockedCause].
	Blocked *Blocked `json:"blocked,omitempty"`
	// Own is the result in the device's own set-up, which is inconclusive, of a scenario
	// that was asked again in a configuration; nil otherwise.
	Own *Result `json:"own,omitempty"`
	// Missing are the capabilities that the scenario needs and the device lacks. They
	// are why it is not applicable.
	Missing []string `json:"missing,omitempty"`
	// Waived marks a fail that somebody accepts. It does not change the verdict.
	Waived     *Waiver  `json:"waived,omitempty"`
	DurationMS int64    `json:"duration_ms"`
	Evidence   Evidence `json:"evidence"`
}

// Telling reports whether a result is one to look into, so that its evidence is kept in full. One that is blocked is not:
// what blocks it has the evidence.
func (r *Result) Telling() bool {
	switch r.Verdict {
	case verdict.Fail, verdict.Deviation, verdict.Error:
		return true
	case verdict.Inconclusive:
		return r.Blocked == nil
	}
	return false
}

// Name names the result in a run: the scenario and, unless it was asked in the device's
// own set-up, the configuration, or what it was judged by. One that is repeated in a merged
// record has its shard in it.
func (r *Result) Name() string {
	switch {
	case r.Seen != "":
		return r.Scenario + " (" + r.Seen + ")"
	case r.Repeated && r.Shard > 0 && r.Configuration != "":
		return fmt.Sprintf("%s (%s, shard %d)", r.Scenario, r.Configuration, r.Shard)
	case r.Repeated && r.Shard > 0:
		return fmt.Sprintf("%s (shard %d)", r.Scenario, r.Shard)
	case r.Configuration == "":
		return r.Scenario
	}
	return r.Scenario + " (" + r.Configuration + ")"
}

// BlockedCause is the cause of a result, or of a finding, that a fault which another
// scenario judges leaves inconclusive.
const BlockedCause = "blocked"

// Blocked is a fault that the device is blamed for elsewhere.
type Blocked struct {
	// Scenario is the one that judges the fault: the root, not a control between.
	Scenario string `json:"scenario"`
	// Cause is that of its finding.
	Cause string `json:"cause"`
}

// Waiver says who accepts a fail, why, and until when. It excuses only a fail: what
// was not concluded stays unknown. Which fails it is for, its first four fields say; one
// that is empty leaves that open.
type Waiver struct {
	// Scenario is the ID of a scenario, or a pattern of several.
	Scenario string `json:"scenario,omitempty"`
	// Labels is a label expression, such as "vendor:twilio && area:srtp".
	Labels      string `json:"labels,omitempty"`
	Requirement string `json:"requirement,omitempty"`
	Cause       string `json:"cause,omitempty"`

	Reason string `json:"reason"`
	Owner  string `json:"owner"`
	Expiry string `json:"expiry"` // last day it holds, YYYY-MM-DD
}

// Holds reports whether the waiver is in force on a day (YYYY-MM-DD). A nil waiver is
// not, nor is one that lacks its reason, owner or expiry.
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

// Evidence is the paths, relative to results.json, of the files that let a third
// person check a verdict. A path is empty if the file was not written.
type Evidence struct {
	Observations string `json:"observations,omitempty"` // JSON lines of observation.Event
	Capture      string `json:"capture,omitempty"`      // pcapng with TLS keys
	Ladder       string `json:"ladder,omitempty"`       // text, the SIP messages in order
	Chain        string `json:"chain,omitempty"`        // the certificates shown, PEM with explanatory text
	Device       string `json:"device,omitempty"`       // the device's own output
	Media        string `json:"media,omitempty"`        // pcapng, the RTP and RTCP in clear
	// Sounds are WAV files, one for each stream that can be heard.
	Sounds []string `json:"sounds,omitempty"`
}

// Files returns the paths of the files that were written.
func (e Evidence) Files() []string {
	all := append([]string{e.Observations, e.Capture, e.Ladder, e.Chain, e.Device, e.Media}, e.Sounds...)
	return slices.DeleteFunc(all, func(path string) bool { return path == "" })
}

// First is the file to open first, empty if there is none.
func (e Evidence) First() string { return cmp.Or(e.Ladder, e.Observations, e.Capture) }

// Advice is a vendor's restriction for a kind of device, and what to do about it.
type Advice struct {
	Requirement string `json:"requirement"`
	Title       string `json:"title"`
	Text        string `json:"text"`
	Source      string `json:"source"`
}

// NotEmulated is something that this machine's TLS engines cannot do and that the
// plan therefore lacks.
type NotEmulated struct {
	Vendor  string `json:"vendor"`
	Product string `json:"product"`
	What    string `json:"what"`
	Reason  string `json:"reason"`
}

package report

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/sipconform/sipconform/harness/report/printable"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
)

// TextOptions say how [Text] writes a run.
type TextOptions struct {
	Style Style
	// Folder is put before the paths of evidence, so that they can be opened from the
	// reader's working directory.
	Folder string
	// Page is the path of the report's page, which the last line but one names; empty if it was not written.
	Page string
	// Requirements adds titles and sources; it may be nil.
	Requirements Requirements
}

// most is how many scenarios of one verdict are listed, fails and errors excepted. The
// other formats list all.
const most = 20

// Text writes what a person at the console needs to know of a run: each fail and error
// in full, a line for whatever is open or missing, the claims where the reader of a
// terminal begins, which is the end, the path of the page, and in the last line the outcome
// with the command's exit code.
func Text(w io.Writer, run *results.Run, opts TextOptions) error {
	run, err := advised(run)
	if err != nil {
		return err
	}
	t := &text{w: bufio.NewWriter(w), run: run, opts: opts}
	t.folded = folded(t.run)
	t.head()
	for i := range t.run.Results {
		if r := &t.run.Results[i]; r.Verdict == verdict.Fail || r.Verdict == verdict.Error {
			t.full(r)
		}
	}
	t.list(verdict.Inconclusive)
	t.list(verdict.Deviation)
	t.unjudged()
	t.notEmulated()
	t.advice()
	t.claims()
	t.since()
	t.tail()
	return t.w.Flush()
}

// text writes the console's summary; its writer keeps the first error.
type text struct {
	w    *bufio.Writer
	run  *results.Run
	opts TextOptions
	// folded has what is told as blocked by a scenario, instead of on its own.
	folded map[string][]*results.Result
}

func (t *text) head() {
	r := t.run
	if u := r.Unsolicited; u != nil {
		fmt.Fprintf(t.w, "%s %s\n", t.opts.Style.paint(bold, "UNSOLICITED"), unsolicitedWords(u))
		fmt.Fprintf(t.w, "judged by sipconform %s as of %s; devices call themselves: %s\n\n",
			r.Harness.Version, r.AsOf, cmp.Or(strings.Join(r.Device.Agents, ", "), "nothing"))
		return
	}
	device := strings.TrimSpace(r.Device.Name + " " + r.Device.Version)
	fmt.Fprintf(t.w, "%s judged by sipconform %s as of %s\n", t.opts.Style.paint(bold, device), r.Harness.Version, r.AsOf)
	filter := ""
	if r.Plan.Filter != "" {
		filter = ", filter " + r.Plan.Filter
	}
	fmt.Fprintf(t.w, "plan %s: %d scenarios%s; seed %d; isolation %s\n", r.Plan.Hash, r.Plan.Selected, filter, r.Seed, r.Harness.Isolation)
	if r.Harness.SelfTest != nil {
		fmt.Fprintf(t.w, "self-test: %s\n", r.Harness.SelfTest)
	}
	if words := shardWords(r); words != "" {
		fmt.Fprintln(t.w, words)
	}
	fmt.Fprintf(t.w, "claims: %s\n\n", tellClaims(r.Claims))
}

// since tells how the run differs from the one that it was compared with.
func (t *text) since() {
	if line := sinceLine(t.run); line != "" {
		fmt.Fprintln(t.w, line)
	}
}

// full writes a result with all its details.
func (t *text) full(r *results.Result) {
	word := strings.ToUpper(string(r.Verdict))
	fmt.Fprintf(t.w, "%s  %s\n", t.opts.Style.paint(colourOf(r.Verdict), word), t.opts.Style.paint(bold, r.Name()))
	for _, f := range grave(r) {
		t.field("requirement", t.requirement(f.Requirement, r.Level))
		t.field("cause", f.Cause)
		t.field("expected", f.Expected)
		t.field("observed", f.Observed)
		t.field("hint", f.Hint)
	}
	if w := r.Waived; w != nil {
		t.field("waived", fmt.Sprintf("by %s until %s: %s", w.Owner, w.Expiry, w.Reason))
	}
	t.field("blocks", t.blocks(r.Scenario))
	t.field("evidence", t.evidence(r.Evidence))
	t.w.WriteByte('\n')
}

// blocks says how many scenarios a scenario's fault leaves inconclusive.
func (t *text) blocks(scenario string) string {
	if n := len(t.folded[scenario]); n > 0 {
		return scenarios(n)
	}
	return ""
}

func (t *text) field(name, value string) {
	if value != "" {
		fmt.Fprintf(t.w, "      %s %s\n", t.opts.Style.paint(faint, fmt.Sprintf("%-11s", name)), value)
	}
}

// requirement describes a requirement as far as it is known.
func (t *text) requirement(id, level string) string {
	if id == "" {
		return ""
	}
	known, ok := t.opts.Requirements[id]
	if !ok {
		return fmt.Sprintf("%s (%s)", id, level)
	}
	return fmt.Sprintf("%s (%s; %s) %s", id, known.Level, strings.Join(known.Sources, ", "), known.Title)
}

// evidence returns the file to open first.
func (t *text) evidence(e results.Evidence) string {
	if file := e.First(); file != "" {
		return path.Join(t.opts.Folder, file)
	}
	return ""
}

// list names the scenarios of one verdict.
func (t *text) list(v verdict.Verdict) {
	n := 0
	for i := range t.run.Results {
		r := &t.run.Results[i]
		if r.Verdict != v || r.Blocked != nil && slices.Contains(t.folded[r.Blocked.Scenario], r) {
			continue
		}
		if n++; n <= most {
			why := r.Cause
			if r.Observed != "" {
				why += ": " + r.Observed
			}
			if n := t.blocks(r.Scenario); n != "" {
				why += " (blocks " + n + ")"
			}
			fmt.Fprintf(t.w, "%s  %s (%s)  %s\n", t.opts.Style.paint(colourOf(v), string(v)), r.Name(), r.Level, why)
		}
	}
	if n > most {
		fmt.Fprintf(t.w, "%s  and %d more\n", t.opts.Style.paint(colourOf(v), string(v)), n-most)
	}
	if n > 0 {
		t.w.WriteByte('\n')
	}
}

func (t *text) notEmulated() {
	var lines []string
	for _, n := range t.run.NotEmulated {
		lines = append(lines, fmt.Sprintf("%s %s  %s: %s", n.Vendor, n.Product, n.What, n.Reason))
	}
	t.section("Not emulated on this machine, and so left out of the plan:", lines)
}

func (t *text) advice() {
	var lines []string
	for _, a := range t.run.Advice {
		lines = append(lines, fmt.Sprintf("%s %s (%s)  %s", a.Requirement, a.Title, a.Source, a.Text))
	}
	t.section("What vendors say of devices of this kind:", lines)
}

// section writes lines below a heading, if there are any.
func (t *text) section(heading string, lines []string) {
	if len(lines) == 0 {
		return
	}
	fmt.Fprintln(t.w, heading)
	for _, line := range lines {
		fmt.Fprintf(t.w, "  %s\n", line)
	}
	t.w.WriteByte('\n')
}

// claims writes a line for each claim, and for each part of the plan without one.
func (t *text) claims() {
	var wide [2]int
	row := func(vendor, product, role string) [2]string { return [2]string{vendor + " " + product, role} }
	for _, p := range t.run.Plan.Parts {
		for i, column := range row(p.Vendor, p.Product, p.Role) {
			wide[i] = max(wide[i], len(column))
		}
	}
	var lines []string
	for _, c := range t.run.Claims {
		at := row(c.Vendor, c.Product, c.Role)
		state := t.opts.Style.paint(claimColour(c.State), fmt.Sprintf("%-14s", c.State))
		line := fmt.Sprintf("%-*s  %-*s  %s  core %d of %d, all %d of %d",
			wide[0], at[0], wide[1], at[1], state, c.Core.Concluded, c.Core.Of, c.All.Concluded, c.All.Of)
		if c.Configuration != "" {
			line += ", as " + c.Configuration
		}
		lines = append(lines, line+lacks("; not asked, since not declared: ", few(c.Missing)))
	}
	for _, p := range notClaimed(t.run) {
		at := row(p.Vendor, p.Product, p.Role)
		lines = append(lines, fmt.Sprintf("%-*s  %-*s  no claim: nothing was asked%s",
			wide[0], at[0], wide[1], at[1], lacks("; not declared: ", few(p.Missing))))
	}
	t.section("Claims:", lines)
}

// few returns the first of a list, and how many more there are. The page has all of them.
func few(list []string) []string {
	const most = 6
	if len(list) <= most+1 {
		return list
	}
	return append(slices.Clone(list[:most]), fmt.Sprintf("and %d more", len(list)-most))
}

// lacks names capabilities after a few words, if there are any.
func lacks(words string, missing []string) string {
	if len(missing) == 0 {
		return ""
	}
	return words + strings.Join(missing, ", ")
}

func (t *text) tail() {
	s := t.run.Summary
	for i, v := range verdicts {
		if i > 0 {
			t.w.WriteString(" · ")
		}
		count := fmt.Sprintf("%d %s", s.Of(v), v)
		if n := blockedOf(t.run); n > 0 && v == verdict.Inconclusive {
			count += fmt.Sprintf(" (%d blocked)", n)
		}
		if s.Of(v) > 0 {
			count = t.opts.Style.paint(colourOf(v), count)
		}
		t.w.WriteString(count)
	}
	if s.Waived > 0 {
		fmt.Fprintf(t.w, " · %d waived", s.Waived)
	}
	if cut := t.run.CutShort(); cut != "" && t.run.Outcome != results.Undecided {
		fmt.Fprintf(t.w, "\n%s: %s", t.opts.Style.paint(outcomeColour(results.Undecided)+";"+bold, "INCOMPLETE"), cut)
	}
	if t.opts.Page != "" {
		fmt.Fprintf(t.w, "\nreport: %s", printable.Line(t.opts.Page))
	}
	_, why := results.Decide(t.run)
	fmt.Fprintf(t.w, "\n%s: %s", t.opts.Style.paint(outcomeColour(t.run.Outcome)+";"+bold, strings.ToUpper(outcomeWords(t.run.Outcome))), why)
	if t.run.Unsolicited == nil { // of which no command's status tells
		fmt.Fprintf(t.w, " (exit code %d)", results.ExitCode(t.run.Outcome))
	}
	t.w.WriteByte('\n')
}

// outcomeWords spells an outcome for a person.
func outcomeWords(o results.Outcome) string {
	switch o {
	case results.Conformant:
		return "conformant"
	case results.NotConformant:
		return "not conformant"
	case results.Undecided:
		return "inconclusive"
	case results.Unasked:
		return "unsolicited"
	}
	return "harness error"
}

package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
)

// The JUnit report as CI systems read it, by the schema that Jenkins has for it. Times are how long the scenarios took: a suite's is
// the sum of its cases', and that of all is the run's on a clock, since scenarios run at the same time.
type (
	junitRun struct {
		XMLName  xml.Name      `xml:"testsuites"`
		Name     string        `xml:"name,attr"`
		Tests    int           `xml:"tests,attr"`
		Failures int           `xml:"failures,attr"`
		Errors   int           `xml:"errors,attr"`
		Time     string        `xml:"time,attr"`
		Suites   []*junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name       string          `xml:"name,attr"`
		Tests      int             `xml:"tests,attr"`
		Failures   int             `xml:"failures,attr"`
		Errors     int             `xml:"errors,attr"`
		Skipped    int             `xml:"skipped,attr"`
		Time       string          `xml:"time,attr"`
		Timestamp  string          `xml:"timestamp,attr"`
		Properties []junitProperty `xml:"properties>property"`
		Cases      []junitCase     `xml:"testcase"`
		took       int64           // ms
	}
	junitProperty struct {
		Name  string `xml:"name,attr"`
		Value string `xml:"value,attr"`
	}
	junitCase struct {
		Name    string        `xml:"name,attr"`
		Class   string        `xml:"classname,attr"`
		Time    string        `xml:"time,attr"`
		Failure *junitProblem `xml:"failure"`
		Error   *junitProblem `xml:"error"`
		Skipped *junitSkipped `xml:"skipped"`
		Out     *junitOutput  `xml:"system-out"`
	}
	junitProblem struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr"`
		Text    string `xml:",chardata"`
	}
	// junitOutput is escaped already: the encoder would escape the ends of its lines, too.
	junitOutput struct {
		Text string `xml:",innerxml"`
	}
	junitSkipped struct {
		Message string `xml:"message,attr"`
	}
)

// JUnit writes a run as JUnit XML, with a suite for each product and a case for each
// scenario. A fail becomes a failure and an error an error. Cases that are not
// applicable, inconclusive or only observed are skipped, with the reason, since none of
// them is a pass; those that are blocked name the fault. The claims are among the suite's
// properties, and so is what was taken from a redacted record, whose name says that it is one. A fail whose waiver is
// in force is skipped too, so that CI agrees with the exit code. A run that was cut short has a further suite, with a
// case in error that says so. The output of a case has its verdict, so that a deviation, which passes, is there too,
// and where the evidence is; of a fault it has what happened, from the ladder, which evidence opens by its path in the
// report.
func JUnit(w io.Writer, run *results.Run, evidence Evidence) error {
	run, err := advised(run)
	if err != nil {
		return err
	}
	all := junitRun{Name: "sipconform " + run.Device.Name, Time: seconds(run.DurationMS)}
	if run.Unsolicited != nil {
		all.Name = "sipconform, unsolicited: " + unsolicitedWords(run.Unsolicited)
	}
	if s := run.Plan.Shard; s != nil {
		all.Name += " (" + s.String() + ")"
	}
	if run.Redacted != nil {
		all.Name += " (redacted)"
	}
	suites := make(map[string]*junitSuite)
	for i := range run.Results {
		r := &run.Results[i]
		name := r.Vendor + "/" + r.Product
		suite := suites[name]
		if suite == nil {
			suite = newSuite(name, run)
			suites[name] = suite
			all.Suites = append(all.Suites, suite)
		}
		c := newCase(r, run.AsOf)
		c.Out = &junitOutput{escapeLines.Replace(caseOutput(r, evidence))}
		suite.Cases = append(suite.Cases, c)
		suite.Tests++
		suite.took += r.DurationMS
		suite.Time = seconds(suite.took)
		switch {
		case c.Failure != nil:
			suite.Failures++
		case c.Error != nil:
			suite.Errors++
		case c.Skipped != nil:
			suite.Skipped++
		}
	}
	if cut := run.CutShort(); cut != "" {
		all.Suites = append(all.Suites, cutSuite(cut, run))
	}
	for _, suite := range all.Suites {
		all.Tests += suite.Tests
		all.Failures += suite.Failures
		all.Errors += suite.Errors
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(all); err != nil {
		return err
	}
	_, err = io.WriteString(w, "\n")
	return err
}

// escapeLines escapes visible text for XML, and leaves its lines as they are.
var escapeLines = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// cutSuite returns a suite with one case that is in error, because the run did not come to
// its end: without it, the cases that are missing would look like none that were planned.
func cutSuite(cut string, run *results.Run) *junitSuite {
	suite := newSuite("run", run)
	suite.Tests, suite.Errors = 1, 1
	suite.Cases = []junitCase{{
		Name: "the run came to its end", Class: "run", Time: seconds(0),
		Error: &junitProblem{"incomplete: " + cut, "incomplete", cut},
	}}
	return suite
}

func newSuite(name string, run *results.Run) *junitSuite {
	suite := &junitSuite{
		Name:      name,
		Timestamp: run.Started.UTC().Format("2006-01-02T15:04:05"), // xs:dateTime without a zone, as the schema has it
		Time:      seconds(0),
		Properties: []junitProperty{
			{"device", strings.TrimSpace(run.Device.Name + " " + run.Device.Version)},
			{"harness", run.Harness.Version},
			{"isolation", run.Harness.Isolation},
			{"as_of", run.AsOf},
			{"seed", fmt.Sprint(run.Seed)},
			{"plan", run.Plan.Hash},
			{"outcome", string(run.Outcome)},
		},
	}
	if u := run.Unsolicited; u != nil {
		suite.Properties = append(suite.Properties, junitProperty{"unsolicited", unsolicitedWords(u)})
	}
	if f := run.Plan.Filter; f != "" {
		suite.Properties = append(suite.Properties, junitProperty{"filter", f})
	}
	if words := shardWords(run); words != "" {
		suite.Properties = append(suite.Properties, junitProperty{"shards", words})
	}
	if text := redacted(run); text != "" {
		suite.Properties = append(suite.Properties, junitProperty{"redacted", text})
	}
	for _, c := range run.Claims {
		if c.Vendor+"/"+c.Product == name {
			value := c.String() + lacks("; not asked, since not declared: ", c.Missing)
			suite.Properties = append(suite.Properties, junitProperty{"claim", value})
		}
	}
	for _, p := range notClaimed(run) {
		if p.Vendor+"/"+p.Product == name {
			why := p.Role + ": nothing was asked" + lacks("; not declared: ", p.Missing)
			suite.Properties = append(suite.Properties, junitProperty{"no_claim", why})
		}
	}
	for _, n := range run.NotEmulated {
		if n.Vendor+"/"+n.Product == name {
			suite.Properties = append(suite.Properties, junitProperty{"not_emulated", n.What + ": " + n.Reason})
		}
	}
	return suite
}

func newCase(r *results.Result, asOf string) junitCase {
	c := junitCase{
		Name:  r.Name(),
		Class: strings.Join([]string{r.Vendor, r.Product, r.Area}, "."),
		Time:  seconds(r.DurationMS),
	}
	switch r.Verdict {
	case verdict.Pass, verdict.Deviation:
	case verdict.NotApplicable:
		c.Skipped = &junitSkipped{"not applicable: " + reason(r)}
	case verdict.Observed:
		c.Skipped = &junitSkipped{"observed: nothing binding was asked"}
	case verdict.Inconclusive:
		c.Skipped = &junitSkipped{"inconclusive: " + reason(r)}
		if b := r.Blocked; b != nil {
			c.Skipped.Message = fmt.Sprintf("blocked by %s (%s)", b.Scenario, b.Cause)
		}
	case verdict.Fail:
		if w := r.Waived; w.Holds(asOf) {
			c.Skipped = &junitSkipped{fmt.Sprintf("failed, waived by %s until %s: %s (%s)", w.Owner, w.Expiry, w.Reason, reason(r))}
		} else {
			c.Failure = &junitProblem{reason(r), r.Cause, problem(r)}
		}
	default:
		c.Error = &junitProblem{reason(r), r.Cause, problem(r)}
	}
	return c
}

// reason returns why a result has its verdict, in one line.
func reason(r *results.Result) string {
	switch {
	case len(r.Missing) > 0:
		return r.Cause + ": the device lacks " + strings.Join(r.Missing, ", ")
	case r.Observed != "":
		return r.Cause + ": " + r.Observed
	}
	return r.Cause
}

// problem returns every finding that led to the verdict.
func problem(r *results.Result) string {
	var text strings.Builder
	for _, f := range grave(r) {
		for _, field := range []struct{ name, value string }{
			{"requirement", f.Requirement}, {"cause", f.Cause},
			{"expected", f.Expected}, {"observed", f.Observed}, {"hint", f.Hint},
		} {
			if field.value != "" {
				fmt.Fprintf(&text, "\n%-11s %s", field.name, field.value)
			}
		}
		text.WriteByte('\n')
	}
	return text.String()
}

func seconds(ms int64) string {
	return fmt.Sprintf("%.3f", (time.Duration(ms) * time.Millisecond).Seconds())
}

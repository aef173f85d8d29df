package report

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/internal/testkit"
)

// ladderOf opens the same ladder for every path.
func ladderOf(text string) Evidence {
	return func(string) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }
}

// ladder is one with a number of events, each with a message.
func ladder(events int) string {
	var text strings.Builder
	text.WriteString("scenario  a/b\nbegun     2026-07-30T09:14:03Z\n\n")
	for i := range events {
		fmt.Fprintf(&text, "%11.6f  tls-1   device ----> mock   OPTIONS %d\n      | OPTIONS sip:a@b SIP/2.0\n      | Authorization: secret\n      |\n\n", float64(i)/10, i)
	}
	return text.String()
}

// TestJUnitSchema validates reports of every kind with the schema that Jenkins' xUnit plugin has for JUnit.
func TestJUnitSchema(t *testing.T) {
	t.Parallel()
	seen := sampleRun()
	seen.Unsolicited = &results.Unsolicited{Vendor: "twilio", Product: "voice", Revision: "current"}
	cut := sampleRun()
	cut.Incomplete = "interrupted"
	for name, run := range map[string]*results.Run{
		"sample": sampleRun(), "hostile": hostileRun(), "cut short": cut, "unsolicited": seen, "empty": {Schema: results.Schema},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			if err := JUnit(&out, run, ladderOf(ladder(100)+hostile)); err != nil {
				t.Fatal(err)
			}
			checkElements(t, out.Bytes())
			cmd := testkit.Command(t, "xmllint", "--noout", "--schema", "testdata/junit-10.xsd", "-")
			cmd.Stdin = &out
			if said, status := testkit.Run(t, cmd); status != 0 {
				t.Errorf("xmllint ends with %d:\n%s", status, said)
			}
		})
	}
}

// elements are what the schema says of each: its attributes, those first that are required, up to a colon, and its children.
var elements = map[string]struct{ required, optional, children []string }{
	"testsuites": {nil, tags("name time tests failures errors"), tags("testsuite")},
	"testsuite":  {tags("name tests failures errors"), tags("time skipped timestamp"), tags("properties testcase")},
	"properties": {nil, nil, tags("property")},
	"property":   {tags("name value"), nil, nil},
	"testcase":   {tags("name"), tags("time classname"), tags("failure error skipped system-out")},
	"failure":    {nil, tags("message type"), nil},
	"error":      {nil, tags("message type"), nil},
	"skipped":    {nil, tags("message"), nil},
	"system-out": {nil, nil, nil},
}

func tags(text string) []string { return strings.Fields(text) }

// checkElements is for machines without xmllint.
func checkElements(t *testing.T, document []byte) {
	t.Helper()
	dec := xml.NewDecoder(bytes.NewReader(document))
	var open []string
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			e, known := elements[token.Name.Local]
			if len(open) > 0 {
				known = known && slices.Contains(elements[open[len(open)-1]].children, token.Name.Local)
			}
			if !known {
				t.Fatalf("the schema has no %s in %q", token.Name.Local, open)
			}
			var has []string
			for _, a := range token.Attr {
				has = append(has, a.Name.Local)
				if !slices.Contains(slices.Concat(e.required, e.optional), a.Name.Local) {
					t.Errorf("the schema has no attribute %s of %s", a.Name.Local, token.Name.Local)
				}
			}
			for _, name := range e.required {
				if !slices.Contains(has, name) {
					t.Errorf("a %s lacks %s", token.Name.Local, name)
				}
			}
			open = append(open, token.Name.Local)
		case xml.EndElement:
			open = open[:len(open)-1]
		}
	}
}

// TestJUnitTimes: the time of a suite is the sum of its cases', and that of all is how long the run took.
func TestJUnitTimes(t *testing.T) {
	t.Parallel()
	run := sampleRun()
	_, parsed := junitOf(t, run)
	number := func(text string) float64 {
		t.Helper()
		n, err := strconv.ParseFloat(text, 64)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	spent := 0.0
	for _, suite := range parsed.Suites {
		sum := 0.0
		for _, c := range suite.Cases {
			sum += number(c.Time)
		}
		if math.Abs(sum-number(suite.Time)) > 0.0005 {
			t.Errorf("%s takes %s, its cases %f", suite.Name, suite.Time, sum)
		}
		spent += sum
	}
	if want := float64(run.DurationMS) / 1000; number(parsed.Time) != want || spent == 0 {
		t.Errorf("the run takes %s, want %f; its cases take %f", parsed.Time, want, spent)
	}
}

// TestCaseOutput: the output of a case says where the evidence is, and, of a fault, what happened, but no message.
func TestCaseOutput(t *testing.T) {
	t.Parallel()
	result := results.Result{
		Scenario: "a/b", Title: "a title", Verdict: verdict.Fail, Cause: "accepted-expired", Level: "must", Requirements: []string{"TW-1", "TW-2"},
		Evidence: results.Evidence{Ladder: "evidence/a/b/ladder.txt", Observations: "evidence/a/b/observations.jsonl"},
	}
	const facts = `
title        a title
verdict      fail
cause        accepted-expired
level        must
requirement  TW-1, TW-2
evidence     evidence/a/b/ladder.txt
evidence     evidence/a/b/observations.jsonl
`
	events := func(from, to int) (text string) {
		for i := from; i < to; i++ {
			text += fmt.Sprintf("%11.6f  tls-1   device ----> mock   OPTIONS %d\n", float64(i)/10, i)
		}
		return text
	}
	const begin = "   1.000000  tls-1   device ----> mock   OPTIONS "
	wide := ladder(0) + begin + strings.Repeat("é", 1000) + "\x1b[31m\n"
	for _, c := range []struct {
		name     string
		verdict  verdict.Verdict
		evidence Evidence
		want     string
	}{
		{"a short ladder", verdict.Fail, ladderOf(ladder(3)), facts + "\n" + events(0, 3)},
		{"a long ladder", verdict.Fail, ladderOf(ladder(500)), facts + "\n" + events(0, 8) + "   … 472 more\n" + events(480, 500)},
		{"a wide line", verdict.Fail, ladderOf(wide),
			facts + "\n" + begin + strings.Repeat("é", excerptColumns-1-len(begin)) + "…\n"},
		{"a ladder without events", verdict.Fail, ladderOf(ladder(0)), facts},
		{"no ladder", verdict.Fail, func(string) (io.ReadCloser, error) { return nil, errors.New("it is not there") }, facts},
		{"no evidence", verdict.Fail, nil, facts},
		{"a pass", verdict.Pass, ladderOf(ladder(3)), strings.Replace(facts, "fail", "pass", 1)},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := result
			r.Verdict = c.verdict
			if got := caseOutput(&r, c.evidence); got != c.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, c.want)
			}
		})
	}
	endless := io.NopCloser(io.MultiReader(strings.NewReader(ladder(3)), forever{}))
	if got := excerpt("a", func(string) (io.ReadCloser, error) { return endless, nil }); len(got) > (excerptHead+excerptTail+2)*excerptColumns*4 {
		t.Errorf("the excerpt of a ladder without end has %d bytes", len(got))
	}
}

// forever is a ladder without an end.
type forever struct{}

func (forever) Read(p []byte) (int, error) { return copy(p, "   1.000000  tls-1  again\n"), nil }

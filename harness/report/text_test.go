package report

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"unicode"

	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/internal/testkit"
)

func textOf(t *testing.T, run *results.Run, opts TextOptions) string {
	t.Helper()
	var out bytes.Buffer
	if err := Text(&out, run, opts); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestText(t *testing.T) {
	t.Parallel()
	got := textOf(t, sampleRun(), TextOptions{Folder: "report", Page: "report/report.html", Requirements: sampleRequirements()})
	testkit.Golden(t, "text.golden.txt", []byte(got))
}

func TestTextColour(t *testing.T) {
	t.Parallel()
	got := textOf(t, sampleRun(), TextOptions{Style: Style{Colour: true}})
	for _, want := range []string{
		"\x1b[31mFAIL\x1b[0m  \x1b[1mtwilio/voice/register/tls1.1/deprecated-off\x1b[0m\n",
		"\x1b[35minconclusive\x1b[0m  cisco/ucm/call-in/srtp/hold",
		"\x1b[32m29 pass\x1b[0m",
		"\x1b[31;1mNOT CONFORMANT\x1b[0m: 2 scenarios failed, 1 waived (exit code 1)\n",
		"TW-TLS-05 (must)\n", // without a catalogue nothing more is known
	} {
		if !strings.Contains(got, want) {
			t.Errorf("lacks %q:\n%q", want, got)
		}
	}
}

func TestTextOutcomes(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		verdict verdict.Verdict
		filter  string
		core    []string
		want    string
	}{
		{verdict.Pass, "", []string{"s"}, "CONFORMANT: 1 scenario concluded, none failed (exit code 0)\n"},
		{verdict.Pass, "area:tls", []string{"s", "t"}, "CONFORMANT: in what was asked, 1 scenario concluded, none failed; partial: filter (exit code 0)\n"},
		{verdict.Fail, "", []string{"s"}, "NOT CONFORMANT: 1 scenario failed (exit code 1)\n"},
		{verdict.Inconclusive, "", []string{"s"}, "INCONCLUSIVE: nothing was concluded (exit code 3)\n"},
		{verdict.Error, "", []string{"s"}, "HARNESS ERROR: the harness itself failed in 1 scenario (exit code 4)\n"},
	} {
		run := &results.Run{Results: []results.Result{{Scenario: "s", Level: "must", Verdict: test.verdict, Cause: "c"}}}
		run.Plan = results.Plan{Filter: test.filter, Parts: []results.Part{{Scenarios: 1, Core: test.core}}}
		run.Conclude()
		if got := textOf(t, run, TextOptions{}); !strings.HasSuffix(got, "\n"+test.want) {
			t.Errorf("%s: %q does not end in %q", test.verdict, got, test.want)
		}
	}
}

// TestTextFoldsWhatIsBlocked: what a fault blocks is told beside the fault, and otherwise
// like anything that is open.
func TestTextFoldsWhatIsBlocked(t *testing.T) {
	t.Parallel()
	blocked := func(id, root string) results.Result {
		return results.Result{Scenario: id, Level: "must", Verdict: verdict.Inconclusive, Cause: results.BlockedCause,
			Blocked: &results.Blocked{Scenario: root, Cause: "c"}}
	}
	run := &results.Run{Results: []results.Result{
		{Scenario: "root", Verdict: verdict.Fail, Cause: "c"}, blocked("one", "root"), blocked("two", "root"),
		{Scenario: "should", Verdict: verdict.Deviation, Cause: "c"}, blocked("three", "should"),
		{Scenario: "open", Level: "must", Verdict: verdict.Inconclusive, Cause: "silent"},
		blocked("self", "self"), blocked("stray", "gone"),
	}}
	run.Conclude()
	got := textOf(t, run, TextOptions{})
	for _, want := range []string{
		"FAIL  root\n      cause       c\n      blocks      2 scenarios\n", "deviation  should ()  c (blocks 1 scenario)\n",
		"inconclusive  open (must)  silent\n", "inconclusive  self (must)  blocked\n", "inconclusive  stray (must)  blocked\n",
		"6 inconclusive (5 blocked)",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("lacks %q:\n%s", want, got)
		}
	}
	for _, absent := range []string{"one", "two", "three"} {
		if strings.Contains(got, "inconclusive  "+absent) {
			t.Errorf("%s has a line of its own:\n%s", absent, got)
		}
	}
}

func TestTextIsBounded(t *testing.T) {
	t.Parallel()
	run := &results.Run{}
	for i := range most + 3 {
		run.Results = append(run.Results, results.Result{Scenario: fmt.Sprint("s", i), Verdict: verdict.Inconclusive, Cause: "c"})
	}
	run.Conclude()
	got := textOf(t, run, TextOptions{})
	if n := strings.Count(got, "inconclusive  s"); n != most || !strings.Contains(got, "inconclusive  and 3 more\n") {
		t.Errorf("%d scenarios listed:\n%s", n, got)
	}
}

func TestFew(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ list, want string }{
		{"", ""},
		{"a b c d e f g", "a b c d e f g"},
		{"a b c d e f g h", "a b c d e f and 2 more"},
	} {
		if got := strings.Join(few(strings.Fields(test.list)), " "); got != test.want {
			t.Errorf("few of %q is %q, want %q", test.list, got, test.want)
		}
	}
}

func TestTextShowsNothingInvisible(t *testing.T) {
	t.Parallel()
	var live bytes.Buffer
	run := hostileRun()
	p := NewProgress(&live, ProgressOptions{Total: 1})
	p.Done(results.Result{Scenario: hostile, Cause: hostile, Verdict: verdict.Fail})
	p.Close()
	for _, got := range []string{textOf(t, run, TextOptions{Requirements: sampleRequirements()}), live.String()} {
		if i := strings.IndexFunc(got, func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }); i >= 0 {
			t.Errorf("unprintable character in %q", got[max(0, i-20):i+4])
		}
	}
}

// brokenWriter fails like a full disk.
type brokenWriter struct{}

var errFull = errors.New("disk full")

func (brokenWriter) Write([]byte) (int, error) { return 0, errFull }

func TestWriteErrorsAreReported(t *testing.T) {
	t.Parallel()
	run := sampleRun()
	for name, err := range map[string]error{
		"text":  Text(brokenWriter{}, run, TextOptions{}),
		"junit": JUnit(brokenWriter{}, run, nil),
		"html":  HTML(brokenWriter{}, run, nil, nil),
	} {
		if !errors.Is(err, errFull) {
			t.Errorf("%s: %v, want %v", name, err, errFull)
		}
	}
}

func TestStyleOf(t *testing.T) {
	t.Parallel()
	file, err := os.Create(t.TempDir() + "/log")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	environment := func(pairs ...string) func(string) string {
		return func(name string) string {
			for i := 0; i < len(pairs); i += 2 {
				if pairs[i] == name {
					return pairs[i+1]
				}
			}
			return ""
		}
	}
	if got := StyleOf(file, environment()); got != (Style{}) {
		t.Errorf("style of a file is %+v", got)
	}
	file.Close()
	if got := StyleOf(file, environment()); got != (Style{}) {
		t.Errorf("style of a closed file is %+v", got)
	}
	terminal, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skip("no terminal can be opened:", err)
	}
	defer terminal.Close()
	for _, test := range []struct {
		env  []string
		want Style
	}{
		{nil, Style{Colour: true, Live: true}},
		{[]string{"NO_COLOR", "1"}, Style{Live: true}},
		{[]string{"TERM", "dumb"}, Style{}},
	} {
		if got := StyleOf(terminal, environment(test.env...)); got != test.want {
			t.Errorf("style of a terminal with %q is %+v, want %+v", test.env, got, test.want)
		}
	}
}

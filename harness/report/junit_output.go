package report

import (
	"bufio"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/sipconform/sipconform/harness/report/printable"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
)

// Evidence opens a file of evidence by its path in the report. Nil stands for a report whose evidence is not there.
type Evidence func(path string) (io.ReadCloser, error)

// caseOutput returns what a CI system shows as the output of a case: what the verdict is about, where the evidence is, and, of a
// fail, an error or a deviation, what happened.
func caseOutput(r *results.Result, evidence Evidence) string {
	var text strings.Builder
	field := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&text, "%-12s %s\n", name, value)
		}
	}
	text.WriteByte('\n')
	field("title", r.Title)
	field("verdict", string(r.Verdict))
	field("cause", r.Cause)
	field("level", r.Level)
	field("requirement", strings.Join(r.Requirements, ", "))
	field("direction", r.Direction)
	field("role", r.Role)
	field("profile", r.Revisions)
	for _, f := range evidenceFiles(r.Evidence) {
		field("evidence", f.Path)
	}
	switch r.Verdict {
	case verdict.Fail, verdict.Error, verdict.Deviation:
		text.WriteString(excerpt(r.Evidence.Ladder, evidence))
	}
	return text.String()
}

// The bounds of an excerpt of a ladder.
const (
	excerptHead    = 8        // lines from the beginning
	excerptTail    = 20       // lines from the end, where most faults show
	excerptColumns = 140      // of a line
	excerptBytes   = 16 << 20 // that are read: a device can make a ladder long
)

// excerpt returns the events of a ladder without the messages, which can have secrets in them, and without those in the middle of
// many. It is empty if there is no ladder.
func excerpt(path string, evidence Evidence) string {
	if path == "" || evidence == nil {
		return ""
	}
	file, err := evidence(path)
	if err != nil {
		return ""
	}
	defer file.Close()
	var head, tail []string
	left := 0 // events that are not in the excerpt
	for lines := bufio.NewReader(io.LimitReader(file, excerptBytes)); ; {
		line, err := event(lines)
		switch {
		case line == "":
		case len(head) < excerptHead:
			head = append(head, line)
		default:
			if tail = append(tail, line); len(tail) > excerptTail {
				tail, left = tail[1:], left+1
			}
		}
		if err != nil {
			break
		}
	}
	if len(head) == 0 {
		return ""
	}
	if left > 0 {
		head = append(head, fmt.Sprintf("   … %d more", left))
	}
	return "\n" + strings.Join(append(head, tail...), "\n") + "\n"
}

// event reads a line of a ladder, and returns it if it is an event: those begin with spaces and the seconds. It is cut to a width.
func event(lines *bufio.Reader) (string, error) {
	line, long, err := lines.ReadLine()
	text := string(line)
	for long && err == nil {
		_, long, err = lines.ReadLine()
	}
	after := strings.TrimLeft(text, " ")
	if len(after) == len(text) || after == "" || after[0] < '0' || after[0] > '9' {
		return "", err
	}
	shown := []rune(printable.Line(text))
	if len(shown) > excerptColumns {
		shown = append(shown[:excerptColumns-1], '…')
	}
	return string(shown), err
}

// evidenceFile is a file of evidence and its name for a reader.
type evidenceFile struct{ Name, Path string }

// evidenceFiles returns the files that exist, in the order in which a reader wants
// them.
func evidenceFiles(e results.Evidence) []evidenceFile {
	all := []evidenceFile{
		{"ladder", e.Ladder}, {"capture", e.Capture}, {"certificates", e.Chain}, {"media in clear", e.Media},
	}
	for _, sound := range e.Sounds {
		all = append(all, evidenceFile{"sound of " + strings.TrimSuffix(path.Base(sound), ".wav"), sound})
	}
	all = append(all, evidenceFile{"device output", e.Device}, evidenceFile{"observations", e.Observations})
	var files []evidenceFile
	for _, f := range all {
		if f.Path != "" {
			files = append(files, f)
		}
	}
	return files
}

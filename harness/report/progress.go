package report

import (
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/sipconform/sipconform/harness/report/printable"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
)

// Progress shows how far a run has come: on a live console in one line that it
// overwrites, elsewhere in a line for each tenth of the run. Fails and errors get a
// line of their own at once. Its methods may be called from any goroutine. Write
// errors are ignored, since progress is not a result.
type Progress struct {
	w     io.Writer
	style Style
	total int

	mu      sync.Mutex
	done    int
	summary results.Summary
}

// NewProgress returns a Progress for a run of total scenarios.
func NewProgress(w io.Writer, style Style, total int) *Progress {
	return &Progress{w: w, style: style, total: total}
}

// Done adds a scenario's result.
func (p *Progress) Done(r results.Result) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done++
	one := results.Summarise([]results.Result{r})
	p.summary.Fail += one.Fail
	p.summary.Error += one.Error
	p.summary.Inconclusive += one.Inconclusive

	var out strings.Builder
	if p.style.Live {
		out.WriteString("\r\x1b[K") // ECMA-48 EL: erase to the end of the line
	}
	if r.Verdict == verdict.Fail || r.Verdict == verdict.Error {
		word := strings.ToUpper(string(r.Verdict))
		if r.Waived != nil {
			word += " (waived)"
		}
		fmt.Fprintf(&out, "%s  %s  %s\n", p.style.paint(colourOf(r.Verdict), word),
			printable.Line(r.Name()), p.style.paint(faint, printable.Line(r.Cause)))
	}
	switch {
	case p.style.Live:
		out.WriteString(p.line(r.Name()))
	case p.done == p.total || p.done*10/max(p.total, 1) > (p.done-1)*10/max(p.total, 1):
		out.WriteString(p.counts() + "\n")
	}
	io.WriteString(p.w, out.String())
}

// Close removes the live line.
func (p *Progress) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.style.Live {
		io.WriteString(p.w, "\r\x1b[K")
	}
}

func (p *Progress) counts() string {
	text := fmt.Sprintf("%d of %d scenarios", p.done, p.total)
	for _, c := range []struct {
		n    int
		word string
	}{{p.summary.Fail, "failed"}, {p.summary.Inconclusive, "inconclusive"}, {p.summary.Error, "in error"}} {
		if c.n > 0 {
			text += fmt.Sprintf(", %d %s", c.n, c.word)
		}
	}
	return text
}

// line returns the live line. A line that wraps could not be overwritten, so the
// scenario's name is cut to fit 79 columns.
func (p *Progress) line(scenario string) string {
	const columns = 79
	counts := p.counts()
	room := columns - len(counts) - len("  ")
	name := []rune(printable.Line(scenario))
	if len(name) > room {
		if room < 10 {
			return counts
		}
		name = append([]rune("…"), name[len(name)-room+1:]...)
	}
	return counts + "  " + p.style.paint(faint, string(name))
}

package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sipconform/sipconform/harness/report/printable"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
)

// Progress shows how far a run has come: on a live console in one line that it
// overwrites, elsewhere in a line for each tenth of the run, and after a minute without
// one. Fails and errors get a line of their own at once. Its methods may be called from
// any goroutine. Write errors are ignored, since progress is not a result.
type Progress struct {
	w     io.Writer
	style Style
	total int
	quiet bool

	mu      sync.Mutex
	timer   *time.Timer // that calls tick; nil after Close
	began   time.Time
	printed time.Time // the last line that stays
	done    int
	summary results.Summary
	running map[string]time.Time // since when, by ID
	ended   map[string]bool      // each scenario that has run
	skipped int                  // results of scenarios that did not run
}

// ProgressOptions say how a [Progress] shows a run.
type ProgressOptions struct {
	Style Style
	Total int // scenarios
	// Quiet leaves out what is printed only because time passes: somebody is asked to do
	// things at the same console.
	Quiet bool
}

const (
	// beat is how often a live line is written anew, so that its times go on.
	beat = time.Second
	// silence is how long a log that is not live has no line.
	silence = time.Minute
	// soon is how much of a run has to be over before the rest is estimated.
	soon = 3
	// slowest is how many scenarios a log's line names that run longest, if they have run
	// for as long as slow.
	slowest, slow = 3, 5 * time.Second
	// columns is the width of a live line. One that wraps could not be overwritten.
	columns = 79
)

// NewProgress returns a Progress of a run that begins now. The caller must Close it.
func NewProgress(w io.Writer, o ProgressOptions) *Progress {
	now := time.Now()
	p := &Progress{
		w: w, style: o.Style, total: o.Total, quiet: o.Quiet, began: now, printed: now,
		running: make(map[string]time.Time), ended: make(map[string]bool),
	}
	if o.Style.Live || !o.Quiet {
		p.mu.Lock()
		p.timer = time.AfterFunc(beat, p.tick)
		p.mu.Unlock()
	}
	return p
}

// Begun says that a scenario runs from now on.
func (p *Progress) Begun(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.running[id] = time.Now()
}

// Ended says that a scenario does not run any more. Its result may come later.
func (p *Progress) Ended(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.running, id)
	p.ended[id] = true
}

// tick writes what is due because time has passed.
func (p *Progress) tick() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.timer == nil {
		return
	}
	switch {
	case p.style.Live:
		io.WriteString(p.w, erase+p.line())
	case time.Since(p.printed) >= silence:
		p.print(p.counts() + p.times() + p.longest() + "\n")
	}
	p.timer.Reset(beat)
}

// erase has the next text overwrite the live line: ECMA-48 EL.
const erase = "\r\x1b[K"

// print writes lines that stay.
func (p *Progress) print(text string) {
	io.WriteString(p.w, text)
	p.printed = time.Now()
}

// Done adds a scenario's result.
func (p *Progress) Done(r results.Result) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done++
	if !p.ended[r.Scenario] {
		p.skipped++
	}
	one := results.Summarise([]results.Result{r})
	p.summary.Fail += one.Fail
	p.summary.Error += one.Error
	p.summary.Inconclusive += one.Inconclusive

	var out strings.Builder
	if p.style.Live {
		out.WriteString(erase)
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
		out.WriteString(p.line())
	case p.done == p.total || p.done*10/max(p.total, 1) > (p.done-1)*10/max(p.total, 1):
		out.WriteString(p.counts() + p.times() + p.longest() + "\n")
	}
	if out.Len() > 0 {
		p.print(out.String())
	}
}

// Close removes the live line. Nothing is written after it.
func (p *Progress) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.timer != nil {
		p.timer.Stop()
		p.timer = nil
	}
	if p.style.Live {
		io.WriteString(p.w, erase)
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

// times says how long the run has taken, and about how long the rest will take: as long as the part of it that has run did, for
// each scenario. Results that come without a run take no time.
func (p *Progress) times() string {
	elapsed := time.Since(p.began)
	text := "; " + span(elapsed.Truncate(time.Second))
	rest := p.total - p.skipped - len(p.ended)
	if ran := len(p.ended); ran >= soon && rest > 0 && elapsed >= soon*time.Second {
		text += ", about " + span(coarse(elapsed*time.Duration(rest)/time.Duration(ran))) + " left"
	}
	return text
}

// coarse rounds an estimate, so that it does not look like more than it is.
func coarse(d time.Duration) time.Duration {
	if d < 2*time.Minute {
		return max(d.Round(5*time.Second), 5*time.Second)
	}
	return d.Round(time.Minute)
}

// span writes a duration in the two largest units that it has.
func span(d time.Duration) string {
	hours, minutes, secs := int(d.Hours()), int(d.Minutes())%60, int(d.Seconds())%60
	switch {
	case hours > 0 && minutes > 0:
		return fmt.Sprintf("%d h %d min", hours, minutes)
	case hours > 0:
		return fmt.Sprintf("%d h", hours)
	case minutes > 0 && secs > 0:
		return fmt.Sprintf("%d min %d s", minutes, secs)
	case minutes > 0:
		return fmt.Sprintf("%d min", minutes)
	}
	return fmt.Sprintf("%d s", secs)
}

// oldest returns the scenarios that run, the one first that runs longest.
func (p *Progress) oldest() []string {
	var ids []string
	for id := range p.running {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b string) int { return cmp.Or(p.running[a].Compare(p.running[b]), strings.Compare(a, b)) })
	return ids
}

// longest names the slow scenarios that run longest now, with their times.
func (p *Progress) longest() string {
	var named []string
	ids := slices.DeleteFunc(p.oldest(), func(id string) bool { return time.Since(p.running[id]) < slow })
	for _, id := range ids[:min(len(ids), slowest)] {
		named = append(named, fmt.Sprintf("%s (%s)", printable.Line(id), span(time.Since(p.running[id]))))
	}
	if len(named) == 0 {
		return ""
	}
	return "; longest now: " + strings.Join(named, ", ")
}

// line returns the live line: counts, times, and the scenario that runs longest now, as far as there is room. A name is cut to
// its end, which tells more of it.
func (p *Progress) line() string {
	text := p.counts()
	if times := p.times(); len(text)+len(times) <= columns {
		text += times
	}
	ids := p.oldest()
	if len(ids) == 0 {
		return text
	}
	took := " " + span(time.Since(p.running[ids[0]]))
	room := columns - len(text) - len("  ") - len(took)
	name := []rune(printable.Line(ids[0]))
	if len(name) > room {
		if room < 10 {
			return text
		}
		name = append([]rune("…"), name[len(name)-room+1:]...)
	}
	return text + "  " + p.style.paint(faint, string(name)+took)
}

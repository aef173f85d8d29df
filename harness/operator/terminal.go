package operator

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"
	"sync/atomic"

	"github.com/sipconform/sipconform/harness/report"
	"github.com/sipconform/sipconform/harness/report/printable"
)

const (
	// maxLine bounds a line of input.
	maxLine = 1024
	// ahead is how many lines may wait to be obeyed.
	ahead = 16
)

// Terminal is a front of a desk: it prints each task to out and takes answers from in, a line each, such as "done" or
// "skip the phone has no such setting". It returns when ctx ends or the input does, and has then left the desk. A
// task that is asked meanwhile is left to the other fronts, or skipped if there are none: see [Desk.Ask].
//
// A read of a terminal cannot be ended, so the goroutine that reads from in lasts until the read that it waits for returns.
func Terminal(ctx context.Context, in io.Reader, out io.Writer, desk *Desk, style report.Style) {
	leave := desk.Attend()
	defer leave()
	t := &terminal{out: out, desk: desk, style: style}
	lines := t.read(ctx, in)
	for {
		changes := desk.Changes()
		t.show(desk.Current())
		select {
		case <-changes:
		case l, more := <-lines:
			if !more {
				t.say("end of input: this terminal takes no more answers")
				return
			}
			t.obey(l)
		case <-ctx.Done():
			return
		}
	}
}

type terminal struct {
	out   io.Writer
	desk  *Desk
	style report.Style
	shown atomic.Int64 // the ID of the task that was printed last and is not over; 0 for none
}

// line is a line of input.
type line struct {
	text string
	long bool // longer than maxLine
	task int  // that was shown when it came
}

// read reads lines. Each is for the task that is shown when it comes: one that is typed ahead does not hit the next task.
func (t *terminal) read(ctx context.Context, in io.Reader) <-chan line {
	lines := make(chan line, ahead)
	go func() {
		defer close(lines)
		input := bufio.NewReaderSize(in, maxLine)
		for {
			text, more, err := input.ReadLine()
			l := line{string(text), more, int(t.shown.Load())}
			for more && err == nil {
				_, more, err = input.ReadLine()
			}
			if err != nil {
				return
			}
			select {
			case lines <- l:
			case <-ctx.Done():
				return
			}
		}
	}()
	return lines
}

// show prints the task that is asked now, unless it is on the terminal already.
func (t *terminal) show(id int, task Task, ok bool) {
	before := int(t.shown.Load())
	if id == before {
		return
	}
	t.shown.Store(int64(id))
	if before != 0 {
		t.say("there is nothing more to do for that")
	}
	if !ok {
		return
	}
	var b strings.Builder
	head := "To do"
	if task.Total > 0 {
		head = fmt.Sprintf("To do, scenario %d of %d", task.Number, task.Total)
	}
	fmt.Fprintf(&b, "\n%s: %s\n", t.style.Bold(head), printable.Line(task.Title))
	if task.Scenario != "" {
		fmt.Fprintf(&b, "  %s\n", t.style.Faint(printable.Line(task.Scenario)))
	}
	for i, do := range task.Do {
		fmt.Fprintf(&b, "  %d. %s\n", i+1, printable.Line(do))
	}
	width := 0
	for _, s := range task.Sheet {
		width = max(width, len(printable.Line(s.Name)))
	}
	for _, s := range task.Sheet {
		fmt.Fprintf(&b, "     %-*s  %s\n", width, printable.Line(s.Name), t.style.Bold(printable.Line(s.Value)))
	}
	fmt.Fprintf(&b, "  %s\n", t.style.Faint("then type done; or "+usage()+"; help explains them"))
	t.print(b.String())
}

// usage lists the answers but the first.
func usage() string {
	var words []string
	for _, c := range Choices()[1:] {
		word := string(c.Answer)
		if c.Why {
			word += " [why]"
		}
		words = append(words, word)
	}
	return strings.Join(words, ", ")
}

// obey gives the answer that a line says.
func (t *terminal) obey(l line) {
	word, why, _ := strings.Cut(strings.TrimSpace(l.text), " ")
	word, why = strings.ToLower(word), strings.TrimSpace(why)
	switch {
	case l.long:
		t.say(fmt.Sprintf("a line is longer than %d bytes, and was not taken", maxLine))
		return
	case word == "":
		return
	case word == "help", word == "h", word == "?":
		t.help()
		return
	}
	for _, c := range Choices() {
		if word != string(c.Answer) && word != c.Letter {
			continue
		}
		t.answer(c, why, l.task)
		return
	}
	t.say(fmt.Sprintf("there is no answer %s: type done, or %s", printable.Line(fmt.Sprintf("%.40q", word)), usage()))
}

func (t *terminal) answer(c Choice, why string, task int) {
	switch {
	case why != "" && !c.Why:
		t.say(fmt.Sprintf("%s takes no words after it, and was not taken", c.Answer))
		return
	case task == 0:
		t.say("there is nothing to answer now")
		return
	}
	if err := t.desk.Answer(task, c.Answer, why); err != nil { // it is over meanwhile
		t.say("there is nothing to answer now: that task is over")
		return
	}
	t.shown.CompareAndSwap(int64(task), 0) // it is known here that it is over
}

func (t *terminal) help() {
	var b strings.Builder
	for _, c := range Choices() {
		word := fmt.Sprintf("%s, %s", c.Answer, c.Letter)
		if c.Why {
			word += " [why]"
		}
		fmt.Fprintf(&b, "  %-18s %s\n", word, c.Means)
	}
	t.print(b.String())
}

func (t *terminal) say(text string) { t.print("  " + text + "\n") }

// print writes whole lines. Where the console has a live line, they replace it: ECMA-48 EL erases to its end.
func (t *terminal) print(text string) {
	if t.style.Live {
		text = "\r\x1b[K" + text
	}
	_, _ = io.WriteString(t.out, text) // what cannot be shown here is on the page
}

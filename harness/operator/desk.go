package operator

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/sipconform/sipconform/harness/report/printable"
)

// MaxWhy is how much is kept of what a person gives as a reason, in bytes.
const MaxWhy = 500

// Nobody is the reason with which tasks are skipped once every front has left.
const Nobody = "nobody is at the desk any more: every terminal and page was closed"

// ErrOver is wrapped by the error of an answer to a task that is over: it was answered, or withdrawn.
var ErrOver = errors.New("the task is over")

// Desk shows one task at a time to any number of fronts, and takes the first answer to it. Its methods may be called from
// any goroutine.
type Desk struct {
	turn chan struct{} // holds one while a task is asked; the others queue

	mu       sync.Mutex
	last     int           // the newest task's ID
	asked    *asked        // nil if nothing is asked
	changed  chan struct{} // closed at the next change; nil if nobody waits for that
	fronts   int
	attended bool // there was a front
}

// asked is a task that waits for an answer.
type asked struct {
	id     int
	task   Task
	over   chan struct{} // closed with the answer
	answer Answer
	why    string
}

// New returns an empty desk.
func New() *Desk { return &Desk{turn: make(chan struct{}, 1)} }

// Ask shows a task once those that were asked before are over, and returns the answer to it. Why is the reason that a person
// gave with [Skip] or [Cannot], in printable characters and at most [MaxWhy] bytes. When ctx ends first, because the
// wire has shown what was wanted or nobody answers, the task is withdrawn and the error is the context's cause.
//
// A desk without a front waits for one. A desk that the last front has left skips every task, with the reason [Nobody].
func (d *Desk) Ask(ctx context.Context, t Task) (a Answer, why string, err error) {
	select {
	case d.turn <- struct{}{}:
		defer func() { <-d.turn }()
	case <-ctx.Done():
	}
	if ctx.Err() != nil {
		return "", "", context.Cause(ctx)
	}
	t.Do, t.Sheet = slices.Clone(t.Do), slices.Clone(t.Sheet)
	one := d.show(t)
	select {
	case <-one.over:
	case <-ctx.Done():
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if one.answer != "" { // whoever gave it was told that it counts
		return one.answer, one.why, nil
	}
	d.asked = nil
	d.change()
	return "", "", context.Cause(ctx)
}

// show lays a task on the desk.
func (d *Desk) show(t Task) *asked {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.last++
	d.asked = &asked{id: d.last, task: t, over: make(chan struct{})}
	one := d.asked
	if d.attended && d.fronts == 0 {
		d.answer(Skip, Nobody)
	}
	d.change()
	return one
}

// Current returns the task that is asked now, and its ID. It returns false if there is none.
func (d *Desk) Current() (id int, t Task, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.asked == nil {
		return 0, Task{}, false
	}
	return d.asked.id, d.asked.task, true
}

// Changes returns a channel that is closed when the current task is another, or none. Whoever follows the desk takes
// it before Current.
func (d *Desk) Changes() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.changed == nil {
		d.changed = make(chan struct{})
	}
	return d.changed
}

// Answer answers the task with that ID. The error wraps [ErrOver] if it is over: an answer never counts for another task.
func (d *Desk) Answer(id int, a Answer, why string) error {
	c, known := choice(a)
	if !known {
		return fmt.Errorf("operator: %q is no answer: use one of done, skip, cannot, again, back", a)
	}
	if !c.Why {
		why = ""
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.asked == nil || d.asked.id != id {
		return fmt.Errorf("operator: %w: %q came too late, and changes nothing", ErrOver, a)
	}
	d.answer(a, bounded(why))
	d.change()
	return nil
}

// Attend tells that there is a front, until leave is called. Call it before the first task is asked.
func (d *Desk) Attend() (leave func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fronts++
	d.attended = true
	return sync.OnceFunc(d.leave)
}

func (d *Desk) leave() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fronts--
	if d.fronts == 0 && d.asked != nil {
		d.answer(Skip, Nobody)
		d.change()
	}
}

// answer ends the task that is asked.
func (d *Desk) answer(a Answer, why string) {
	d.asked.answer, d.asked.why = a, why
	close(d.asked.over)
	d.asked = nil
}

func (d *Desk) change() {
	if d.changed != nil {
		close(d.changed)
		d.changed = nil
	}
}

// bounded returns a reason that can be shown anywhere.
func bounded(why string) string {
	cut := func(text string) string {
		if len(text) <= MaxWhy {
			return text
		}
		return strings.ToValidUTF8(text[:MaxWhy], "")
	}
	return cut(printable.Line(strings.TrimSpace(cut(why)))) // what is not printable is longer in its place
}

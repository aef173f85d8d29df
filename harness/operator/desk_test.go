package operator_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/harness/operator"
	"github.com/sipconform/sipconform/internal/testkit"
)

// outcome is what a task came to.
type outcome struct {
	answer operator.Answer
	why    string
	err    error
}

// ask asks for a task and returns where its outcome appears.
func ask(ctx context.Context, d *operator.Desk, title string) <-chan outcome {
	over := make(chan outcome, 1)
	go func() {
		a, why, err := d.Ask(ctx, operator.Task{Title: title})
		over <- outcome{a, why, err}
	}()
	return over
}

// await returns the ID of the task with that title as soon as it is asked; the empty title is none.
func await(t *testing.T, d *operator.Desk, title string) int {
	t.Helper()
	for {
		changes := d.Changes()
		if id, task, ok := d.Current(); task.Title == title && ok == (title != "") {
			return id
		}
		testkit.Receive(t, changes, "the task "+title)
	}
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("ä", operator.MaxWhy)
	for name, c := range map[string]struct {
		answer operator.Answer
		why    string
		want   outcome
	}{
		"done":                  {operator.Done, "", outcome{operator.Done, "", nil}},
		"done takes no reason":  {operator.Done, "lunch", outcome{operator.Done, "", nil}},
		"again":                 {operator.Again, "", outcome{operator.Again, "", nil}},
		"back":                  {operator.Back, "", outcome{operator.Back, "", nil}},
		"skip":                  {operator.Skip, " no such menu ", outcome{operator.Skip, "no such menu", nil}},
		"cannot":                {operator.Cannot, "no TLS", outcome{operator.Cannot, "no TLS", nil}},
		"skip without a reason": {operator.Skip, "", outcome{operator.Skip, "", nil}},
		"a reason is printable": {operator.Skip, "a\x1b[31mb\u202e", outcome{operator.Skip, `a\x1b[31mb\u202e`, nil}},
		"a reason is bounded":   {operator.Skip, long, outcome{operator.Skip, long[:operator.MaxWhy], nil}},
		"and so when it is longer": {operator.Skip, strings.Repeat("\x1b", operator.MaxWhy),
			outcome{operator.Skip, strings.Repeat(`\x1b`, operator.MaxWhy/4), nil}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := operator.New()
			over := ask(testkit.Context(t), d, "press Register")
			if err := d.Answer(await(t, d, "press Register"), c.answer, c.why); err != nil {
				t.Fatal(err)
			}
			if got := testkit.Receive(t, over, "the answer"); got != c.want {
				t.Errorf("it came to %+v, want %+v", got, c.want)
			}
			if _, _, ok := d.Current(); ok {
				t.Error("the task is still asked")
			}
		})
	}
}

// TestLate: an answer that comes too late, or that is none, changes nothing, least of all the next task.
func TestLate(t *testing.T) {
	t.Parallel()
	d := operator.New()
	first := ask(testkit.Context(t), d, "first")
	id := await(t, d, "first")
	if err := d.Answer(id, "pass", ""); err == nil || !strings.Contains(err.Error(), "use one of done") {
		t.Errorf("the answer pass is taken: %v", err)
	}
	if err := d.Answer(id, operator.Done, ""); err != nil {
		t.Fatal(err)
	}
	testkit.Receive(t, first, "the answer")
	second := ask(testkit.Context(t), d, "second")
	next := await(t, d, "second")
	if err := d.Answer(id, operator.Skip, "late"); !errors.Is(err, operator.ErrOver) {
		t.Errorf("a second answer: %v", err)
	}
	if err := d.Answer(next+1, operator.Skip, ""); !errors.Is(err, operator.ErrOver) {
		t.Errorf("an answer to a task that is not asked yet: %v", err)
	}
	if err := d.Answer(next, operator.Done, ""); err != nil {
		t.Fatal(err)
	}
	if got := testkit.Receive(t, second, "the second answer"); got.answer != operator.Done {
		t.Errorf("the second task came to %+v", got)
	}
}

// TestWithdrawn: the end of the context withdraws a task, and the next one is asked.
func TestWithdrawn(t *testing.T) {
	t.Parallel()
	d := operator.New()
	shown := errors.New("the wire has shown it")
	ctx, end := context.WithCancelCause(testkit.Context(t))
	first := ask(ctx, d, "first")
	id := await(t, d, "first")
	second := ask(testkit.Context(t), d, "second")
	waiting, stop := context.WithCancelCause(testkit.Context(t))
	third := ask(waiting, d, "third")
	stop(shown)
	if got := testkit.Receive(t, third, "the third task"); !errors.Is(got.err, shown) {
		t.Errorf("a task that queued came to %+v", got)
	}
	end(shown)
	if got := testkit.Receive(t, first, "the first task"); !errors.Is(got.err, shown) || got.answer != "" {
		t.Errorf("the task came to %+v", got)
	}
	next := await(t, d, "second")
	if err := d.Answer(id, operator.Done, ""); !errors.Is(err, operator.ErrOver) {
		t.Errorf("an answer to a task that was withdrawn: %v", err)
	}
	if err := d.Answer(next, operator.Again, ""); err != nil {
		t.Fatal(err)
	}
	if got := testkit.Receive(t, second, "the second task"); got.answer != operator.Again {
		t.Errorf("the next task came to %+v", got)
	}
	await(t, d, "")
}

// TestFirstAnswer: of many answers at the same time, one counts, and it is the one that was taken.
func TestFirstAnswer(t *testing.T) {
	t.Parallel()
	d := operator.New()
	for range 50 {
		ctx, end := context.WithCancel(testkit.Context(t))
		over := ask(ctx, d, "press Register")
		id := await(t, d, "press Register")
		taken := make(chan operator.Answer, 4)
		for _, a := range []operator.Answer{operator.Done, operator.Skip, operator.Again} {
			go func() {
				if d.Answer(id, a, "") != nil {
					a = ""
				}
				taken <- a
			}()
		}
		go end()
		var counted []operator.Answer
		for range 3 {
			if a := testkit.Receive(t, taken, "an answer"); a != "" {
				counted = append(counted, a)
			}
		}
		got := testkit.Receive(t, over, "the task")
		switch {
		case len(counted) > 1, len(counted) == 1 && got.answer != counted[0], len(counted) == 0 && !errors.Is(got.err, context.Canceled):
			t.Fatalf("%v were taken, and the task came to %+v", counted, got)
		}
	}
}

// TestNobody: once the last front has left, tasks are skipped; before there is a front, they wait for one.
func TestNobody(t *testing.T) {
	t.Parallel()
	d := operator.New()
	over := ask(testkit.Context(t), d, "first")
	await(t, d, "first")
	leaveOne, leaveOther := d.Attend(), d.Attend()
	leaveOne()
	leaveOne()
	if _, _, ok := d.Current(); !ok {
		t.Error("the task is over while there is a front")
	}
	leaveOther()
	want := outcome{operator.Skip, operator.Nobody, nil}
	if got := testkit.Receive(t, over, "the task"); got != want {
		t.Errorf("the task came to %+v", got)
	}
	if got := testkit.Receive(t, ask(testkit.Context(t), d, "second"), "the next task"); got != want {
		t.Errorf("the next task came to %+v", got)
	}
	leave := d.Attend()
	third := ask(testkit.Context(t), d, "third")
	if err := d.Answer(await(t, d, "third"), operator.Done, ""); err != nil {
		t.Error(err)
	}
	if got := testkit.Receive(t, third, "the third task"); got.answer != operator.Done {
		t.Errorf("with a front again, a task came to %+v", got)
	}
	leave()
}

package operator_test

import (
	"context"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/sipconform/sipconform/harness/operator"
	"github.com/sipconform/sipconform/harness/report"
	"github.com/sipconform/sipconform/internal/testkit"
)

// console is a terminal that a test types at.
type console struct {
	t     *testing.T
	desk  *operator.Desk
	typed *io.PipeWriter
	ended chan struct{}

	mu   sync.Mutex
	text string
	new  chan struct{} // closed with the next output
}

func terminal(t *testing.T, style report.Style) *console {
	in, typed := io.Pipe()
	c := &console{t: t, desk: operator.New(), typed: typed, ended: make(chan struct{}), new: make(chan struct{})}
	ctx, end := context.WithCancel(testkit.Context(t))
	go func() {
		defer close(c.ended)
		operator.Terminal(ctx, in, c, c.desk, style)
	}()
	t.Cleanup(func() {
		end()
		typed.Close()
		testkit.Receive(t, c.ended, "the end of the terminal")
	})
	return c
}

func (c *console) Write(text []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.text += string(text)
	close(c.new)
	c.new = make(chan struct{})
	return len(text), nil
}

// prints waits until the terminal has printed something since it was last asked, and forgets it.
func (c *console) prints(what string) {
	c.t.Helper()
	for {
		c.mu.Lock()
		text, more := c.text, c.new
		if _, rest, ok := strings.Cut(text, what); ok {
			c.text = rest
			c.mu.Unlock()
			return
		}
		c.mu.Unlock()
		testkit.Receive(c.t, more, what+", after "+text)
	}
}

func (c *console) types(line string) {
	c.t.Helper()
	if _, err := io.WriteString(c.typed, line+"\n"); err != nil {
		c.t.Fatal(err)
	}
}

// TestTerminalTask: a task is printed with everything that it has, and nothing that a terminal obeys.
func TestTerminalTask(t *testing.T) {
	t.Parallel()
	c := terminal(t, report.Style{})
	over := make(chan outcome, 1)
	go func() {
		a, why, err := c.desk.Ask(testkit.Context(t), operator.Task{
			Scenario: "twilio/voice/register/tls1.2", Title: "Register over TLS 1.2\x1b[2J", Number: 3, Total: 40,
			Do:    []string{"set TLS 1.2 as the only version", "press Register"},
			Sheet: []operator.Setting{{Name: "TLS", Value: "1.2\nonly"}, {Name: "User name", Value: "alice"}},
		})
		over <- outcome{a, why, err}
	}()
	for _, line := range []string{
		"To do, scenario 3 of 40: Register over TLS 1.2\\x1b[2J\n", "twilio/voice/register/tls1.2\n", "1. set TLS 1.2 as the only version\n",
		"2. press Register\n", "TLS        1.2\\nonly\n", "User name  alice\n", "done; or skip [why], cannot [why], again, back; help",
	} {
		c.prints(line)
	}
	c.types("done")
	if got := testkit.Receive(t, over, "the answer"); got.answer != operator.Done {
		t.Errorf("it came to %+v", got)
	}
}

func TestTerminalAnswers(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]outcome{
		"done": {operator.Done, "", nil}, "d": {operator.Done, "", nil}, " DONE ": {operator.Done, "", nil},
		"skip": {operator.Skip, "", nil}, "skip  the menu is gone": {operator.Skip, "the menu is gone", nil},
		"cannot no TLS 1.3": {operator.Cannot, "no TLS 1.3", nil}, "again": {operator.Again, "", nil}, "back": {operator.Back, "", nil},
	} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			c := terminal(t, report.Style{})
			over := ask(testkit.Context(t), c.desk, "press Register")
			c.prints("press Register")
			c.types(line)
			if got := testkit.Receive(t, over, "the answer"); got != want {
				t.Errorf("it came to %+v, want %+v", got, want)
			}
		})
	}
}

// TestTerminalHints: what cannot be taken is said, and leaves the task as it is.
func TestTerminalHints(t *testing.T) {
	t.Parallel()
	c := terminal(t, report.Style{})
	c.types("done")
	c.prints("there is nothing to answer now")
	over := ask(testkit.Context(t), c.desk, "press Register")
	c.prints("press Register")
	for line, hint := range map[string]string{
		"pass":                      `there is no answer "pass": type done, or skip [why], cannot`,
		"\x1b[2Jx":                  `there is no answer "\x1b[2jx"`,
		"done with it":              "done takes no words after it, and was not taken",
		strings.Repeat("done", 300): "a line is longer than 1024 bytes",
		"help":                      "leave this scenario out",
		"?":                         "go back to the scenario before this one",
	} {
		c.types(line)
		c.prints(hint)
	}
	if _, _, ok := c.desk.Current(); !ok {
		t.Error("the task is over")
	}
	c.types("again")
	if got := testkit.Receive(t, over, "the answer"); got.answer != operator.Again {
		t.Errorf("it came to %+v", got)
	}
}

// TestTerminalAhead: an answer that is typed twice counts once.
func TestTerminalAhead(t *testing.T) {
	t.Parallel()
	c := terminal(t, report.Style{})
	first := ask(testkit.Context(t), c.desk, "first")
	c.prints("first")
	c.types("done\ndone")
	testkit.Receive(t, first, "the first answer")
	c.prints("there is nothing to answer now")
}

// TestTerminalWithdrawn: a task that is over elsewhere is over on the terminal.
func TestTerminalWithdrawn(t *testing.T) {
	t.Parallel()
	c := terminal(t, report.Style{Live: true})
	ctx, end := context.WithCancel(testkit.Context(t))
	over := ask(ctx, c.desk, "first")
	c.prints("\r\x1b[K\nTo do: first")
	end()
	testkit.Receive(t, over, "the first task")
	c.prints("there is nothing more to do for that")
	c.types("done")
	c.prints("there is nothing to answer now")
}

// TestTerminalEnds: at the end of its input, a terminal leaves the desk to other fronts.
func TestTerminalEnds(t *testing.T) {
	t.Parallel()
	c := terminal(t, report.Style{})
	leave := c.desk.Attend()
	over := ask(testkit.Context(t), c.desk, "press Register")
	c.prints("press Register")
	c.typed.Close()
	c.prints("end of input")
	testkit.Receive(t, c.ended, "the end of the terminal")
	if _, _, ok := c.desk.Current(); !ok {
		t.Error("the task is over although there is another front")
	}
	leave()
	if got := testkit.Receive(t, over, "the task"); got != (outcome{operator.Skip, operator.Nobody, nil}) {
		t.Errorf("without a front, the task came to %+v", got)
	}
}

// FuzzTerminal: whatever is typed, the terminal ends with its input, and a task ends with it or before.
func FuzzTerminal(f *testing.F) {
	for _, text := range []string{"done", "skip why\n", "help\n?\n\nnonsense\x1b\n", strings.Repeat("x", 3000) + "\nd\n", "\xff\x00\r\n"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d := operator.New()
		over := ask(testkit.Context(t), d, "press Register")
		await(t, d, "press Register")
		var out strings.Builder
		operator.Terminal(testkit.Context(t), strings.NewReader(text), &out, d, report.Style{})
		if got := testkit.Receive(t, over, "the task"); got.err != nil || len(got.why) > operator.MaxWhy {
			t.Errorf("the task came to %+v", got)
		}
		if strings.ContainsAny(out.String(), "\x1b\x00\r") {
			t.Errorf("it printed %q", out.String())
		}
	})
}

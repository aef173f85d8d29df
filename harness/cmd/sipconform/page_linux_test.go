package main_test

import (
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/internal/testkit"
)

// shownTask is what a page asks a person to do.
type shownTask struct {
	ID, Title, Scenario string
	Do                  []string
}

// onPage is [segment.attended] with a person who looks at the page from another host of the network, in Chromium. Act does
// what the task says and returns a script that gives the answer, for which "task" is the element that shows the task.
func (s *segment) onPage(b *testkit.Browser, act func(shownTask) (script string), arguments ...string) *results.Run {
	s.t.Helper()
	folder := s.t.TempDir()
	short, _ := command(s.t, append([]string{"certify", "-listen=" + vendorAt, "-page=192.0.2.1:0", "-out=" + folder}, arguments...)...)
	ctx, cancel := context.WithTimeout(context.Background(), 4*limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, short.Path, short.Args[1:]...)
	var out bytes.Buffer
	cmd.Env, cmd.Dir, cmd.Stdout = short.Env, short.Dir, &out
	cmd = s.vendor.Enter(cmd)
	errs, err := cmd.StderrPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = cmd.Process.Kill() }) // if the test fails before the end
	b.Open(pageOf(s.t, errs))
	for last := ""; ; {
		const over = "document.getElementById('state').textContent.startsWith('The harness has ended')"
		if !b.Comes(fmt.Sprintf("%s || !['0', 'over', %q].includes(document.querySelector('[data-task]').dataset.task)", over, last)) {
			if ctx.Err() != nil {
				s.t.Fatal("the run does not end")
			}
			continue // a scenario takes long
		}
		var ended bool
		if b.Run("return "+over, &ended); ended {
			break
		}
		var task shownTask
		b.Run(`const task = document.querySelector('[data-task]');
			const text = (selector) => [...task.querySelectorAll(selector)].map((e) => e.textContent);
			return {ID: task.dataset.task, Title: text('h2')[0], Scenario: text('.id')[0] || '', Do: text('.do li')}`, &task)
		if last = task.ID; len(task.Do) > 0 {
			// The wire may have shown meanwhile what was wanted, and the task be over.
			b.Run(fmt.Sprintf("const task = document.querySelector('[data-task=\"%s\"]'); if (task) { %s }", task.ID, act(task)), nil)
		}
	}
	if status := exitStatus(s.t, cmd.Wait()); status > 1 {
		s.t.Fatalf("the run came to nothing: exit status %d\n%s", status, out.String())
	}
	return read(s.t, folder)
}

// TestPhoneOnThePage: a person who sits at a phone, and has the page before them on another machine, plays a whole session:
// what is done comes to the verdicts of the same program beside the mocks, what is begun anew does so too, and what is
// skipped is not applicable with the reason that was given.
func TestPhoneOnThePage(t *testing.T) {
	long(t)
	t.Parallel()
	testkit.Program(t, "linphone-daemon")
	s := newSegment(t)
	b := s.lan.Host("192.0.2.30/24").Chromium(netip.MustParseAddr("192.0.2.1"))
	b.Show(1280, 800, "light")
	l := s.lab("twilio/voice", "-constraints=noncritical")
	phone := s.linphone(l)
	const skipped, reason = "twilio/voice/call-out/refused-application", "the handset is broken"
	var asked []string
	again := 0
	run := s.onPage(b, func(task shownTask) string {
		asked = append(asked, task.Scenario)
		if len(asked) == 1 {
			b.Picture("asked")
		}
		t.Log(task)
		if task.Scenario == skipped {
			return fmt.Sprintf("task.querySelector('#why').value = %q; task.querySelector('button[value=skip]').click()", reason)
		}
		if again++; again == 2 {
			return "task.querySelector('button[value=again]').click()"
		}
		for _, instruction := range task.Do {
			if err := phone.act(instruction); err != nil {
				t.Errorf("%s: %v", instruction, err)
			}
		}
		return "task.querySelector('button[value=done]').click()"
	}, "-device="+descriptor(t, "example-phone", "  - tls:1.2", "  - echo\n  - tls:1.2"), "-lab="+l.Dir, "-at="+deviceAt,
		"-filter=product:voice && area:signalling")
	b.Picture("over")
	same(t, run, "linphone", 9)
	i := slices.IndexFunc(run.Results, func(r results.Result) bool { return r.Scenario == skipped })
	if i < 0 || run.Results[i].Verdict != verdict.NotApplicable || !strings.Contains(run.Results[i].Observed, reason) {
		t.Errorf("what was skipped is %+v", run.Results)
	}
	for _, complaint := range b.Complaints() {
		if !strings.Contains(complaint, "409 (Conflict)") { // an answer that came after the wire had shown it
			t.Errorf("the browser complains: %s", complaint)
		}
	}
}

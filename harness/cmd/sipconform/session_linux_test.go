package main_test

import (
	"bufio"
	"context"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sipconform/sipconform/harness/operator"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/internal/testkit"
)

// TestSessionInChromium plays a session of a person who reads the page, and nothing else, operates a phone, and answers on
// the page. SIPCONFORM_TEST_SESSION=whole has it be that of everything that Twilio's products ask, which takes a while.
func TestSessionInChromium(t *testing.T) {
	long(t)
	t.Parallel()
	filter, products, least, most := "product:voice && area:signalling", "twilio/voice", 7, 4*limit
	if os.Getenv("SIPCONFORM_TEST_SESSION") == "whole" {
		filter, products, least, most = "vendor:twilio", "twilio/voice,twilio/trunking", 140, time.Hour
	}
	phone := newLinphone(t, products)
	s := &sitting{t: t, phone: phone, browser: phone.vendor.Chromium(netip.MustParseAddr("127.0.0.1")), wants: slices.Clone(instead)}
	s.certify(most, "-device="+phone.descriptor(), "-lab="+phone.lab.Dir, "-at="+deviceAt, "-filter="+filter)
	s.judged(least)
}

// wish is an answer of the person's that is not done.
type wish struct {
	scenario string
	answer   operator.Answer
}

// instead is what the person answers before anything was done, each once. All of it is to calls, which no phone makes by itself.
var instead = []wish{
	{"twilio/voice/call-out/secure", operator.Again}, {"twilio/voice/call-out/refused-acl", operator.Back},
	{"twilio/voice/call-out/refused-acl", operator.Cannot}, {"twilio/voice/call-out/refused-application", operator.Skip},
}

// sitting is a session of a person at a phone and a page.
type sitting struct {
	t       *testing.T
	phone   *linphone
	browser *testkit.Browser
	run     *results.Run

	progress string // that the page shows at the end

	wants   []wish // that are left
	tasks   int
	talking bool // pictures of a call were taken
}

// pageText is what the page says.
type pageText struct {
	Task            string // its ID, empty for none
	Title, Scenario string
	Do              []string
	Sheet           map[string]string
	Ended           bool
	Progress        string
}

// next is the script of [sitting.sees].
const next = `return new Promise((resolve) => {
	const last = %q, end = performance.now() + 5000, text = (e) => e ? e.textContent : '';
	const look = () => {
		const task = document.querySelector('#task [data-task]:not(.idle)');
		const ended = text(document.getElementById('state')).startsWith('The harness has ended');
		if ((!task || task.dataset.task === last) && !ended && performance.now() < end) return setTimeout(look, 20);
		resolve({
			task: task && task.dataset.task !== last ? task.dataset.task : '', title: text(task && task.querySelector('h2')), scenario: text(task && task.querySelector('.id')),
			do: task ? [...task.querySelectorAll('.do li')].map(text) : [], ended,
			sheet: Object.fromEntries([...task ? task.querySelectorAll('.sheet tr') : []].map((row) => [text(row.querySelector('th')), text(row.querySelector('td'))])),
			progress: text(document.getElementById('progress')),
		});
	};
	look();
})`

// drawn tells whether the call is on the page. What the page has of it may come after the task to end it.
const drawn = `return new Promise((resolve) => {
	const end = performance.now() + 10000;
	const look = () => {
		const is = document.getElementById('lines').textContent.includes('INVITE');
		if (is || !document.querySelector('[data-task="%s"]') || performance.now() > end) return resolve(is);
		setTimeout(look, 20);
	};
	look();
})`

// certify runs certify on the vendor's host with the page as the only front, and plays the session to its end.
func (s *sitting) certify(most time.Duration, arguments ...string) {
	t := s.t
	folder := filepath.Join(t.ArtifactDir(), "report")
	short, _ := command(t, append([]string{"certify", "-listen=" + vendorAt, "-page=127.0.0.1:0", "-evidence=full", "-out=" + folder}, arguments...)...)
	ctx, cancel := context.WithTimeout(context.Background(), most)
	defer cancel()
	cmd := exec.CommandContext(ctx, short.Path, short.Args[1:]...)
	cmd.Env, cmd.Dir = short.Env, short.Dir
	cmd = s.phone.vendor.Enter(cmd)
	errs, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	at := make(chan string, 1)
	var said strings.Builder
	over := make(chan struct{}) // closed when nothing more is said
	go func() {
		defer close(over)
		defer close(at)
		for lines := bufio.NewScanner(errs); lines.Scan(); {
			if url, is := strings.CutPrefix(lines.Text(), "page: "); is {
				at <- url
			}
			said.WriteString(lines.Text() + "\n")
		}
	}()
	defer func() {
		cancel()
		<-over
		_ = cmd.Wait() // the status was looked at, unless the test has failed
	}()
	url := testkit.Receive(t, at, "the page")
	if url == "" {
		<-over
		t.Fatalf("certify ended without a page: %s", said.String())
	}
	s.browser.Show(1280, 800, "light")
	s.browser.Open(url)
	now, last := s.sees(""), ""
	for ; !now.Ended; now = s.sees(last) {
		if ctx.Err() != nil {
			t.Fatalf("the session does not come to its end; the page says %+v", now)
		}
		if now.Task != "" {
			last = now.Task
			s.answer(now)
		}
	}
	s.progress = now.Progress
	s.pictures("over")
	<-over
	if status := exitStatus(t, cmd.Wait()); status != 0 && status != 1 && status != 3 {
		t.Fatalf("the run came to nothing: exit status %d\n%s", status, said.String())
	}
	s.run = read(t, folder)
}

// sees returns what the page says once it has another task than the last, or the harness has ended, or after a while, when
// it has no task that is new.
func (s *sitting) sees(last string) (now pageText) {
	s.browser.Run(fmt.Sprintf(next, last), &now)
	return now
}

// answer does what a task says, and answers it on the page.
func (s *sitting) answer(now pageText) {
	s.tasks++
	s.t.Logf("task %s of %s: %s %v", now.Task, now.Scenario, now.Do, now.Sheet["domain"])
	if s.tasks == 1 {
		s.pictures("task")
	}
	if i := slices.IndexFunc(s.wants, func(w wish) bool { return w.scenario == now.Scenario }); i >= 0 && len(now.Sheet) == 0 {
		answer := s.wants[i].answer
		s.wants = slices.Delete(s.wants, i, i+1)
		if answer == operator.Skip || answer == operator.Cannot {
			s.browser.Click("#why")
			s.browser.Type(reason(answer))
		}
		s.browser.Click("button[value=" + string(answer) + "]")
		return
	}
	if domain := now.Sheet["domain"]; domain != "" {
		s.phone.set(domain)
	}
	for _, instruction := range now.Do {
		if instruction == "Hang up." && !s.talking {
			if s.browser.Run(fmt.Sprintf(drawn, now.Task), &s.talking); s.talking {
				s.pictures("call")
			}
		}
		if err := s.phone.act(instruction); err != nil && s.sees("").Task == now.Task { // otherwise it was too late
			s.t.Errorf("%s: %s: %v", now.Scenario, instruction, err)
		}
	}
	// The wire may have shown it meanwhile, and the task be gone.
	s.browser.Run(fmt.Sprintf(`const done = document.querySelector('[data-task="%s"] button[value=done]'); if (done) done.click();`, now.Task), nil)
}

// reason is what the person types.
func reason(answer operator.Answer) string { return "the test says " + string(answer) }

// pictures takes pictures of the page on a desk and in a hand, and checks that nobody has to scroll it sideways.
func (s *sitting) pictures(at string) {
	for _, width := range []int{390, 1280} {
		s.browser.Show(width, 844, "light")
		s.browser.Picture(fmt.Sprintf("%s-%d", at, width))
		var wide bool
		if s.browser.Run("return document.documentElement.scrollWidth > document.documentElement.clientWidth", &wide); wide {
			s.t.Errorf("%s: the page is wider than %d", at, width)
		}
	}
}

// late tells whether a complaint is about an answer to a task that was over: the wire had shown what was wanted.
func late(complaint string) bool {
	return strings.Contains(complaint, "/answer ") && strings.Contains(complaint, "409 (Conflict)")
}

// judged checks what the session came to.
func (s *sitting) judged(least int) {
	t := s.t
	for _, complaint := range slices.DeleteFunc(s.browser.Complaints(), late) {
		t.Errorf("the browser complains: %s", complaint)
	}
	if len(s.wants) > 0 {
		t.Errorf("the page never asked for %v", s.wants)
	}
	if !s.talking {
		t.Error("no picture was taken of a call")
	}
	var onPage map[string]string
	s.browser.Run("return Object.fromEntries([...document.querySelectorAll('#verdicts [data-key]')].map((e) => [e.dataset.key, e.dataset.version]))", &onPage)
	if want := min(100, len(s.run.Results)); len(onPage) != want {
		t.Errorf("the page has %d verdicts, want %d", len(onPage), want)
	}
	ends := []string{strings.ReplaceAll(string(s.run.Outcome), "-", " ")}
	tally := make(map[verdict.Verdict]int)
	for _, r := range s.run.Results {
		tally[r.Verdict]++
	}
	for v, n := range tally {
		ends = append(ends, fmt.Sprintf("%d %s", n, v))
	}
	for _, want := range ends {
		if !strings.Contains(s.progress, want) {
			t.Errorf("the page does not end with %q but %q", want, s.progress)
		}
	}
	for _, r := range s.run.Results {
		if was, is := onPage[r.Name()]; is && was != string(r.Verdict) {
			t.Errorf("%s is %s, and %s on the page", r.Name(), r.Verdict, was)
		}
	}
	for _, w := range instead {
		i := slices.IndexFunc(s.run.Results, func(r results.Result) bool { return r.Scenario == w.scenario })
		if i < 0 || w.answer == operator.Again || w.answer == operator.Back {
			continue
		}
		if r := s.run.Results[i]; r.Verdict != verdict.NotApplicable || !strings.Contains(r.Observed, reason(w.answer)) {
			t.Errorf("%s was answered by %s, and is %s (%s: %s)", w.scenario, w.answer, r.Verdict, r.Cause, r.Observed)
		}
	}
	same(t, s.run, "linphone", least)
}

package livepage

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/sipconform/sipconform/harness/operator"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/mocks/observation"
)

// What the page keeps for those who join late.
const (
	maxVerdicts = 100
	maxPeers    = 20 // connections of devices
	maxNotes    = 6
	maxRunning  = 4 // scenarios that are named as running
)

// section is a part of the page that is sent as a whole.
type section int

// The sections, in the order of the page. sectionNames are their names in the page and in events.
const (
	taskSection section = iota
	progressSection
	wireSection
	ladderSection
	verdictSection
	sections
)

var sectionNames = [sections]string{"task", "progress", "wire", "ladder", "verdicts"}

// versions counts the changes of each section.
type versions [sections]int

// state is what the page knows.
type state struct {
	secrets []string

	mu       sync.Mutex
	versions versions
	changed  chan struct{} // closed at the next change; nil if nobody waits for that

	taskID   int // 0 for none
	task     operator.Task
	running  []*scenario // in the order in which they began
	shown    *scenario   // whose ladder is shown; nil before the first
	peers    []*peer     // newest last
	notes    []note      // newest last
	verdicts []results.Result
	counts   results.Summary
	judged   int
	outcome  *results.Run // nil until the run is over
}

// scenario is one that the page follows.
type scenario struct {
	id, title string
	log       *observation.Log
	ladder    *ladder
	peers     map[string]*peer // those that the state has, by their connection
	spoke     *peer            // the last of them that a message came over; nil before the first
	over      bool
}

// note is something that concerns no connection of the device's, or that happened on the harness's side.
type note struct {
	scenario string
	at       time.Duration
	kind     string // in words
	text     string // as it came
}

func newState(c Config) *state { return &state{secrets: c.Secrets} }

// touch notes that sections have changed.
func (s *state) touch(which ...section) {
	for _, one := range which {
		s.versions[one]++
	}
	if s.changed != nil {
		close(s.changed)
		s.changed = nil
	}
}

// changes returns how often each section has changed, and a channel that is closed at the next change.
func (s *state) changes() (versions, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.changed == nil {
		s.changed = make(chan struct{})
	}
	return s.versions, s.changed
}

func (s *state) begin(id, title string, log *observation.Log) *scenario {
	s.mu.Lock()
	defer s.mu.Unlock()
	one := &scenario{id: id, title: title, log: log, ladder: newLadder(log, s.secrets), peers: make(map[string]*peer)}
	s.running = append(s.running, one)
	s.choose()
	s.touch(progressSection)
	return one
}

// end is the end of a scenario's log. What was seen of it stays until other things take its place. It is called as a
// deferred function: if the page could not bear what was seen, that is the page's fault, and no other's.
func (s *state) end(one *scenario) {
	panicked := recover()
	s.mu.Lock()
	defer s.mu.Unlock()
	if panicked != nil {
		s.note(note{scenario: one.id, kind: "the page's own fault", text: excerpt(fmt.Sprint(panicked))})
	}
	one.over, one.peers = true, nil
	s.running = slices.DeleteFunc(s.running, func(other *scenario) bool { return other == one })
	s.choose()
	s.touch(progressSection, wireSection, ladderSection)
}

// choose decides whose ladder is shown: that of the scenario which the person at the device is asked about; else the one
// that is shown already, as long as it goes on; else the newest that goes on.
func (s *state) choose() {
	before := s.shown
	for _, one := range s.running {
		if s.taskID != 0 && one.id == s.task.Scenario {
			s.shown = one
		}
	}
	if n := len(s.running); n > 0 && (s.shown == nil || s.shown.over) {
		s.shown = s.running[n-1]
	}
	if s.shown != before {
		s.touch(ladderSection)
	}
}

func (s *state) ask(id int, t operator.Task) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taskID, s.task = id, t
	s.choose()
	s.touch(taskSection)
}

func (s *state) done(r *results.Result) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.judged++
	one := results.Summarise([]results.Result{*r})
	s.counts = sum(s.counts, one)
	if len(s.verdicts) >= maxVerdicts {
		// What the reader came for stays the longest.
		at := slices.IndexFunc(s.verdicts, func(old results.Result) bool { return old.Verdict != verdict.Fail && old.Verdict != verdict.Error })
		s.verdicts = slices.Delete(s.verdicts, max(at, 0), max(at, 0)+1)
	}
	s.verdicts = append(s.verdicts, results.Result{
		Scenario: r.Scenario, Configuration: r.Configuration, Title: r.Title, Verdict: r.Verdict, Cause: r.Cause, Expected: r.Expected,
		Observed: r.Observed, Hint: r.Hint, Blocked: r.Blocked, Requirements: r.Requirements, Waived: r.Waived, Evidence: r.Evidence,
	})
	s.touch(progressSection, verdictSection)
}

// sum adds up the verdicts.
func sum(a, b results.Summary) results.Summary {
	return results.Summary{
		Pass: a.Pass + b.Pass, Deviation: a.Deviation + b.Deviation, Fail: a.Fail + b.Fail, Inconclusive: a.Inconclusive + b.Inconclusive,
		NotApplicable: a.NotApplicable + b.NotApplicable, Observed: a.Observed + b.Observed, Error: a.Error + b.Error,
		Waived: a.Waived + b.Waived,
	}
}

func (s *state) over(run *results.Run) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.outcome = run
	s.touch(taskSection, progressSection)
}

// see takes an event of a scenario that the page follows.
func (s *state) see(one *scenario, e *observation.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.meet(one, e), s.notice(one, e):
		s.touch(wireSection)
	}
	if one == s.shown {
		s.touch(ladderSection)
	}
}

// meet has the connection that an event is about take it, and reports whether that changes anything to be seen.
func (s *state) meet(one *scenario, e *observation.Event) bool {
	if e.Kind == observation.TransportOpen && e.Transport != nil {
		if len(s.peers) >= maxPeers {
			if first := s.peers[0]; first.scenario.peers[first.conn] == first { // a scenario that is over has none
				delete(first.scenario.peers, first.conn)
			}
			s.peers = slices.Delete(s.peers, 0, 1)
		}
		p := &peer{scenario: one, conn: e.Conn, transport: *e.Transport, at: e.At}
		s.peers = append(s.peers, p)
		one.peers[e.Conn] = p
		return true
	}
	p := one.peers[e.Conn]
	if e.Kind == observation.SIP && p != nil {
		one.spoke = p
	}
	if p == nil && e.Conn == "" && e.Kind == observation.Console { // it says why the vendor refuses what came last
		p = one.spoke
	}
	return p != nil && p.see(e)
}

// notice keeps what no connection shows.
func (s *state) notice(one *scenario, e *observation.Event) bool {
	kind, text := noteOf(e)
	if kind == "" {
		return false
	}
	s.note(note{scenario: one.id, at: e.At, kind: kind, text: excerpt(text)})
	return true
}

func (s *state) note(n note) {
	if len(s.notes) >= maxNotes {
		s.notes = slices.Delete(s.notes, 0, 1)
	}
	s.notes = append(s.notes, n)
}

// maxText is how much is kept of a text that a peer can make as long as it likes, in bytes.
const maxText = 600

func excerpt(text string) string {
	if len(text) <= maxText {
		return text
	}
	return text[:maxText] + "…"
}

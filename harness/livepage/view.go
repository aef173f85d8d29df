package livepage

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/sipconform/sipconform/harness/operator"
	"github.com/sipconform/sipconform/harness/redact"
	"github.com/sipconform/sipconform/harness/report"
	"github.com/sipconform/sipconform/harness/report/printable"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/mocks/observation"
)

// view returns what the template of a section shows.
func (s *state) view(which section) any {
	switch which {
	case taskSection:
		return s.taskView()
	case progressSection:
		return s.progressView()
	case wireSection:
		return s.wireView()
	case ladderSection:
		return s.ladderView()
	case verdictSection:
		return s.verdictView()
	}
	return nil
}

// cleaner makes what came from a peer fit to be shown.
type cleaner struct{ secrets *redact.Redactor }

func (s *state) cleaner() cleaner { return cleaner{redact.New(s.secrets...)} }

func (c cleaner) line(text string) string { return printable.Line(redact.Value(c.secrets, text)) }

func (c cleaner) offer(h *observation.HelloInfo) []offer {
	all := offered(h)
	for i := range all {
		all[i].Value = c.line(all[i].Value)
	}
	return all
}

// taskView is the task that is asked now. Its texts are the harness's own.
type taskView struct {
	ID    int // 0 for none
	Over  bool
	Task  operator.Task
	About string            // what its scenario is about, if that has begun
	Plain []operator.Choice // answers that take no reason
	Why   []operator.Choice // those that do
	Max   int
}

func (s *state) taskView() taskView {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := taskView{ID: s.taskID, Over: s.outcome != nil, Task: s.task, Max: operator.MaxWhy}
	v.Task.Title, v.Task.Scenario = printable.Line(v.Task.Title), printable.Line(v.Task.Scenario)
	v.Task.Do, v.Task.Sheet = slices.Clone(v.Task.Do), slices.Clone(v.Task.Sheet)
	for _, one := range s.running {
		if one.id == s.task.Scenario && one.title != s.task.Title {
			v.About = printable.Line(one.title)
		}
	}
	for i := range v.Task.Do {
		v.Task.Do[i] = printable.Line(v.Task.Do[i])
	}
	for i, one := range v.Task.Sheet {
		v.Task.Sheet[i] = operator.Setting{Name: printable.Line(one.Name), Value: printable.Line(one.Value)}
	}
	for _, c := range operator.Choices() {
		if c.Why {
			v.Why = append(v.Why, c)
		} else {
			v.Plain = append(v.Plain, c)
		}
	}
	return v
}

// progressView is how far the plan has come.
type progressView struct {
	Done, Total int
	Counts      []count
	Running     []scenarioView
	More        int // that run as well
	Outcome     string
	Class       string // of the outcome, for its colour
	Why         string
}

type count struct {
	Verdict verdict.Verdict
	N       int
}

type scenarioView struct{ ID, Title string }

func (s *state) progressView() progressView {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := progressView{Done: s.judged}
	for _, one := range []verdict.Verdict{verdict.Pass, verdict.Deviation, verdict.Fail, verdict.Inconclusive, verdict.Error, verdict.Observed,
		verdict.NotApplicable} {
		if n := s.counts.Of(one); n > 0 {
			v.Counts = append(v.Counts, count{one, n})
		}
	}
	for _, one := range s.running[max(0, len(s.running)-maxRunning):] {
		v.Running = append(v.Running, scenarioView{printable.Line(one.id), printable.Line(one.title)})
	}
	v.More = len(s.running) - len(v.Running)
	if s.outcome != nil {
		_, why := results.Decide(s.outcome)
		v.Class, v.Outcome = string(s.outcome.Outcome), strings.ReplaceAll(string(s.outcome.Outcome), "-", " ")
		v.Why = s.cleaner().line(cmp.Or(s.outcome.CutShort(), why))
		if report.Partial(s.outcome) {
			v.Class, v.Outcome = "partial", v.Outcome+" in part"
		}
	}
	return v
}

// wireView is what connects, what it offers, and what is refused.
type wireView struct {
	Peers []peerView // newest first
	Notes []noteView // newest first
}

type peerView struct {
	Key                string
	Version            string // changes with what is shown
	Scenario           string
	At                 string
	Protocol, From, To string
	State              string // "open", "refused" or "closed"
	Offer              []offer
	Agreed             string
	Agent, Crypto      string
	Words              []said
	Earlier            int // messages before those
	Refusals           []string
	Closed             string
}

type noteView struct{ Scenario, At, Kind, Text string }

func (s *state) wireView() wireView {
	s.mu.Lock()
	peers, notes := make([]peer, len(s.peers)), slices.Clone(s.notes)
	over := make([]bool, len(s.peers))
	for i, p := range s.peers {
		peers[i], over[i] = *p, p.scenario.over
		peers[i].words, peers[i].refusals = slices.Clone(p.words), slices.Clone(p.refusals)
	}
	s.mu.Unlock()
	var v wireView
	c := s.cleaner()
	for i, p := range slices.Backward(peers) {
		v.Peers = append(v.Peers, p.view(c, over[i]))
	}
	for _, n := range slices.Backward(notes) {
		v.Notes = append(v.Notes, noteView{printable.Line(n.scenario), seconds(n.at), n.kind, c.line(n.text)})
	}
	return v
}

// view is what is shown of a connection, whose scenario may be over.
func (p *peer) view(c cleaner, over bool) peerView {
	v := peerView{
		Key: p.scenario.id + " " + p.conn, Scenario: printable.Line(p.scenario.id), At: seconds(p.at),
		Protocol: strings.ToUpper(p.transport.Protocol), From: "the device at " + address(p.transport.Remote),
		To:    "the vendor at " + address(p.transport.Local),
		State: "open", Offer: c.offer(p.hello), Agreed: agreed(p.handshake), Earlier: p.said - len(p.words), Closed: closes(p.closed),
	}
	if over && p.closed == "" {
		v.Closed = "it ended with the scenario"
	}
	if p.transport.Dialed {
		v.From, v.To = v.To, v.From
	}
	if p.transport.Listener != "" {
		v.To += " (" + string(p.transport.Listener) + ")"
	}
	for _, w := range p.words {
		one := w.read()
		one.Line = c.line(one.Line)
		v.Agent = cmp.Or(c.line(one.Agent), v.Agent)
		if one.Device && one.Crypto != "" {
			v.Crypto = c.line(one.Crypto)
		}
		v.Words = append(v.Words, one)
	}
	for _, why := range p.refusals {
		v.Refusals = append(v.Refusals, c.line(why))
	}
	switch {
	case len(v.Refusals) > 0 || slices.ContainsFunc(v.Words, func(one said) bool { return one.Refusal }):
		v.State = "refused"
	case v.Closed != "":
		v.State = "closed"
	}
	v.Version = fmt.Sprint(p.said, len(p.refusals), v.Closed, p.hello != nil, p.handshake != nil)
	return v
}

// closes says how a connection was closed, empty if it is open.
func closes(cause observation.CloseCause) string {
	switch cause {
	case "":
		return ""
	case observation.ClosedByPeer:
		return "closed by the device"
	case observation.ResetByPeer:
		return "reset by the device"
	case observation.ClosedLocally:
		return "closed by the vendor"
	case observation.TimedOut:
		return "closed by the vendor, which had waited long enough"
	case observation.NotConnected:
		return "not connected: the device refused"
	}
	return "closed with an error"
}

func address(a netip.AddrPort) string {
	if !a.IsValid() {
		return "an unknown address"
	}
	return a.String()
}

func seconds(at time.Duration) string { return fmt.Sprintf("%.3f s", at.Seconds()) }

// ladderView is the ladder of one scenario.
type ladderView struct {
	Scenario, Title string
	Over            bool
	Text            string
}

func (s *state) ladderView() ladderView {
	s.mu.Lock()
	one := s.shown
	if one == nil {
		s.mu.Unlock()
		return ladderView{}
	}
	v := ladderView{Scenario: printable.Line(one.id), Title: printable.Line(one.title), Over: one.over}
	s.mu.Unlock()
	v.Text = one.ladder.show()
	return v
}

type verdictView struct {
	Name, Title, Link string
	Verdict           verdict.Verdict
	Waived            bool
	Cause             string
	Requirements      string
	Blocked, Blamed   string // the scenario that judges what keeps this one from being concluded, and its place
	Expected          string
	Observed          string
	Hint              string
	Evidence          string
}

// place returns the URL of a verdict's place on the page.
func place(name string) string { return "#scenario/" + printable.Line(name) }

// verdictView lists the verdicts, the newest first.
func (s *state) verdictView() []verdictView {
	s.mu.Lock()
	all := slices.Clone(s.verdicts)
	s.mu.Unlock()
	c := s.cleaner()
	views := make([]verdictView, 0, len(all))
	for _, r := range slices.Backward(all) {
		v := verdictView{
			Name: printable.Line(r.Name()), Link: place(r.Name()), Title: printable.Line(r.Title), Verdict: r.Verdict,
			Waived: r.Waived != nil, Cause: c.line(r.Cause), Requirements: strings.Join(r.Requirements, ", "),
			Evidence: printable.Line(r.Evidence.First()),
		}
		if r.Blocked != nil {
			v.Blocked, v.Blamed = printable.Line(r.Blocked.Scenario), place(r.Blocked.Scenario)
		}
		if r.Blocked == nil && r.Verdict != verdict.Pass && r.Verdict != verdict.Observed {
			v.Expected, v.Observed, v.Hint = c.line(excerpt(r.Expected)), c.line(excerpt(r.Observed)), c.line(excerpt(r.Hint))
		}
		views = append(views, v)
	}
	return views
}

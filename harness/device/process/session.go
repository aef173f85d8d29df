package process

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/isolate"
	"github.com/sipconform/sipconform/harness/operator"
	"github.com/sipconform/sipconform/mocks/observation"
)

// session is one running instance of a descriptor's device.
type session struct {
	device      *Descriptor
	confinement *isolate.Confinement
	log         *observation.Log
	data        *Data
	heard       *transcript
	output      *outputLog
	where       map[string]netip.AddrPort
	cell        *isolate.Cell // nil if the session is not confined
	scenario    string        // its ID, and title what it is about
	title       string
	standing    *standing
	desk        *operator.Desk // nil if nobody is at the device
	pause       func() (resume func())
	asking      sync.WaitGroup

	environ  []string
	programs map[string]*program // the processes of the descriptor, by name
	channel  *controlChannel     // nil without one
	polling  sync.WaitGroup
	stopPoll context.CancelFunc

	doing       sync.Mutex // held for one action at a time
	actionStart int        // position in heard at which the action began

	mu        sync.Mutex
	actionSeq int        // position in log of the last action
	settled   []Pattern  // of that action
	errand    *errand    // what a person is asked to do as its last step; nil for nothing
	itself    bool       // whether the device does it without being told
	commands  []*program // running
	commanded bool       // a command has run since the last action began
	first     *program   // the first that ended unexpectedly
	told      int        // number of events
	ending    bool       // the session is being closed

	closed sync.Once
}

// ExitError says that a program of the device ended before the session was closed.
type ExitError struct {
	// Device and Process name the program.
	Device, Process string
	// Status is the exit status, or -1 if a signal ended the program. Signal then names the signal.
	Status int
	Signal string
	// Output has the last lines that the program wrote.
	Output []string
}

func (e *ExitError) Error() string {
	text := fmt.Sprintf("device %s: %s %s unexpectedly", e.Device, e.Process, exitStatus{e.Status, e.Signal})
	if len(e.Output) > 0 {
		text += fmt.Sprintf(", after it wrote %q", strings.Join(e.Output, " / "))
	}
	return text
}

// Is makes exit status 89 match [device.ErrUnsupported].
func (e *ExitError) Is(target error) bool {
	return target == device.ErrUnsupported && e.Status == exitUnsupported
}

// launch starts a program of the session. If channel is not nil, control messages come from the program's standard output.
func (s *session) launch(p Process, role role, arguments []string, channel *controlChannel) (*program, error) {
	prefix := ""
	if len(s.device.Processes) != 1 || role == roleCommand {
		prefix = p.Name + ": "
	}
	writer := &outputWriter{log: s.output, prefix: prefix, hear: func(line string) {
		defer s.log.Guard("", "reading what the device prints")
		s.heard.add(saying{kind: saidOutput, text: line, who: p.Name})
		for _, told := range events(s.device.Events).inLine(line) {
			s.hear(told)
		}
	}}
	spec := programSpec{
		name: p.Name, role: role, command: arguments, dir: s.data.Dir, environment: s.environ,
		memory: s.device.Limits.Memory, keepInput: p.KeepInput || channel != nil,
		stdout: writer, stderr: writer, ended: s.ended, cell: s.cell,
	}
	if channel != nil {
		spec.channel = channel // which finds the events
		spec.stdout = &outputWriter{log: s.output, prefix: prefix, hear: func(line string) {
			s.heard.add(saying{kind: saidOutput, text: line, who: p.Name})
		}}
	}
	s.note(observation.DeviceStart, p.Name, 0, strings.Join(arguments, " "))
	// With the lock held, ended cannot run before the program is in a list.
	s.mu.Lock()
	defer s.mu.Unlock()
	started, err := startProgram(spec)
	switch {
	case err != nil:
		return nil, err
	case role == roleCommand:
		s.commands, s.commanded = append(s.commands, started), true
	default:
		s.programs[p.Name] = started
	}
	return started, nil
}

// ended handles the end of p, in the goroutine that owns it.
func (s *session) ended(p *program) {
	s.mu.Lock()
	s.commands = slices.DeleteFunc(s.commands, func(c *program) bool { return c == p })
	byItself := !s.ending && (p.role == roleProcess || p.role == rolePreparation && p.status.code != 0)
	if byItself && s.first == nil {
		s.first = p
	}
	s.mu.Unlock()
	text := p.name + " " + p.status.String()
	if byItself {
		text += " unexpectedly"
		if last := p.failure(s.device.Name).Output; len(last) > 0 {
			s.note(observation.DeviceOutput, p.name, 0, strings.Join(last, "\n"))
		}
	}
	s.log.Append(observation.Event{Kind: observation.Device, Text: text,
		Device: &observation.DeviceInfo{What: observation.DeviceExit, Action: p.name, Status: p.status.code, ByItself: byItself}})
	// The end of a command is an event. The end of a process concerns everyone who waits for the device.
	kind := saidExit
	if p.role == roleCommand {
		kind = saidEvent
	}
	s.heard.add(saying{kind: kind, text: text, who: p.name})
}

// dead returns an *ExitError once a process has ended unexpectedly.
func (s *session) dead() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.first == nil {
		return nil
	}
	return s.first.failure(s.device.Name)
}

// over tells a caller of await what the end of a process means: an error if the process ended unexpectedly, and no more
// waiting if the session is being closed. Otherwise a preparation has ended, which changes nothing.
func (s *session) over() (done bool, err error) {
	if err := s.dead(); err != nil {
		return true, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ending, nil
}

// orExit returns the *ExitError instead of err if a process has ended unexpectedly, because that is the cause of err.
func (s *session) orExit(err error) error {
	if err == nil || errors.Is(err, device.ErrUnsupported) {
		return err
	}
	if dead := s.dead(); dead != nil {
		return dead
	}
	return err
}

// maxEvents is how many events a session adds to the log at most.
const maxEvents = 10_000

// hear handles what the device says.
func (s *session) hear(said saying) {
	s.heard.add(said)
	if said.kind != saidEvent {
		return
	}
	s.mu.Lock()
	s.told++
	told := s.told
	s.mu.Unlock()
	switch {
	case told <= maxEvents:
		s.note(observation.DeviceEvent, "", 0, said.text)
	case told == maxEvents+1:
		text := fmt.Sprintf("the device has reported %d events; further ones are not recorded", maxEvents)
		s.log.Append(observation.Event{Kind: observation.Note, Text: text})
	}
}

// note logs what the adapter does.
func (s *session) note(what observation.DeviceNews, action string, status int, text string) observation.Event {
	return s.log.Append(observation.Event{
		Kind: observation.Device, Text: text,
		Device: &observation.DeviceInfo{What: what, Action: action, Status: status},
	})
}

// Do performs the steps of the verb.
func (s *session) Do(ctx context.Context, action device.Action) error {
	s.doing.Lock()
	defer s.doing.Unlock()
	described, ok := s.device.action(action.Verb)
	switch itself := s.device.byItself(action.Verb); {
	case s.device.byPerson(action.Verb):
		described = Action{Steps: []Step{{asked: inWords(action)}}}
	case !ok && !itself:
		return fmt.Errorf("%s: %w", action.Verb, device.ErrUnsupported)
	}
	if _, err := singleLine(action.Target); err != nil {
		return fmt.Errorf("%s: target %w", action.Verb, err)
	}
	if err := s.dead(); err != nil {
		return err
	}
	s.actionStart = s.heard.end()
	asked := s.note(observation.DeviceAction, string(action.Verb), 0, strings.TrimSpace(string(action.Verb)+" "+action.Target))
	s.mu.Lock()
	s.actionSeq, s.settled, s.commanded = asked.Seq, described.Settled, len(s.commands) > 0
	s.itself = s.device.byItself(action.Verb)
	before := s.errand
	s.errand = nil
	s.mu.Unlock()
	before.withdraw()
	if err := s.perform(ctx, described.Steps, s.data.with(action), s.device.Limits.Action); err != nil {
		return fmt.Errorf("%s: %w", action.Verb, err)
	}
	return nil
}

// Settled returns after one of three things since the last Do: an event that settles the action, the end of every running
// command of a device that is a program here, or a time (limits.quiet) in which nothing at all was added to the log. A
// call with media has not settled, because its packets are logged.
func (s *session) Settled(ctx context.Context) error {
	s.mu.Lock()
	next, settled, errand, itself := s.actionSeq, s.settled, s.errand, s.itself
	s.mu.Unlock()
	if errand != nil {
		if err := errand.await(ctx); err != nil {
			return err
		}
	}
	window := s.device.Limits.Quiet
	if itself {
		window = max(window, s.device.Network.Returns)
	}
	for {
		if s.commandsEnded() {
			s.note(observation.DeviceSettled, "", 0, "every command has ended")
			return nil
		}
		quiet, cancel := context.WithTimeout(ctx, window)
		e, err := s.log.WaitFrom(quiet, next, func(observation.Event) bool { return true })
		cancel()
		switch {
		case err != nil && ctx.Err() != nil:
			return context.Cause(ctx)
		case err != nil:
			s.note(observation.DeviceSettled, "", 0, fmt.Sprintf("nothing new for %s", window))
			return nil
		case settles(e, settled):
			s.note(observation.DeviceSettled, "", 0, "event "+e.Text)
			return nil
		}
		next = e.Seq + 1
	}
}

// settles tells whether e is an event of the device that matches one of the patterns.
func settles(e observation.Event, patterns []Pattern) bool {
	return e.Kind == observation.Device && e.Device != nil && e.Device.What == observation.DeviceEvent &&
		slices.ContainsFunc(patterns, func(p Pattern) bool { return p.matches(e.Text) })
}

// commandsEnded tells whether there were commands, and all have ended. Of a device on a network that says nothing: a command
// that told it to call has ended before the call has begun.
func (s *session) commandsEnded() bool {
	if s.device.onNetwork() {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.commanded && len(s.commands) == 0
}

// Listening returns where the device takes SIP, by protocol.
func (s *session) Listening() map[string]netip.AddrPort { return s.where }

// Close ends the device: with the stop steps, then SIGTERM to each process group, then SIGKILL. Each stage may take
// limits.stop.
func (s *session) Close() error {
	s.closed.Do(s.shutDown)
	return nil
}

// shutDown is the work of Close.
func (s *session) shutDown() {
	s.mu.Lock()
	s.ending = true
	commands, dead, errand := slices.Clone(s.commands), s.first != nil, s.errand
	s.mu.Unlock()
	errand.withdraw()
	s.asking.Wait()
	if s.stopPoll != nil {
		s.stopPoll()
		s.polling.Wait()
	}
	grace := s.device.Limits.Stop
	for _, p := range commands {
		p.end(grace)
	}
	if !dead && s.output != nil && s.started() {
		s.askToEnd(grace)
	}
	for _, p := range slices.Backward(s.device.Processes) {
		if running := s.programs[p.Name]; running != nil {
			running.end(grace)
		}
	}
	if s.channel != nil && s.channel.close != nil {
		s.channel.close()
	}
	s.cell.Close()
	if s.output != nil {
		s.output.finish()
		printed := s.output.contents()
		_ = s.output.Close()
		s.keepOutput(printed)
		s.searchOutput(printed)
	}
	s.removeLeft()
}

// started tells whether every process was started and the control channel is connected.
func (s *session) started() bool {
	return len(s.programs) == len(s.device.Processes) &&
		(s.device.ControlChannel == nil || s.channel != nil && s.channel.stream != nil)
}

// askToEnd performs the stop steps and closes the programs' standard input. It waits up to grace until the programs have
// ended.
func (s *session) askToEnd(grace time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	asked := len(s.device.Stop) > 0
	if asked && s.perform(ctx, s.device.Stop, s.data, grace) != nil {
		return // shutDown sends signals next
	}
	for _, p := range s.programs {
		if p.stdin != nil {
			asked = true
			p.closeInput()
		}
	}
	if !asked {
		return
	}
	for _, p := range s.programs {
		select {
		case <-p.done:
		case <-ctx.Done():
			return
		}
	}
}

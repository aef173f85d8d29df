package process

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/mocks/observation"
)

// session is one running instance of a descriptor's device.
type session struct {
	device *Descriptor
	log    *observation.Log
	data   *Data
	heard  *transcript
	output *outputLog
	where  map[string]netip.AddrPort

	environ  []string
	programs map[string]*program // of Descriptor.Processes
	control  *control
	polling  sync.WaitGroup
	stopPoll context.CancelFunc

	doing       sync.Mutex // one action at a time
	actionStart int        // position in heard

	mu        sync.Mutex
	actionSeq int        // position in log of the last action
	settled   []Pattern  // of that action
	commands  []*program // that run
	commanded bool       // there have been any since the last action
	first     *program   // that ended by itself
	told      int        // events
	ending    bool

	closed sync.Once
}

// ExitError says that a program of the device ended by itself, which a device
// under test should not.
type ExitError struct {
	Device, Process string
	// Status is -1 when a signal ended the program, which Signal then names.
	Status int
	Signal string
	// Output is the last lines that the program wrote.
	Output []string
}

func (e *ExitError) Error() string {
	text := fmt.Sprintf("device %s: %s %s by itself", e.Device, e.Process, exitStatus{e.Status, e.Signal})
	if len(e.Output) > 0 {
		text += fmt.Sprintf(", its last words being %q", strings.Join(e.Output, " / "))
	}
	return text
}

// Is makes a program that exits with status 89 one that does not support what
// it was told.
func (e *ExitError) Is(target error) bool {
	return target == device.ErrUnsupported && e.Status == exitUnsupported
}

// launch starts a program of the session. With control, standard output is
// where control messages come from.
func (s *session) launch(p Process, role role, arguments []string, control *control) (*program, error) {
	prefix := ""
	if len(s.device.Processes) != 1 || role == roleCommand {
		prefix = p.Name + ": "
	}
	writer := &outputWriter{log: s.output, prefix: prefix, hear: func(line string) {
		s.heard.add(saying{kind: saidOutput, text: line, who: p.Name})
		for _, told := range events(s.device.Events).inLine(line) {
			s.hear(told)
		}
	}}
	spec := programSpec{
		name: p.Name, role: role, command: arguments, dir: s.data.Dir, environment: s.environ,
		memory: s.device.Limits.Memory, keepInput: p.KeepInput || control != nil,
		stdout: writer, stderr: writer, ended: s.ended,
	}
	if control != nil {
		spec.control = control // which finds the events
		spec.stdout = &outputWriter{log: s.output, prefix: prefix, hear: func(line string) {
			s.heard.add(saying{kind: saidOutput, text: line, who: p.Name})
		}}
	}
	s.note(observation.DeviceStart, p.Name, 0, strings.Join(arguments, " "))
	// Its end must not be noticed before it is known.
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

// ended runs in the owner of p.
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
		text += " by itself"
		if last := p.failure(s.device.Name).Output; len(last) > 0 {
			s.note(observation.DeviceOutput, p.name, 0, strings.Join(last, "\n"))
		}
	}
	s.log.Append(observation.Event{Kind: observation.Device, Text: text,
		Device: &observation.DeviceInfo{What: observation.DeviceExit, Action: p.name, Status: p.status.code, ByItself: byItself}})
	// A command's end is news like others; a process's is the device's.
	kind := saidExit
	if p.role == roleCommand {
		kind = saidEvent
	}
	s.heard.add(saying{kind: kind, text: text, who: p.name})
}

// dead is an *ExitError once a process has ended by itself.
func (s *session) dead() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.first == nil {
		return nil
	}
	return s.first.failure(s.device.Name)
}

// over decides for who waits and hears that a process has ended: the device is
// dead, or it was told to end, or it was a preparation that did.
func (s *session) over() (done bool, err error) {
	if err := s.dead(); err != nil {
		return true, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ending, nil
}

// orExit prefers the end of the device as the reason for err.
func (s *session) orExit(err error) error {
	if err == nil || errors.Is(err, device.ErrUnsupported) {
		return err
	}
	if dead := s.dead(); dead != nil {
		return dead
	}
	return err
}

// maxEvents bounds the events that one session adds to the log.
const maxEvents = 10_000

// hear takes what the device told.
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
		s.log.Append(observation.Event{Kind: observation.Note, Text: fmt.Sprintf("the device has told %d events; more are not recorded", maxEvents)})
	}
}

func (s *session) note(what observation.DeviceNews, action string, status int, text string) observation.Event {
	return s.log.Append(observation.Event{
		Kind: observation.Device, Text: text,
		Device: &observation.DeviceInfo{What: what, Action: action, Status: status},
	})
}

// Do performs the steps of the action's verb.
func (s *session) Do(ctx context.Context, action device.Action) error {
	s.doing.Lock()
	defer s.doing.Unlock()
	described, ok := s.device.action(action.Verb)
	if !ok {
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
	s.mu.Unlock()
	if err := s.perform(ctx, described.Steps, s.data.with(action), s.device.Limits.Action); err != nil {
		return fmt.Errorf("%s: %w", action.Verb, err)
	}
	return nil
}

// Settled returns when one of three things has happened since the last Do: an
// event that the action settles with, the end of every command that runs, or a
// window (limits.quiet) in which nothing at all was added to the log. A call
// that is up, with media, has not settled.
func (s *session) Settled(ctx context.Context) error {
	s.mu.Lock()
	next, settled := s.actionSeq, s.settled
	s.mu.Unlock()
	window := s.device.Limits.Quiet
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

// settles tells whether e is an event of the device that one of the patterns
// matches.
func settles(e observation.Event, patterns []Pattern) bool {
	return e.Kind == observation.Device && e.Device != nil && e.Device.What == observation.DeviceEvent &&
		slices.ContainsFunc(patterns, func(p Pattern) bool { return p.matches(e.Text) })
}

// commandsEnded tells whether there were commands and all have ended.
func (s *session) commandsEnded() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.commanded && len(s.commands) == 0
}

// Listening is where the device takes SIP, by protocol.
func (s *session) Listening() map[string]netip.AddrPort { return s.where }

// Close ends the device: the descriptor's stop steps, then SIGTERM to each
// process group, then SIGKILL, with the descriptor's grace between.
func (s *session) Close() error {
	s.closed.Do(s.shutDown)
	return nil
}

func (s *session) shutDown() {
	s.mu.Lock()
	s.ending = true
	commands, dead := slices.Clone(s.commands), s.first != nil
	s.mu.Unlock()
	if s.stopPoll != nil {
		s.stopPoll()
		s.polling.Wait()
	}
	grace := s.device.Limits.Stop
	for _, p := range commands {
		p.end(grace)
	}
	if !dead && s.started() {
		s.askToEnd(grace)
	}
	for _, p := range slices.Backward(s.device.Processes) {
		if running := s.programs[p.Name]; running != nil {
			running.end(grace)
		}
	}
	if s.control != nil && s.control.close != nil {
		s.control.close()
	}
	_ = s.output.Close()
	for _, text := range s.device.Remove {
		if file, err := text.render(s.data); err == nil && filepath.IsAbs(file) {
			_ = os.Remove(file) // most often it is gone already
		}
	}
}

// started tells whether every process and control are there.
func (s *session) started() bool {
	return len(s.programs) == len(s.device.Processes) &&
		(s.device.Control == nil || s.control != nil && s.control.stream != nil)
}

// askToEnd does the stop steps, ends the programs' input, and gives those that
// were told so the time to obey.
func (s *session) askToEnd(grace time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	asked := len(s.device.Stop) > 0
	if asked && s.perform(ctx, s.device.Stop, s.data, grace) != nil {
		return // signals come next
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

package process

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/operator"
	"github.com/sipconform/sipconform/internal/yamlfile"
	"github.com/sipconform/sipconform/mocks/observation"
)

// Attended returns the device with a person at it, who is asked at the desk.
func (d *Device) Attended(desk *operator.Desk) *Device {
	attended := *d
	attended.desk = desk
	return &attended
}

// NeedsPerson tells whether somebody has to be at the device.
func (d *Device) NeedsPerson() bool {
	if !d.descriptor.onNetwork() {
		return false
	}
	needed := d.descriptor.Network.Person
	d.descriptor.eachStep(func(_ yamlfile.Path, step Step) { needed = needed || len(step.Ask) > 0 })
	return needed
}

// setByPerson tells whether a person gives the device what a scenario asks for.
func (d *Descriptor) setByPerson() bool {
	return d.onNetwork() && d.Network.Person && len(d.Configure) == 0
}

// byPerson tells whether a person has the device do something.
func (d *Descriptor) byPerson(verb device.Verb) bool {
	return d.onNetwork() && d.Network.Person && !d.hasAction(verb) && !d.byItself(verb) && asks[verb] != ""
}

// byItself tells whether the device does something without being told.
func (d *Descriptor) byItself(verb device.Verb) bool {
	return d.onNetwork() && verb == device.Register && d.Network.Returns > 0 && !d.hasAction(verb)
}

// errand is something that a person is asked to do, and that may be over before the person says so.
type errand struct {
	cancel context.CancelFunc
	over   chan struct{} // closed when err is set
	err    error         // of the person's answer
}

// ask shows a task at the desk, and has the time that the person takes not count.
func (s *session) ask(ctx context.Context, do []string, sheet []operator.Setting) *errand {
	ctx, cancel := context.WithCancel(ctx)
	e := &errand{cancel: cancel, over: make(chan struct{})}
	resume := func() {}
	if s.pause != nil {
		resume = s.pause()
	}
	s.asking.Go(func() {
		defer close(e.over)
		defer resume()
		defer s.log.Guard("", "asking the person at the device")
		answer, why, err := s.desk.Ask(ctx, operator.Task{Scenario: s.scenario, Title: s.title, Do: do, Sheet: sheet})
		if e.err = err; err == nil {
			e.err = refusal(answer, why)
		}
		if answer == operator.Done {
			s.note(observation.DeviceDone, "", 0, "the person at the device has done it")
		}
	})
	return e
}

// withdraw takes a task back that nobody waits for any more.
func (e *errand) withdraw() {
	if e != nil {
		e.cancel()
		<-e.over
	}
}

// await waits for the answer, or withdraws the task when ctx ends.
func (e *errand) await(ctx context.Context) error {
	select {
	case <-e.over:
		if errors.Is(e.err, context.Canceled) { // it was withdrawn, because the wire had shown what was wanted
			return context.Cause(ctx)
		}
		return e.err
	case <-ctx.Done():
		e.withdraw()
		if e.err == nil || errors.Is(e.err, context.Canceled) {
			return context.Cause(ctx)
		}
		return e.err // it was answered just before
	}
}

// refusal is what an answer means for the scenario, nil if the person has done what was asked.
func refusal(answer operator.Answer, why string) error {
	switch answer {
	case operator.Skip, operator.Cannot:
		return &declined{answer, why}
	case operator.Again:
		return device.ErrAgain
	case operator.Back:
		return device.ErrBack
	}
	return nil
}

// declined is the error of a task that the person will not, or cannot do.
type declined struct {
	answer operator.Answer
	why    string
}

func (d *declined) Error() string {
	return strings.TrimSuffix(fmt.Sprintf("the person at the device says %s: %s", d.answer, strings.TrimSpace(d.why)), ": ")
}

func (d *declined) Unwrap() error { return device.ErrUnsupported }

// asks are what a person is asked to do where the descriptor has no words of its own.
var asks = map[device.Verb]string{
	device.Register:   "Have the device register, or register again: switch the account off and on.",
	device.Unregister: "Have the device end its registration: switch the account off.",
	device.Call:       "Call %s.",
	device.HangUp:     "Hang up.",
	device.Hold:       "Put the call on hold.",
	device.Resume:     "Take the call off hold.",
	device.Options:    "Have the device send OPTIONS to %s.",
	device.HTTPSGet:   "Fetch %s.",
	device.TLSConnect: "Connect to %s by TLS.",
}

// inWords is what a person is asked to do for an action.
func inWords(action device.Action) string {
	text := asks[action.Verb]
	if strings.Contains(text, "%s") {
		return fmt.Sprintf(text, cmp.Or(action.Target, "the account's domain"))
	}
	return text
}

// errNobody is the error of a task without anybody to give it to.
var errNobody = errors.New("nobody is at the device to be asked: run certify on a terminal, or with -page")

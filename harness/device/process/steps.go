package process

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/sipconform/sipconform/harness/device"
)

// exitUnsupported is the exit status of a command that does not support what it was told (see SHIM.md).
const exitUnsupported = 89

// perform performs steps in order. Each may take as long as limit.
func (s *session) perform(ctx context.Context, steps []Step, data *Data, limit time.Duration) error {
	for i, step := range steps {
		if len(step.Ask) > 0 || step.asked != "" {
			if err := s.send(ctx, step, data, i == len(steps)-1); err != nil {
				return err
			}
			continue
		}
		limited, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("the device did not answer within %s", limit))
		err := s.step(limited, step, data)
		cancel()
		if err != nil {
			return err
		}
	}
	return nil
}

// send asks the person at the device to do a step, who has all the time that it takes. The last step of an action goes on
// while the wire is watched.
func (s *session) send(ctx context.Context, step Step, data *Data, last bool) error {
	if s.desk == nil {
		return errNobody
	}
	do, err := renderAll(step.Ask, data)
	if err != nil {
		return err
	}
	if step.asked != "" {
		do = append(do, step.asked)
	}
	verb := data.Action.Verb
	if !last || verb == "" {
		return s.ask(ctx, do, nil).await(ctx)
	}
	e := s.ask(context.WithoutCancel(ctx), do, nil)
	s.mu.Lock()
	s.errand = e
	s.mu.Unlock()
	return nil
}

// step performs one step.
func (s *session) step(ctx context.Context, step Step, data *Data) error {
	switch {
	case step.Send != nil:
		return s.exchange(ctx, step, data)
	case len(step.Run) > 0:
		return s.run(ctx, step, data)
	case step.Signal != "":
		for _, p := range s.named(step.Process) {
			p.signal(signalNumber(step.Signal))
		}
		return nil
	case step.Pause != 0:
		return pause(ctx, step.Pause)
	}
	return s.heard.await(ctx, s.actionStart, s.judge(step, step.Await))
}

// pause waits for d, or until ctx is done.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// named returns the process, or the running commands, of that name.
func (s *session) named(name string) []*program {
	if p := s.programs[name]; p != nil {
		return []*program{p}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(s.commands), func(p *program) bool { return p.name != name })
}

// exchange sends a control message, then waits for the reply and for the patterns of the step.
func (s *session) exchange(ctx context.Context, step Step, data *Data) error {
	s.channel.mu.Lock()
	defer s.channel.mu.Unlock()
	token := s.channel.nextToken()
	message, err := step.Send.render(data, s.device.ControlChannel.Token, token)
	if err != nil {
		return err
	}
	start := s.heard.end()
	if err := s.channel.send(ctx, message); err != nil {
		// Usually the device has died. Wait a moment for its exit status.
		dying, cancel := context.WithTimeout(ctx, s.device.Limits.Stop)
		defer cancel()
		_ = s.heard.await(dying, start, func(said saying) (bool, error) { return said.kind == saidExit, nil })
		return s.orExit(fmt.Errorf("cannot send to the device: %w", err))
	}
	if s.device.ControlChannel.Reply != nil {
		if err := s.heard.await(ctx, start, s.judgeReply(step, token)); err != nil {
			return s.orExit(err)
		}
	}
	if step.Success.IsZero() {
		return nil
	}
	return s.orExit(s.heard.await(ctx, start, s.judge(step, step.Success)))
}

// judgeReply returns a function for await that waits for the reply with the token.
func (s *session) judgeReply(step Step, token string) func(saying) (bool, error) {
	return func(said saying) (bool, error) {
		if said.kind == saidExit {
			return s.over()
		}
		if said.kind != saidReply || said.token != "" && said.token != token {
			return false, nil
		}
		switch {
		case said.reply == unknown || step.Unsupported.matches(said.text):
			return true, device.ErrUnsupported
		case said.reply == refused || step.Failure.matches(said.text):
			return true, fmt.Errorf("the device refused: %q", said.text)
		}
		return true, nil
	}
}

// judge returns a function for await that waits until the device says something that matches wanted, or one of the step's
// patterns of failure.
func (s *session) judge(step Step, wanted Pattern) func(saying) (bool, error) {
	return func(said saying) (bool, error) {
		switch {
		case said.kind == saidExit:
			return s.over()
		case said.kind != saidEvent && said.kind != saidLine:
			return false, nil
		case step.Unsupported.matches(said.text):
			return true, device.ErrUnsupported
		case step.Failure.matches(said.text):
			return true, fmt.Errorf("the device failed: %q", said.text)
		}
		return wanted.matches(said.text), nil
	}
}

// run starts a command, and waits until it ends if the step says so.
func (s *session) run(ctx context.Context, step Step, data *Data) error {
	arguments, err := renderAll(step.Run, data)
	if err != nil {
		return err
	}
	p, err := s.launch(Process{Name: cmp.Or(step.Process, filepath.Base(arguments[0]))}, roleCommand, arguments, nil)
	if err != nil || !step.Wait {
		return err
	}
	select {
	case <-p.done:
	case <-ctx.Done():
		p.end(s.device.Limits.Stop)
		return fmt.Errorf("%s did not end: %w", p.name, context.Cause(ctx))
	}
	switch {
	case p.status.code == exitUnsupported:
		return device.ErrUnsupported
	case p.status.code != 0:
		return p.failure(s.device.Name)
	}
	return nil
}

// poll asks the device for events, again and again, until ctx is done.
func (s *session) poll(ctx context.Context, data *Data) {
	p := s.device.ControlChannel.Poll
	every := time.NewTicker(p.Every)
	defer every.Stop()
	step := Step{Send: &p.Send, Success: p.Until}
	for {
		select {
		case <-every.C:
		case <-ctx.Done():
			return
		}
		limited, cancel := context.WithTimeout(ctx, s.device.Limits.Action)
		err := s.exchange(limited, step, data)
		cancel()
		if errors.As(err, new(*ExitError)) {
			return
		}
	}
}

// Package process runs devices that are programs. A [Descriptor] says in data what a device needs: files to write, processes
// to start, a protocol to control them, and the steps of each action. Nothing in this package knows any particular
// device.
//
// What users write is device.yaml, which fixtures/devices/README.md documents. The package serves this module and may
// change.
package process

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"sync"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/isolate"
	"github.com/sipconform/sipconform/harness/operator"
	"github.com/sipconform/sipconform/harness/report/printable"
	"github.com/sipconform/sipconform/mocks/observation"
)

// Device is the [device.Device] of a descriptor.
type Device struct {
	descriptor  *Descriptor
	confinement *isolate.Confinement // nil if sessions are not confined
	desk        *operator.Desk       // nil if nobody is at the device
	standing    *standing
}

// New returns the device that d describes. Its programs run as the harness does.
func New(d *Descriptor) *Device {
	return &Device{descriptor: d, standing: &standing{cannot: make(map[string]error)}}
}

// Confined returns the device with each session in a cell of its own.
func (d *Device) Confined(c *isolate.Confinement) *Device {
	sample := &session{device: d.descriptor, data: d.descriptor.data(sampleSetup(device.Levers{}), sampleSession)}
	sample.environ, _ = d.descriptor.environment(sample.data) // it was rendered when the descriptor was loaded
	confined := *d
	confined.confinement = c.Showing(sample.room().Reach)
	return &confined
}

// Confinement returns how its sessions are confined, nil if they are not.
func (d *Device) Confinement() *isolate.Confinement { return d.confinement }

var (
	_ device.Configurable = (*Device)(nil)
	_ device.Bearer       = (*Device)(nil)
)

// Load returns the load of the descriptor, the zero value if it says none.
func (d *Device) Load() (l device.Load) {
	if said := d.descriptor.Load; said != nil {
		l = device.Load(*said)
	}
	return l
}

// Name returns the name of the descriptor.
func (d *Device) Name() string { return d.descriptor.Name }

// Isolation tells whether the device needs namespaces (see package isolate).
func (d *Device) Isolation() Isolation { return d.descriptor.Isolation }

// Capabilities returns the capabilities of the descriptor, sorted.
func (d *Device) Capabilities() device.Capabilities {
	return d.descriptor.declared()
}

// Version runs the version command of the descriptor. It ignores the exit status, because some programs fail when they are
// asked for their version.
func (d *Device) Version(ctx context.Context) (string, error) {
	version := d.descriptor.Version
	if len(version.Command) == 0 {
		return "", nil
	}
	arguments, err := renderAll(version.Command, &Data{folder: d.descriptor.path})
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, d.descriptor.Limits.Start)
	defer cancel()
	output, err := d.output(ctx, arguments)
	if err != nil && !errors.As(err, new(*exec.ExitError)) {
		return "", d.notInstalled(err)
	}
	if m := version.Pattern.FindSubmatch(output); m != nil {
		return printable.Line(string(m[1][:min(len(m[1]), maxName)])), nil
	}
	return "", fmt.Errorf("%s does not tell its version: the output of %q has no match for %s",
		d.Name(), strings.Join(arguments, " "), version.Pattern)
}

// notInstalled adds to err which packages to install, if the program was not found.
func (d *Device) notInstalled(err error) error {
	if errors.Is(err, exec.ErrNotFound) && len(d.descriptor.Packages) > 0 {
		return fmt.Errorf("%s is not installed (on Debian: apt-get install %s): %w", d.Name(), strings.Join(d.descriptor.Packages, " "), err)
	}
	return err
}

// Prepare writes the files, configures the device, starts the processes, connects the control channel and performs the
// start steps. A lever that the device lacks, or a value that it cannot be set to, is an error that wraps
// [device.ErrUnsupported].
func (d *Device) Prepare(ctx context.Context, setup device.Setup) (device.Session, error) {
	if err := d.checkLevers(setup.Levers); err != nil {
		return nil, err
	}
	if setup.Log == nil {
		setup.Log = observation.NewLog()
	}
	data := d.descriptor.data(setup, "sipconform-"+rand.Text()[:12])
	s := &session{
		device: d.descriptor, confinement: d.confinement, log: setup.Log, data: data,
		heard: newTranscript(), programs: make(map[string]*program),
		scenario: setup.Scenario, title: setup.Title, pause: setup.Pause, desk: d.desk, standing: d.standing,
	}
	if err := s.prepare(ctx); err != nil {
		_ = s.Close()
		return nil, fmt.Errorf("device %s cannot be prepared: %w", d.Name(), d.notInstalled(err))
	}
	return s, nil
}

// checkLevers returns an error for a lever or a value that the device does not have.
func (d *Device) checkLevers(l device.Levers) error {
	data := Data{Levers: l, words: d.descriptor.Words}
	for lever, values := range l.Values() {
		c := device.Capability("lever:" + lever)
		if !slices.Contains(d.descriptor.Capabilities, c) {
			return fmt.Errorf("device %s has no %s: %w", d.Name(), c, device.ErrUnsupported)
		}
		for _, value := range values {
			if _, err := data.word(lever, value); err != nil {
				return fmt.Errorf("device %s: %w", d.Name(), err)
			}
		}
	}
	return nil
}

// prepare is the work of [Device.Prepare].
func (s *session) prepare(ctx context.Context) (err error) {
	if err := s.device.writeFiles(s.data); err != nil {
		return err
	}
	if s.where, err = s.device.listening(s.data); err != nil {
		return err
	}
	if s.environ, err = s.device.environment(s.data); err != nil {
		return err
	}
	if s.cell, err = s.confinement.Open(s.room()); err != nil {
		return err
	}
	if err := s.cell.Own(); err != nil {
		return err
	}
	if s.output, err = newOutputLog(s.data.Dir, s.device.Limits.Output, s.log.Failing("", "keeping what the device prints")); err != nil {
		return err
	}
	if err := s.configure(ctx); err != nil {
		return err
	}
	limit := s.device.Limits.Start
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("it was not ready within %s", limit))
	defer cancel()
	return s.begin(ctx)
}

// begin starts the processes, connects the control channel and performs the start steps.
func (s *session) begin(ctx context.Context) error {
	if p := s.device.ControlChannel; p != nil {
		s.channel = &controlChannel{protocol: p, events: s.device.Events, hear: s.hear, log: s.log}
	}
	for _, p := range s.device.Processes {
		if err := s.startProcess(ctx, p); err != nil {
			return err
		}
	}
	if err := s.connect(ctx); err != nil {
		return s.orExit(err)
	}
	if p := s.device.ControlChannel; p != nil && p.Poll != nil {
		polling, stop := context.WithCancel(context.Background())
		s.stopPoll = stop
		s.polling.Go(func() {
			defer s.log.Guard("", "polling the device")
			s.poll(polling, s.data)
		})
	}
	return s.orExit(s.perform(ctx, s.device.Start, s.data, s.device.Limits.Start))
}

// startProcess starts a process and waits until it is ready.
func (s *session) startProcess(ctx context.Context, p Process) error {
	arguments, err := renderAll(p.Command, s.data)
	if err != nil {
		return err
	}
	var stdout *controlChannel
	if c := s.device.ControlChannel; c != nil && c.Transport == Stdin && c.Process == p.Name {
		stdout = s.channel
	}
	role := roleProcess
	if p.Ready.Exit {
		role = rolePreparation
	}
	start := s.heard.end()
	running, err := s.launch(p, role, arguments, stdout)
	if err != nil {
		return err
	}
	if stdout != nil {
		s.channel.stream = running.stdin
	}
	return s.orExit(s.awaitReady(ctx, p, running, start))
}

// awaitReady waits until a process is ready. start is the position in the transcript before it started.
func (s *session) awaitReady(ctx context.Context, p Process, running *program, start int) error {
	switch {
	case p.Ready.Exit:
		select {
		case <-running.done:
		case <-ctx.Done():
			return fmt.Errorf("%s did not end: %w", p.Name, context.Cause(ctx))
		}
		if running.status.code != 0 {
			return running.failure(s.device.Name)
		}
	case !p.Ready.Log.IsZero():
		err := s.heard.await(ctx, start, func(said saying) (bool, error) {
			if said.kind == saidExit {
				return s.over()
			}
			return said.kind == saidOutput && said.who == p.Name && p.Ready.Log.matches(said.text), nil
		})
		if err != nil {
			return fmt.Errorf("%s did not say that it was ready: %w", p.Name, err)
		}
	case !p.Ready.TCP.IsZero():
		address, err := p.Ready.TCP.render(s.data)
		if err != nil {
			return err
		}
		conn, err := dial(ctx, "tcp", address, running.done)
		if err != nil {
			return err
		}
		return conn.Close()
	}
	return nil
}

// connect connects the control channel. Over standard input it is connected when the process has started.
func (s *session) connect(ctx context.Context) error {
	c := s.device.ControlChannel
	if c == nil || c.Transport == Stdin {
		return nil
	}
	address, err := c.Address.render(s.data)
	if err != nil {
		return err
	}
	if c.Transport == Unix {
		address = s.cell.Path(address)
	}
	died, watching := s.watchExit()
	defer watching()
	conn, err := dial(ctx, string(c.Transport), address, died)
	if err != nil {
		return err
	}
	if c.Secret != "" {
		if _, err := conn.Write([]byte(c.secret + "\n")); err != nil { // it fits into the buffer of a new connection
			return errors.Join(err, conn.Close())
		}
	}
	s.channel.overConn(conn)
	return nil
}

// watchExit returns a channel that is closed when a process ends by itself, and a function that stops watching.
func (s *session) watchExit() (died <-chan struct{}, stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	closed := make(chan struct{})
	var watching sync.WaitGroup
	watching.Go(func() {
		defer s.log.Guard("", "waiting for a program to end")
		if s.heard.await(ctx, 0, func(said saying) (bool, error) { return said.kind == saidExit && s.dead() != nil, nil }) == nil {
			close(closed)
		}
	})
	return closed, func() {
		cancel()
		watching.Wait()
	}
}

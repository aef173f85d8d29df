package stub

import (
	"context"
	"fmt"
	"time"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/device/reference"
	"github.com/sipconform/sipconform/mocks/observation"
)

// pace is the time between the media packets of stubs, a quarter of real time.
const pace = 5 * time.Millisecond

// altered is the reference device, set up otherwise than it is told, or doing
// otherwise.
type altered struct {
	name    string
	options reference.Options
	// set changes the device's configuration; nil: nothing.
	set func(*device.Setup) error
	// does is what the device does for what it is told, and it does nothing for the
	// rest; nil: everything as it is told.
	does map[device.Verb]device.Verb
}

func (a altered) Name() string { return a.name }

// Version returns "": the stub has the version of the harness.
func (altered) Version(context.Context) (string, error) { return "", nil }

// Capabilities returns all there are: nothing is left unasked.
func (altered) Capabilities() device.Capabilities { return everything() }

// Load returns that of the reference device.
func (altered) Load() device.Load { return load() }

// Prepare prepares the reference device.
func (a altered) Prepare(ctx context.Context, setup device.Setup) (device.Session, error) {
	if a.set != nil {
		if err := a.set(&setup); err != nil {
			return nil, err
		}
	}
	options := a.options
	options.Name, options.Interval = a.name, pace
	session, err := reference.New(options).Prepare(ctx, setup)
	if err != nil || a.does == nil {
		return session, err
	}
	return selective{session, a.does, setup.Log}, nil
}

// selective does for what it is told what a table says.
type selective struct {
	device.Session
	does map[device.Verb]device.Verb
	log  *observation.Log
}

func (s selective) Do(ctx context.Context, action device.Action) error {
	verb, ok := s.does[action.Verb]
	switch {
	case ok:
		return s.Session.Do(ctx, device.Action{Verb: verb, Target: action.Target})
	case action.Verb == device.Nonsense:
		return fmt.Errorf("%s: %w", action.Verb, device.ErrUnsupported)
	}
	s.log.Append(observation.Event{Kind: observation.Device, Text: action.Target,
		Device: &observation.DeviceInfo{What: observation.DeviceAction, Action: string(action.Verb)}})
	return nil
}

// unverified turns the verification of certificates off.
func unverified(setup *device.Setup) error {
	setup.Levers.VerifyOff = true
	return nil
}

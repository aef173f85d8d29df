package reference

import (
	"testing"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
)

// TestActionFirst: what the device does by an action stands behind the action in the log, however soon it is done.
func TestActionFirst(t *testing.T) {
	t.Parallel()
	s := newWorld(t, settings{}).session
	const times = 1000
	for range times {
		if err := s.Do(testkit.Context(t), device.Action{Verb: device.TLSConnect, Target: "no name"}); err != nil {
			t.Fatal(err)
		}
		if err := s.Settled(testkit.Context(t)); err != nil {
			t.Fatal(err)
		}
	}
	told, done := 0, 0
	for _, e := range s.setup.Log.Events() {
		switch {
		case e.Kind != observation.Device:
		case e.Device.What == observation.DeviceAction:
			told++
		case e.Device.What == observation.DeviceEvent:
			if done++; done > told {
				t.Fatalf("%q stands before the action that it is about", e.Text)
			}
		}
	}
	if told != times || done == 0 {
		t.Errorf("%d actions, and %d events of the device", told, done)
	}
}

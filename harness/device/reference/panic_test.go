package reference

import (
	"context"
	"testing"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
)

// TestPanic: a panic of the reference device, which runs in the harness, is a fault in
// the log of its session. The session does what comes next, and can be closed.
func TestPanic(t *testing.T) {
	t.Parallel()
	s := newWorld(t, settings{}).session
	did := make(chan struct{})
	s.enqueue(nil, func(context.Context) { panic("no hands") })
	s.enqueue(nil, func(context.Context) { close(did) })
	testkit.Receive(t, did, "what was queued after the panic")
	if err := s.Settled(testkit.Context(t)); err != nil {
		t.Error(err)
	}
	first := testkit.Await(t, s.setup.Log, observation.Fault, nil)
	s.spawn(func() { panic("no mouth") })
	second := testkit.AwaitFrom(t, s.setup.Log, first.Seq+1, observation.Fault, nil)
	for _, e := range []observation.Event{first, second} {
		if e.Fault != observation.MockPanicked {
			t.Errorf("the fault is %+v", e)
		}
	}
}

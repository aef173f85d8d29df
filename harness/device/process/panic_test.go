package process

import (
	"testing"

	"github.com/sipconform/sipconform/mocks/observation"
)

// TestPanicWhileReading: a panic in what reads a device's words is a fault in the log of
// its session. The device is read on, and nothing else ends.
func TestPanicWhileReading(t *testing.T) {
	t.Parallel()
	log := observation.NewLog()
	c := &controlChannel{protocol: &ControlProtocol{Framing: Line, Format: PlainText}, log: log, hear: func(saying) { panic("no ear") }}
	for range 2 {
		if n, err := c.Write([]byte("hello\n")); n != 6 || err != nil {
			t.Errorf("Write: %d, %v", n, err)
		}
	}
	faults := 0
	for _, e := range log.Events() {
		if e.Kind == observation.Fault && e.Fault == observation.MockPanicked {
			faults++
		}
	}
	if faults != 2 {
		t.Errorf("%d faults", faults)
	}
}

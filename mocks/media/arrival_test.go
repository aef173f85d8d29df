package media

import (
	"fmt"
	"net"
	"runtime"
	"testing"
	"time"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
)

// TestArrival: a datagram has come when the system says so, unless its clock was set since.
func TestArrival(t *testing.T) {
	t.Parallel()
	now := time.Now()
	wall := now.Round(0)
	for name, c := range map[string]struct {
		stamp  time.Time
		waited time.Duration
	}{
		"at once":                         {wall, 0},
		"after a while":                   {wall.Add(-700 * time.Millisecond), 700 * time.Millisecond},
		"as long as is believed":          {wall.Add(-longestWait), longestWait},
		"without a stamp":                 {time.Time{}, 0},
		"the clock was put back":          {wall.Add(time.Hour), 0},
		"the clock was put forward":       {wall.Add(-time.Hour), 0},
		"the clock was put back a little": {wall.Add(time.Millisecond), 0},
	} {
		if got := now.Sub(arrival(now, c.stamp)); got != c.waited {
			t.Errorf("%s: it waited %v, want %v", name, got, c.waited)
		}
	}
}

// TestBusyReader: what came before something else has come before it, however late it is read.
func TestBusyReader(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells when a datagram came")
	}
	log := observation.NewLog()
	e, err := Listen(Config{Address: testkit.Loopback.Addr(), Log: log})
	testkit.Started(t, e, err)
	device, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(e.Addr()))
	testkit.Started(t, device, err)
	from := 0
	// A kernel begins to stamp datagrams a moment after the first socket asks for it. Until then it does so when they are read.
	for range 1000 {
		var wrong error
		if from, wrong = busy(t, e, log, device, from); wrong == nil {
			return
		} else if err == nil {
			err = wrong
		}
	}
	t.Error(err)
}

// busy sends three datagrams while the reader of e is busy, and one after a note in the log, and returns what is wrong with
// when they are said to have come. It looks at events from that Seq on, and returns that of the next.
func busy(t *testing.T, e *Endpoint, log *observation.Log, device net.Conn, from int) (next int, wrong error) {
	t.Helper()
	send := func() {
		if _, err := device.Write([]byte("no RTP")); err != nil {
			t.Fatal(err)
		}
	}
	e.receiver.mu.Lock() // the reader has one in its hands, and does not take the others
	for range 3 {
		send()
	}
	between := log.Append(observation.Event{Kind: observation.Note})
	send()
	e.receiver.mu.Unlock()
	for i := range 4 {
		packet := testkit.AwaitFrom(t, log, from, observation.Media, nil)
		from = packet.Seq + 1
		if before := packet.Media.Arrived < between.At; packet.Seq < between.Seq || before != (i < 3) {
			wrong = fmt.Errorf("packet %d has come after %v, and the note is from %v", i, packet.Media.Arrived, between.At)
		}
	}
	return from, wrong
}

package sipagent

import (
	"io"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/accept"
	"github.com/sipconform/sipconform/mocks/observation"
)

// TestFlood has a peer send requests as long as they can be, without end, and checks what the mock keeps of them: in its
// log, in all, and once it is closed. It looks at the heap, so nothing runs beside it.
func TestFlood(t *testing.T) {
	heap := func() int {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int(m.HeapAlloc)
	}
	for _, protocol := range protocols {
		t.Run(protocol, func(t *testing.T) {
			before := heap()
			m := start(t, Config{Wire: true})
			conn, err := dial(m, protocol)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			conn.SetDeadline(time.Now().Add(testkit.Patience))
			go io.Copy(io.Discard, conn)
			padding := "Subject: " + strings.Repeat("x", 60_000)
			const more = 500 // 30 MB
			for after := 0; after < more; {
				if _, err := io.WriteString(conn, testkit.Compose(protocol, "OPTIONS", padding)); err != nil {
					t.Fatal(err)
				}
				select {
				case <-m.log.Flooded():
					after++
				default:
				}
			}
			events := m.log.Events()
			if kept := observation.Size(events); kept > 2*observation.ConnectionBytes {
				t.Errorf("the log has %d bytes of one connection", kept)
			}
			if in := count(m.log, observation.SIP, observation.In); in < 3 {
				t.Errorf("the log has %d of the first requests", in)
			}
			const most = 8 * maxTransactionBytes
			if grown := heap() - before; grown > most {
				t.Errorf("the heap has grown by %d bytes", grown)
			}
			m.Close()
			runtime.KeepAlive(events)
		})
		if left := heap(); left > 16<<20 {
			t.Errorf("%s: %d bytes of the heap are in use after the flood", protocol, left)
		}
	}
}

// TestTooManyConnections checks that a mock has only so many open, and that it takes one again once another has ended.
func TestTooManyConnections(t *testing.T) {
	t.Parallel()
	m := start(t, Config{})
	var open []net.Conn
	for range accept.MaxOpen + 10 {
		conn, err := dial(m, observation.TCP)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		open = append(open, conn)
	}
	flood := testkit.Await(t, m.log, observation.Flood, nil)
	if flood.Flood.Kind != observation.TransportOpen || flood.Dir != "" {
		t.Errorf("left out is %+v", flood.Flood)
	}
	last := open[len(open)-1]
	last.SetDeadline(time.Now().Add(testkit.Patience))
	if _, err := last.Read(make([]byte, 1)); err == nil {
		t.Error("one connection too many is served")
	}
	opened := 0 // which is logged when a connection is served, and so after it counts
	testkit.Await(t, m.log, observation.TransportOpen, func(observation.Event) bool { opened++; return opened == accept.MaxOpen })
	if opened := count(m.log, observation.TransportOpen, ""); opened != accept.MaxOpen {
		t.Errorf("%d connections are open", opened)
	}
	open[0].Close()
	for served := false; !served; { // the mock has to read that it is closed
		conn, err := dial(m, observation.TCP)
		if err != nil {
			t.Fatal(err)
		}
		conn.SetDeadline(time.Now().Add(testkit.Patience))
		io.WriteString(conn, testkit.Compose(observation.TCP, "OPTIONS"))
		_, err = conn.Read(make([]byte, 1))
		served = err == nil
		conn.Close()
	}
}

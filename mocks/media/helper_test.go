package media

import (
	"net"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// listenOn returns an endpoint on the loopback interface that sends every 2 ms.
func listenOn(t testing.TB, configure ...func(*Config)) (*Endpoint, *observation.Log) {
	t.Helper()
	c := Config{
		Address: netip.MustParseAddr("127.0.0.1"), Log: observation.NewLog(),
		Interval: 2 * time.Millisecond, ReportInterval: 20 * time.Millisecond,
	}
	for _, f := range configure {
		f(&c)
	}
	e, err := Listen(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e, c.Log
}

func start(t testing.TB, e *Endpoint, s Session) {
	t.Helper()
	if err := e.Start(s); err != nil {
		t.Fatal(err)
	}
}

// heard accepts an authentic packet with this tone.
func heard(hz int) func(observation.Event) bool {
	return func(e observation.Event) bool {
		m := e.Media
		return e.Kind == observation.Media && e.Dir == observation.In && m.Class == observation.AuthenticRTP && m.Diagnosis == "" && m.Tone != 0 &&
			abs(m.Tone-hz) <= ToneTolerance
	}
}

// datagrams returns the events of a log but those about the tone that is sent.
func datagrams(l *observation.Log) []observation.Event {
	return slices.DeleteFunc(slices.Clone(l.Events()), func(e observation.Event) bool { return e.Kind == observation.Playing })
}

// none checks that only authentic packets have come.
func none(t *testing.T, l *observation.Log) {
	t.Helper()
	for _, e := range datagrams(l) {
		if e.Kind != observation.Media || e.Media.Class != observation.AuthenticRTP && e.Media.Class != observation.AuthenticRTCP ||
			e.Media.Diagnosis != "" {
			t.Fatalf("%s %s %+v", e.Kind, e.Text, e.Media)
		}
	}
}

func dial(t *testing.T, e *Endpoint) net.Conn {
	t.Helper()
	c, err := net.Dial("udp", e.Addr().String())
	return testkit.Started(t, c, err)
}

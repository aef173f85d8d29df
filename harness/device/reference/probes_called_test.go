package reference

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// calledKills show the bugs of [CalledBugs], [LoadBugs] and [OptionsBugs].
func calledKills() map[string]kill {
	return map[string]kill{
		"options-in-clear":    {asksRefused, "tls1 OPTIONS", "tls1 OPTIONS, udp0 OPTIONS"},
		"listens-elsewhere":   {listensAt, "at its port", "elsewhere"},
		"refuses-named-port":  {reacts("INVITE", addressed("device.example.com:5071")), "200, 1 pongs", "404, 1 pongs"},
		"refuses-plain-calls": {offeredRTP, "200 RTP/AVP", "488"},
		"takes-one-call":      {calledTwice, "200 and 200, speaks in 2", "200 and 486, speaks in 1"},
		"speaks-in-one-call":  {calledTwice, "200 and 200, speaks in 2", "200 and 200, speaks in 1"},
	}
}

// listensAt shows where a device takes TLS that is set to a port.
func listensAt(t testing.TB, bugs Bugs) string {
	l := testkit.Listen(t)
	free := port(l.Addr())
	l.Close()
	w := newWorld(t, settings{options: Options{Bugs: bugs}, levers: device.Levers{Port: free}})
	if at := w.session.Listening()[observation.TLS]; at.Port() != free {
		return "elsewhere"
	}
	w.mustDial()
	return "at its port"
}

// asksRefused has the device ask with OPTIONS, and refuses that with 403.
func asksRefused(t testing.TB, bugs Bugs) string {
	w := newWorld(t, settings{options: Options{Bugs: bugs}, script: refusing(403)})
	w.do(device.Options, "")
	return outline(w.finish())
}

// offeredRTP has the peer offer RTP to a device that is set to it.
func offeredRTP(t testing.TB, bugs Bugs) string {
	w := newWorld(t, settings{options: Options{Bugs: bugs}, levers: device.Levers{Media: device.RTP}})
	return shown(t, w.mustDial().invite("call", describe(stream(9, avp))))
}

// calledTwice shows what a device makes of two calls at once.
func calledTwice(t testing.TB, bugs Bugs) string {
	w := newWorld(t, settings{options: Options{Bugs: bugs}, levers: device.Levers{Media: device.RTP}})
	l := w.mustDial()
	sounds := []*sound{newSound(t), newSound(t)}
	var statuses []string
	speaks := 0
	for i, s := range sounds {
		statuses = append(statuses, fmt.Sprint(l.invite(fmt.Sprint("call", i), s.describe("RTP/AVP")).Status))
	}
	for _, s := range sounds {
		if next(s.rtp) != nil {
			speaks++
		}
	}
	return fmt.Sprintf("%s, speaks in %d", strings.Join(statuses, " and "), speaks)
}

// addressed changes the host and port of a Request-URI.
func addressed(host string) func(*sipwire.Message) {
	return func(m *sipwire.Message) { m.RequestURI = "sip:+15557654321@" + host + ";transport=tls" }
}

// TestRequestURIs: whatever names the device in a Request-URI, it takes the call. The bug shows only with a name and a port.
func TestRequestURIs(t *testing.T) {
	t.Parallel()
	for _, host := range []string{"device.example.com", "192.0.2.7", "192.0.2.7:5061"} {
		for _, bugs := range []Bugs{{}, {CalledBugs: CalledBugs{RefusesNamedPort: true}}} {
			if got := reacts("INVITE", addressed(host))(t, bugs); got != "200, 1 pongs" {
				t.Errorf("%s, %+v: %s", host, bugs.CalledBugs, got)
			}
		}
	}
}

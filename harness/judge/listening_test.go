package judge_test

import (
	"net/netip"
	"testing"

	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/mocks/observation"
)

// called is a story in which the vendor dials the device's server, with the Seq of each event in place.
func called(remote string, kind observation.Kind, cause observation.CloseCause) *story {
	return tell().add(observation.Event{Kind: kind, Conn: "tls-1", Transport: &observation.TransportInfo{
		Protocol: observation.TLS, Remote: netip.MustParseAddrPort(remote), Dialed: true, Cause: cause,
	}})
}

func TestFoundAtDefaultPort(t *testing.T) {
	t.Parallel()
	opened := func(remote string) *story { return called(remote, observation.TransportOpen, "") }
	invited := func(s *story) *story {
		return s.shakes("tls-1", tls12, "").out("tls-1", "INVITE 1").in("tls-1", "200 INVITE 1")
	}
	try(t, []trial{
		{"found, and it answered", judge.FoundAtDefaultPort, invited(opened("127.0.0.2:5061")), "pass call-taken"},
		{"found, and it refused", judge.FoundAtDefaultPort,
			opened("127.0.0.2:5061").out("tls-1", "INVITE 1").in("tls-1", "486 INVITE 1"), "fail call-refused-486"},
		{"nothing listens there", judge.FoundAtDefaultPort,
			called("127.0.0.2:5061", observation.TransportClose, observation.NotConnected), "fail not-at-5061"},
		{"the vendor gave up", judge.FoundAtDefaultPort,
			called("127.0.0.2:5061", observation.TransportClose, observation.TimedOut), "inconclusive not-called"},
		{"the vendor was told another port", judge.FoundAtDefaultPort, invited(opened("127.0.0.2:40000")), "not-applicable port-named"},
		{"nothing listens at another port", judge.FoundAtDefaultPort,
			called("127.0.0.2:40000", observation.TransportClose, observation.NotConnected), "not-applicable port-named"},
		{"never called", judge.FoundAtDefaultPort, tell(), "inconclusive not-called"},
		{"the device connected to 5061", judge.FoundAtDefaultPort, tell().opens("tls-1"), "inconclusive not-called"},
	})
}

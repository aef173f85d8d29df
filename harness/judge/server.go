package judge

import (
	"slices"
	"strings"

	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/tlspeer"
)

// called returns the connections that the vendor opened to the device's server.
func (v *View) called(protocol string) []*Connection {
	var all []*Connection
	for _, c := range v.Connections {
		if c.Info.Dialed && c.Protocol() == protocol {
			all = append(all, c)
		}
	}
	return all
}

// AnsweredOrRefused asks that the device's server takes the vendor's call, or ends the
// handshake: what names what the vendor has, which the device need not have. One that
// completes the handshake has it, and has to take the call.
func AnsweredOrRefused(what string) Rule {
	refused := RejectsClient(what)
	return func(v *View) Ruling {
		if r := refused(v); r.Verdict == verdict.Pass {
			return r
		}
		return Answered(v)
	}
}

// TakesSuite asks that the device's server, called with one suite alone, obeys rule if
// it chooses the suite. It need not have every suite of the vendor's.
func TakesSuite(suite uint16, rule Rule) Rule {
	name := tlspeer.SuiteName(suite)
	return func(v *View) Ruling {
		connections := v.called(observation.TLS)
		if len(connections) == 0 {
			return unreached(v).leftOpen()
		}
		c := connections[0]
		switch h := c.Handshake; {
		case h == nil || c.expired() || c.mockEnded():
			return atDoor(connections[:1], "answer").leftOpen()
		case h.Complete:
			return rule(v)
		case slices.Contains(h.Received, observation.CertificateRequestMessage) && TakesAnonymous(v).Verdict == verdict.Fail:
			return TakesAnonymous(v).leftOpen() // whatever the suite
		case len(h.PeerChain) > 0: // it has sent its ServerHello, and with it the suite
			return fail("suite-not-usable", "its server chose %s and then ended the handshake on %s: %s", name, c.ID, h.Error).at(c.Last).
				hint("let the server choose suites alone with which it can complete a handshake")
		case !c.left():
			return open("undecided", "its server did not end the handshake").at(c.Last)
		}
		return unbound("suite-not-taken", "its server does not take %s, which is not required", name).at(c.Last)
	}
}

// TakesGroup asks that the device's server, which agrees on keys by ECDHE when it is
// called with several groups, takes a second call that has that group alone.
func TakesGroup(group uint16) Rule {
	name := tlspeer.GroupName(group)
	return func(v *View) Ruling {
		connections := v.called(observation.TLS)
		if len(connections) == 0 {
			return unreached(v).leftOpen()
		}
		first := connections[0]
		switch h := first.Handshake; {
		case h == nil || first.mockEnded():
			return atDoor(connections[:1], "answer").leftOpen()
		case !h.Complete && first.left():
			return unbound("no-ecdhe", "its server takes no suite that needs a group").at(first.Last)
		case !h.Complete:
			return atDoor(connections[:1], "answer").leftOpen()
		case len(connections) < 2:
			return open("not-called-again", "the vendor did not call a second time").at(first.Last)
		}
		c := connections[1]
		switch h := c.Handshake; {
		case h == nil || c.expired() || c.mockEnded():
			return atDoor([]*Connection{c}, "answer").leftOpen()
		case !h.Complete && c.left():
			return fail("group-not-taken", "its server agreed on keys with %s, and ended the handshake on %s, in which the vendor had %s alone: %s",
				tlspeer.GroupName(first.Handshake.Group), c.ID, name, h.Error).at(first.Opened, c.Last).
				hint("have the server support %s: the vendor has no other group", name)
		}
		for _, m := range v.Sent("INVITE") {
			if final := v.Final(m); m.Connection == c && final != nil && final.Status < 300 {
				return pass("group-taken", "its server took a call over %s with %s", tlspeer.SuiteName(c.Handshake.Suite), name).
					at(c.Opened, final.Event.Seq)
			}
		}
		return open("not-answered", "its server completed the handshake with %s, and did not take the call", name).at(c.Last)
	}
}

// RefusesClear asks that the device takes no call that comes in clear, over TCP or UDP, to
// its port for TLS.
func RefusesClear(protocol string) Rule {
	name := strings.ToUpper(protocol)
	return func(v *View) Ruling {
		connections := v.called(protocol)
		if len(connections) == 0 {
			return open("not-called", "the vendor could not connect to its server")
		}
		c := connections[0]
		for _, m := range v.Sent("INVITE") {
			if m.Connection != c {
				continue
			}
			switch final := v.Final(m); {
			case final != nil && final.Status < 300:
				return fail("accepted-clear-signalling", "it answered the call with %d over %s, at its port for TLS", final.Status, name).
					at(final.Event.Seq).hint("take nothing but TLS at the port for TLS")
			case final != nil:
				return pass("refused-clear-signalling", "it refused the call in clear with %d", final.Status).at(final.Event.Seq)
			case c.Closed && c.Cause == observation.NotConnected:
				return pass("refused-clear-signalling", "it has nothing for %s at its port for TLS", name).at(c.Last)
			case c.left():
				return pass("refused-clear-signalling", "it closed the connection over which the call came in clear").at(c.Last)
			}
		}
		return open("undecided", "it neither answered the call in clear nor closed the connection").at(c.Last)
	}
}

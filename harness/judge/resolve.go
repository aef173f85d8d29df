package judge

import (
	"slices"
	"strings"

	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// AsksSRV asks that the device looks for the vendor's SRV records before it
// connects (RFC 3263 §4.2).
func AsksSRV(v *View) Ruling {
	asked := false
	for _, e := range v.Events {
		if e.Kind != observation.DNS {
			continue
		}
		asked = true
		if e.DNS.Type == "SRV" && strings.HasPrefix(strings.ToLower(e.DNS.Name), "_sips._tcp.") {
			return pass("srv-asked", "it asked for %s", e.DNS.Name).at(e.Seq)
		}
	}
	if !asked {
		return open("nothing-asked", "it asked the name server nothing")
	}
	return fail("srv-not-asked", "it asked for addresses, and for no _sips._tcp SRV records")
}

// Prefers asks that the device goes to the vendor, whose SRV record has the
// lowest priority, and not to the listener of that name.
func Prefers(other observation.Listener, method string) Rule {
	return func(v *View) Ruling {
		for _, c := range v.Connections {
			if c.Info.Listener == other {
				return fail("srv-priority-ignored", "it tried the target of the higher priority number first").at(c.Opened)
			}
			if !c.Info.Dialed {
				break
			}
		}
		return accepted(v, method, "tried-in-order")
	}
}

// FailsOver asks that the device, the first SRV target refusing it, goes on to
// the vendor's.
func FailsOver(method string) Rule {
	return func(v *View) Ruling {
		if len(v.Inbound()) == 0 && AsksSRV(v).Verdict == verdict.Pass && len(v.DeviceSays(observation.DeviceSettled)) > 0 {
			return fail("no-failover", "it gave up when the first target refused the connection")
		}
		return accepted(v, method, "failed-over")
	}
}

// Weighs asks that the device goes by the weights of SRV records. Each of two
// names has a target of weight 0, one of these listeners, beside the vendor, of
// weight 65535. One that goes by weights takes the light one once in 65,536 times
// (RFC 2782), so only one that does so for both names has a fault.
func Weighs(method string, light ...observation.Listener) Rule {
	return func(v *View) Ruling {
		tried := make(map[observation.Listener]*Connection)
		for _, c := range v.Connections {
			tried[c.Info.Listener] = c
		}
		for i, listener := range light {
			c := tried[listener]
			if c == nil {
				break
			}
			if i == len(light)-1 {
				return fail("srv-weight-ignored", "for each name it tried the target of weight 0 and not the one of weight 65535").at(c.Opened)
			}
		}
		return accepted(v, method, "weighed")
	}
}

// Follows asks that the device, the vendor having moved, looks the name up
// again and goes to the listener that the records then name.
func Follows(listener observation.Listener) Rule {
	return func(v *View) Ruling {
		moved := v.marked(observation.VendorMoved)
		if moved < 0 {
			return stuck(v, "INVITE")
		}
		for _, c := range v.Connections {
			switch {
			case c.Opened < moved || c.Info.Dialed:
			case c.Info.Listener == listener:
				return pass("followed", "it looked the name up again and connected to the new address").at(c.Opened)
			case c.Info.Listener == "":
				return fail("name-kept-past-ttl", "it connected to the old address after the time to live was over").at(c.Opened)
			}
		}
		return open("did-not-connect", "it did not connect again after the vendor had moved").at(moved)
	}
}

// ComesBack asks that the device, the vendor having restarted, is served again
// over a new connection.
func ComesBack(method string) Rule {
	return func(v *View) Ruling {
		restarted := v.marked(observation.VendorRestarted)
		if restarted < 0 {
			return stuck(v, method)
		}
		came := false
		for _, c := range v.Inbound() {
			came = came || c.Opened > restarted
		}
		for _, request := range v.Requests(method) {
			final := v.Final(request)
			if request.Event.Seq > restarted && request.Connection.Opened > restarted && final != nil && final.Status < 300 {
				return pass("came-back", "it connected again and its %s got %d", method, final.Status).at(request.Event.Seq)
			}
		}
		if !came && slices.ContainsFunc(v.DeviceSays(observation.DeviceSettled), func(e observation.Event) bool { return e.Seq > restarted }) {
			return fail("did-not-come-back", "it was done without a new connection").at(restarted)
		}
		return open("not-served-again", "its %s was not served after the vendor had restarted", method).at(restarted)
	}
}

// CalledEach asks that as many different hosts, by the Request-URI, each took a
// call of the device's over a connection of its own.
func CalledEach(hosts int) Rule {
	return func(v *View) Ruling {
		served := make(map[string]*Connection)
		for _, request := range v.Requests("INVITE") {
			uri, err := sipwire.ParseURI(request.RequestURI)
			if final := v.Final(request); err != nil || final == nil || final.Status >= 300 {
				continue
			}
			host := strings.ToLower(uri.Host)
			for other, c := range served {
				if other != host && c == request.Connection {
					return fail("connection-shared", "it called %s over the connection to %s", host, other).at(request.Event.Seq)
				}
			}
			served[host] = request.Connection
		}
		if len(served) >= hosts {
			return pass("each-host-called", "%d hosts took its calls", len(served))
		}
		if len(served) == 0 {
			return stuck(v, "INVITE")
		}
		if last := v.Inbound()[len(v.Inbound())-1]; last.Spoke == "" && (last.Alert != nil || last.Closed && last.Cause != observation.ClosedLocally) {
			return fail("host-refused", "it refused the host that it connected to last").at(last.Last)
		}
		return open("not-each-host", "%d of %d hosts took its calls", len(served), hosts)
	}
}

// ParsableOffer asks that the INVITE has a session description without faults.
func ParsableOffer(v *View) Ruling {
	invites := v.Requests("INVITE")
	if len(invites) == 0 {
		return stuck(v, "INVITE")
	}
	m := invites[0]
	switch {
	case len(m.Body) == 0:
		return fail("empty-body", "its INVITE has no body").at(m.Event.Seq)
	case m.SDP == nil:
		return fail("bad-sdp", "the body of its INVITE is no session description").at(m.Event.Seq)
	case len(m.SDP.Media) == 0:
		return fail("no-stream-offered", "its session description has no stream").at(m.Event.Seq)
	}
	for _, p := range m.SDP.Problems {
		return fail("bad-sdp", "line %d of its session description: %s", p.Line, p.Cause).at(m.Event.Seq)
	}
	return pass("offer-parses", "its session description parses").at(m.Event.Seq)
}

// AnswersEachStream asks that the answer to an offer of several streams has as
// many, those that the device does not take with port 0 (RFC 3264 §6).
func AnswersEachStream(v *View) Ruling {
	r := Answered(v)
	if r.Verdict != verdict.Pass {
		return r
	}
	invite := v.Sent("INVITE")[0]
	final := v.Final(invite)
	if final.SDP == nil || len(final.SDP.Media) != len(invite.SDP.Media) {
		return fail("streams-do-not-match", "its answer has not as many streams as the offer").at(final.Event.Seq)
	}
	if stream, _ := Crypto(final); stream == nil {
		return fail("refused-whole-session", "it took none of the streams").at(final.Event.Seq)
	}
	return pass("each-stream-answered", "it answered each stream").at(final.Event.Seq)
}

// RejectsWith is [Rejects] with a status that is prescribed.
func RejectsWith(what string, status int) Rule {
	return func(v *View) Ruling {
		r := Rejects(what)(v)
		if r.Verdict != verdict.Pass {
			return r
		}
		invites := v.Sent("INVITE")
		if final := v.Final(invites[len(invites)-1]); final.Status >= 300 && final.Status != status {
			return fail("rejected-otherwise", "it refused the call with %d, not %d", final.Status, status).at(final.Event.Seq)
		}
		return r
	}
}

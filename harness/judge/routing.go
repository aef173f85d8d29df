package judge

import (
	"crypto/x509"
	"slices"
	"strings"

	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// AsksSRV asks that the device looks up the vendor's SRV records (RFC 3263 §4.2).
func AsksSRV(v *View) Ruling {
	asked := false
	for _, e := range v.Events {
		if e.Kind != observation.DNS {
			continue
		}
		asked = true
		if e.DNS.Type == "SRV" && strings.HasPrefix(strings.ToLower(e.DNS.Name), "_sips._tcp.") {
			return pass("srv-asked", "it looked up %s", e.DNS.Name).at(e.Seq)
		}
	}
	if !asked {
		return open("nothing-asked", "it did not ask the name server anything")
	}
	return fail("srv-not-asked", "it looked up addresses, but no _sips._tcp SRV records")
}

// Prefers asks that the device connects to the vendor, whose SRV record has the
// lowest priority number, before it tries the other listener.
func Prefers(other observation.Listener, method string) Rule {
	return func(v *View) Ruling {
		for _, c := range v.Connections {
			if c.Info.Listener == other {
				return fail("srv-priority-ignored", "it tried the SRV target with the higher priority number first").at(c.Opened)
			}
			if !c.Info.Dialed {
				break
			}
		}
		return accepted(v, method, "tried-in-order").leftOpen()
	}
}

// KeepsToPort asks that the device goes to the port that it was told, and not to the one
// that it would go to otherwise.
func KeepsToPort(method string) Rule {
	return func(v *View) Ruling {
		for _, c := range v.Connections {
			if c.Info.Listener == observation.DefaultPort {
				return fail("named-port-ignored", "it connected to the default port, although it was told another").at(c.Opened).
					hint("take the port from the URI; only a URI without one is looked up by SRV, or has the default port (RFC 3263 §4.2)")
			}
		}
		return accepted(v, method, "kept-to-port").leftOpen()
	}
}

// FailsOver asks that the device goes on to the vendor, the second SRV target, when
// the first refuses its connection.
func FailsOver(method string) Rule {
	return func(v *View) Ruling {
		if len(v.Inbound()) == 0 && AsksSRV(v).Verdict == verdict.Pass && len(v.DeviceSays(observation.DeviceSettled)) > 0 {
			return fail("no-failover", "it gave up when the first SRV target refused the connection")
		}
		return accepted(v, method, "failed-over").leftOpen()
	}
}

// Weighs asks that the device heeds the weights of SRV records. Each of two names
// has two targets: one of the light listeners with weight 0, and the vendor with
// weight 65535. A device that heeds weights tries the light one first once in
// 65,536 times (RFC 2782), so one that does so for both names fails, and one that
// does so for neither passes, if it looked the records up at all.
func Weighs(method string, light ...observation.Listener) Rule {
	return func(v *View) Ruling {
		var tried []*Connection
		vendors := 0 // connections to the vendor so far, one for each name that was called before
		for _, c := range v.Connections {
			switch i := slices.Index(light, c.Info.Listener); {
			case i >= 0 && vendors <= i && !slices.ContainsFunc(tried, func(t *Connection) bool { return t.Info.Listener == c.Info.Listener }):
				tried = append(tried, c)
			case c.Info.Listener == "" && !c.Info.Dialed:
				vendors++
			}
		}
		if len(tried) == len(light) {
			return fail("srv-weight-ignored", "for each name it tried the SRV target of weight 0 before the one of weight 65535").
				at(tried[len(tried)-1].Opened)
		}
		r := accepted(v, method, "weighed").leftOpen()
		switch looked := len(srvNames(v)); {
		case r.Verdict != verdict.Pass:
			return r
		case len(tried) > 0:
			return open("weight-not-shown", "it tried the target of weight 0 for one of the names, which may happen").at(tried[0].Opened)
		case looked < len(light):
			return open("srv-not-asked", "it looked up the SRV records of %d names, not of %d, so it saw no weights", looked, len(light))
		}
		return r
	}
}

// srvNames are the names whose SRV records for TLS the device looked up, each once.
func srvNames(v *View) []string {
	var names []string
	for _, e := range v.Events {
		if e.Kind == observation.DNS && e.DNS.Type == "SRV" {
			name := strings.ToLower(e.DNS.Name)
			if strings.HasPrefix(name, "_sips._tcp.") && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// Follows asks that the device looks up the vendor's name again after the vendor
// moved, and connects to the listener that the records then name. A device that was
// not served before had no address to keep.
func Follows(listener observation.Listener) Rule {
	return func(v *View) Ruling {
		moved := v.marked(observation.VendorMoved)
		if moved < 0 {
			return stuck(v, "INVITE").leftOpen()
		}
		for _, c := range v.Connections {
			switch {
			case c.Opened < moved || c.Info.Dialed:
			case c.Info.Listener == listener:
				if !v.servedBefore("INVITE", moved) {
					return open("not-served-before", "it was not served before the vendor moved").at(moved)
				}
				return pass("followed", "it looked up the name again and connected to the new address").at(c.Opened)
			case c.Info.Listener == "":
				return fail("name-kept-past-ttl", "it connected to the old address after the time to live had expired").at(c.Opened)
			}
		}
		return open("did-not-connect", "it did not connect again after the vendor moved").at(moved)
	}
}

// ComesBack asks that the device is served again over a new connection after the
// vendor restarted.
func ComesBack(method string) Rule {
	return func(v *View) Ruling {
		restarted := v.marked(observation.VendorRestarted)
		if restarted < 0 {
			return stuck(v, method).leftOpen()
		}
		if !v.servedBefore(method, restarted) {
			r := stuck(v, method)
			return open("not-served-before", "it was not served before the vendor restarted: %s", r.Observed).at(restarted)
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
			return fail("did-not-come-back", "it settled without opening a new connection").at(restarted)
		}
		return open("not-served-again", "its %s was not served after the vendor restarted", method).at(restarted)
	}
}

// CalledEach asks that the device called that many hosts, told apart by the
// Request-URI, each over a connection of its own.
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
			return pass("each-host-called", "%d hosts answered its calls", len(served))
		}
		if len(served) == 0 {
			return stuck(v, "INVITE").leftOpen()
		}
		if last := v.Inbound()[len(v.Inbound())-1]; last.Spoke == "" && last.left() {
			return fail("host-refused", "it rejected the host that it connected to last").at(last.Last)
		}
		return open("not-each-host", "%d of %d hosts answered its calls", len(served), hosts)
	}
}

// FollowsRoute asks that the device's BYE, in a call from the vendor, uses the
// connection of the INVITE and carries its route set (RFC 3261 §12.2.1.1), and
// that the device sends nothing to the private address in Contact.
func FollowsRoute(v *View) Ruling {
	invites := v.Sent("INVITE")
	if len(invites) == 0 {
		return unreached(v).leftOpen()
	}
	invite := invites[0]
	for _, m := range v.Messages {
		if m.In() && m.Connection.Info.Listener != "" {
			return fail("sent-to-private-contact", "it sent %s to the private address in Contact", title(m)).at(m.Event.Seq).
				hint("send in-dialog requests to the first Route (RFC 3261 §12.2.1.1)")
		}
	}
	byes := v.Requests("BYE")
	if len(byes) == 0 {
		if r := afterwards(v, invite); r != nil {
			return *r
		}
		return open("no-in-dialog-request", "it sent no request during the call")
	}
	bye := byes[0]
	switch wanted, got := invite.Values("Record-Route"), bye.Values("Route"); {
	case bye.Connection != invite.Connection:
		return fail("new-connection-for-dialog", "it sent BYE over %s, and the call came over %s", bye.Connection.ID, invite.Connection.ID).
			at(bye.Event.Seq)
	case len(got) != len(wanted):
		return fail("route-set-not-followed", "its BYE has %d Route values, and the INVITE had %d in Record-Route", len(got), len(wanted)).
			at(bye.Event.Seq)
	case !slices.EqualFunc(wanted, got, sameURI):
		return fail("route-set-disordered", "its BYE has the Route values in another order or changed: %s", strings.Join(got, ", ")).
			at(bye.Event.Seq)
	}
	return pass("route-followed", "its BYE carried the route set, over the connection of the call").at(bye.Event.Seq)
}

// afterwards fails a device that opened a connection after the call began.
func afterwards(v *View, invite *Message) *Ruling {
	for _, c := range v.Inbound() {
		if c.Opened > invite.Event.Seq {
			r := fail("new-connection-for-dialog", "it opened %s during the call and sent no BYE over the call's connection", c.ID).
				at(c.Opened)
			return &r
		}
	}
	return nil
}

// sameURI reports whether two route values name the same host and port.
func sameURI(a, b string) bool {
	x, errX := sipwire.ParseNameAddr(a)
	y, errY := sipwire.ParseNameAddr(b)
	return errX == nil && errY == nil && strings.EqualFold(x.URI.Host, y.URI.Host) && x.URI.Port == y.URI.Port
}

// ReusesWhereShown asks that the device's BYE, in a call from the vendor whose route
// it follows, does not use the connection of the call if the certificate that was
// shown there does not name the first route (RFC 5923). A device that does what
// [FollowsRoute] asks fails it.
func ReusesWhereShown(v *View) Ruling {
	followed := FollowsRoute(v)
	switch {
	case followed.Cause == "new-connection-for-dialog":
		return pass("connected-to-route", "it did not reuse the connection of the call: %s", followed.Observed).at(followed.Events...)
	case followed.Verdict != verdict.Pass:
		return open("route-not-followed", "it did not follow the route, so it is not known for whom it reuses a connection: %s",
			followed.Observed).at(followed.Events...)
	}
	invite := v.Sent("INVITE")[0]
	routes := invite.Values("Record-Route")
	if len(routes) == 0 {
		return open("no-route", "the vendor's call had no route")
	}
	route, err := sipwire.ParseNameAddr(routes[0])
	if err != nil {
		return open("no-route", "the vendor's route cannot be read: %v", err)
	}
	host := route.URI.Host
	if chain := chainOf(invite.Connection); len(chain) > 0 {
		if leaf, err := x509.ParseCertificate(chain[0]); err == nil && leaf.VerifyHostname(host) == nil {
			return pass("reuse-covered", "the certificate that was shown on %s names %s", invite.Connection.ID, host).at(followed.Events...)
		}
	}
	return fail("reuse-not-covered", "it sent BYE for %s over %s, on which no certificate was shown that names it",
		host, invite.Connection.ID).
		at(followed.Events...)
}

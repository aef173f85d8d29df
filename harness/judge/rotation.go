package judge

import (
	"slices"

	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/tlspeer"
)

// ServedUnder asks that the vendor answered a request of that method with a 2xx
// under that many different leaf certificates. A device that pins one refuses
// the next.
func ServedUnder(method string, leaves int) Rule {
	return func(v *View) Ruling {
		served := make(map[string]bool)
		for _, request := range v.Requests(method) {
			if final := v.Final(request); final == nil || final.Status >= 300 {
				continue
			}
			if h := request.Connection.Handshake; h != nil && len(h.LocalChain) > 0 {
				served[string(h.LocalChain[0])] = true
			}
		}
		switch {
		case len(served) >= leaves:
			return pass("leaf-not-pinned", "it was served under %d leaf certificates", len(served))
		case len(served) == 0:
			if r := accepted(v, method, "accepted"); r.Verdict == verdict.Pass {
				return open("no-leaf-shown", "%s, which shows no certificate", r.Observed).at(r.Events...)
			}
			return stuck(v, method).leftOpen()
		case len(v.Inbound()) == 0:
			return open("renewal-not-met", "it was served only over connections that the vendor opened")
		}
		last := v.Inbound()[len(v.Inbound())-1]
		if last.Handshake != nil && last.Spoke == "" && last.left() {
			return fail("refused-renewed-certificate", "it rejected the renewed certificate").at(last.Last)
		}
		return open("renewal-not-met", "it was served under one leaf certificate and did not come back under the next")
	}
}

// FetchedUnder is [ServedUnder] for HTTP requests.
func FetchedUnder(leaves int) Rule {
	return func(v *View) Ruling {
		under := make(map[string]bool)
		for _, x := range v.Exchanges {
			if h := x.Connection.Handshake; x.Status/100 == 2 && h != nil && len(h.LocalChain) > 0 {
				under[string(h.LocalChain[0])] = true
			}
		}
		switch {
		case len(under) >= leaves:
			return pass("served-after-change", "it was served under %d leaf certificates", len(under))
		case len(under) == 0:
			return unfetched(v).leftOpen()
		}
		last := v.Inbound()[len(v.Inbound())-1]
		if last.Handshake != nil && last.Spoke == "" && last.left() {
			r := fail("refused-changed-certificate", "it was served under %d of %d certificates and rejected the next", len(under), leaves).
				at(last.Last)
			return r.hint("%s", fixChange)
		}
		if r := unfetched(v); r.Verdict == verdict.Fail {
			return r
		}
		return open("change-not-met", "it was served under %d of %d certificates", len(under), leaves)
	}
}

// RejectsRenewed is [RejectsServer] for the connections after the vendor restarted with
// another certificate. A request of that method must have been served before.
func RejectsRenewed(method, what string) Rule {
	return func(v *View) Ruling {
		restarted := v.marked(observation.VendorRestarted)
		switch {
		case restarted < 0:
			return open("no-restart", "the vendor did not restart")
		case !v.servedBefore(method, restarted):
			r := stuck(v, method)
			return open("not-served-before", "it was not served before the vendor restarted: %s", r.Observed).at(restarted)
		}
		return rejectsServer(v, v.tlsAfter(restarted), what)
	}
}

// tlsAfter returns the TLS connections that the device opened after an event.
func (v *View) tlsAfter(seq int) []*Connection {
	return slices.DeleteFunc(tlsOnly(v.Inbound()), func(c *Connection) bool { return c.Opened < seq })
}

// changed returns when the vendor made its change to a device that it had served before.
// If it did not, what the device does decides nothing, and undecided says why.
func (v *View) changed() (made int, undecided *Ruling) {
	made = v.marked(observation.VendorChanged)
	var r Ruling
	switch {
	case made < 0:
		r = open("no-change", "the vendor made no change")
	case !slices.ContainsFunc(v.Exchanges, func(x *Exchange) bool { return x.Status/100 == 2 && x.Asked < made }):
		r = open("not-served-before", "it was not served before the change").at(made)
	default:
		return made, nil
	}
	return made, &r
}

// FetchedAfter asks that the vendor served the device before it made a change of that name, and after it.
func FetchedAfter(what string) Rule {
	return func(v *View) Ruling {
		made, undecided := v.changed()
		if undecided != nil {
			return *undecided
		}
		for _, x := range v.Exchanges {
			if c := x.Connection; x.Status/100 == 2 && c.Opened > made && c.Handshake != nil {
				return pass("served-after-"+what, "it was served before the vendor's change, and over %s with %s after it",
					tlspeer.VersionName(c.Handshake.Version), tlspeer.SuiteName(c.Handshake.Suite)).at(made, x.Answered)
			}
		}
		later := v.tlsAfter(made)
		if len(later) == 0 {
			return open("change-not-met", "it did not come back after the change").at(made)
		}
		last, did := later[len(later)-1], atDoor(later, "request").Observed
		if last.Spoke == "" && (last.left() || last.MockAlert != nil) {
			return fail("not-served-after-"+what, "it was served before the vendor's change and not after it: %s", did).
				at(made, last.Last).explained(last)
		}
		return open("change-not-met", "what it did after the change decides nothing: %s", did).at(last.Last)
	}
}

// FetchedElsewhere asks that the vendor served the device at a second endpoint beside the one that it came to first.
func FetchedElsewhere(v *View) Ruling {
	if len(v.Exchanges) == 0 {
		return unfetched(v).leftOpen()
	}
	first := v.Exchanges[0].Connection.Info.Local
	for _, x := range v.Exchanges {
		if x.Status/100 == 2 && x.Connection.Info.Local != first {
			return pass("served-elsewhere", "the vendor served it at the host %s too", x.Host).at(x.Asked, x.Answered)
		}
	}
	elsewhere := slices.DeleteFunc(tlsOnly(v.Inbound()), func(c *Connection) bool { return c.Info.Local == first })
	if len(elsewhere) == 0 {
		return open("one-endpoint", "it came to one endpoint of the vendor's alone").at(v.Exchanges[0].Asked)
	}
	return atDoor(elsewhere, "request").explained(elsewhere[len(elsewhere)-1])
}

// RejectsChanged is [RejectsServer] for the connections after the vendor made its
// change. The device must have been served before the change.
func RejectsChanged(what string) Rule {
	return func(v *View) Ruling {
		made, undecided := v.changed()
		if undecided != nil {
			return *undecided
		}
		return rejectsServer(v, v.tlsAfter(made), what)
	}
}

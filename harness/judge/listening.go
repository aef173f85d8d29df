package judge

import "github.com/sipconform/sipconform/mocks/observation"

// sipsPort is the default port of SIP over TLS, RFC 3261 §19.1.2.
const sipsPort = 5061

// FoundAtDefaultPort asks that the device's server takes a call whose URI has no port:
// it listens at 5061, where RFC 3261 §19.1.2 has servers for SIP over TLS. A vendor that
// was told another port asks nothing of that.
func FoundAtDefaultPort(v *View) Ruling {
	for _, e := range v.Events {
		if e.Transport == nil || !e.Transport.Dialed {
			continue
		}
		at := e.Transport.Remote
		switch {
		case at.Port() != sipsPort:
			return unbound("port-named", "the device has no address of its own here, so that the vendor has to be told its port, %d",
				at.Port()).at(e.Seq)
		case e.Kind == observation.TransportClose && e.Transport.Cause == observation.NotConnected:
			return fail("not-at-5061", "nothing listens at %v, where the vendor calls a server whose port it is not told", at).
				at(e.Seq).hint("listen for TLS on port 5061, or give the vendor a URI that names the port")
		}
	}
	return Answered(v)
}

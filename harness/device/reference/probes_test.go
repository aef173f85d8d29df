package reference

import (
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/icholy/digest"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/mocks/sdp"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// A probe runs a device through a situation and describes what it did, always in the same words.
type probe func(testing.TB, Bugs) string

// refusing answers requests over TLS with a status, and all others with 200.
func refusing(status int) func(*received) {
	return func(r *received) {
		switch {
		case r.Method == "ACK" || !r.IsRequest():
		case r.protocol == "tls":
			r.respond(status, "")
		default:
			r.respond(200, "", "Contact", "<sip:x@127.0.0.1>")
		}
	}
}

// calls has the device call, and shows what it sent and offered.
func calls(levers device.Levers, script func(*received)) probe {
	return func(t testing.TB, bugs Bugs) string {
		w := newWorld(t, settings{options: Options{Bugs: bugs}, levers: levers, script: script})
		w.do(device.Call, target)
		w.do(device.HangUp, "")
		var seen []string
		for _, m := range w.finish() {
			text := outline([]*received{m})
			if m.Method == "INVITE" && len(m.Body) > 0 {
				text += " " + offerOutline(t, m.Body)
			}
			seen = append(seen, text)
		}
		return strings.Join(seen, ", ")
	}
}

// registers has the device register, and shows what it sent and logged.
func registers(levers device.Levers, script func(*received)) probe {
	return func(t testing.TB, bugs Bugs) string {
		w := newWorld(t, settings{options: Options{Bugs: bugs}, levers: levers, script: script})
		w.do(device.Register, "")
		sent := outline(w.finish())
		return sent + ": " + w.events()
	}
}

// challenge407 is the challenge of challenged.
var challenge407 = digest.Challenge{Realm: "r", Nonce: "n", Opaque: "o", Algorithm: "MD5", QOP: []string{"auth"}}

// challenged asks for credentials and answers good ones with 486.
var challenged = registrar(challenge407, 407, func(r *received) { r.respond(486, "") })

// brief refuses an interval of 60 s with 423, and grants 900 s to all others.
func brief(r *received) {
	if r.Get("Expires") == "60" {
		r.respond(423, "", "Min-Expires", "600")
		return
	}
	r.respond(200, "", "Contact", r.Get("Contact")+";expires=900")
}

// locates has the device register with the records that first returns. If then is not nil, it closes the connection and has
// the device register again with other records.
func locates(first, then func(*peer) []string) probe {
	return func(t testing.TB, bugs Bugs) string {
		w := newWorld(t, settings{options: Options{Bugs: bugs}, script: ok, records: first})
		w.do(device.Register, "")
		if then != nil {
			w.peer.mu.Lock()
			conns := w.peer.conns
			w.peer.mu.Unlock()
			for _, conn := range conns {
				_ = conn.Close()
			}
			w.said("closed")
			w.dns.set(t, then(w.peer)...)
			w.do(device.Register, "")
		}
		return outline(w.finish())
	}
}

// deadPort returns a port on which nobody listens.
func deadPort(t testing.TB) uint16 {
	l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return port(l.Addr())
}

// prioritised returns records in which the peer's TLS listener has priority over a listener without TLS.
func prioritised(p *peer) []string {
	return []string{
		"edge.example.com. 600 IN A 127.0.0.1",
		fmt.Sprintf("_sips._tcp.%s. 600 IN SRV 20 10 %d edge.example.com.", domain, port(p.tcp.Addr())),
		fmt.Sprintf("_sips._tcp.%s. 600 IN SRV 10 10 %d edge.example.com.", domain, port(p.tls.Addr())),
	}
}

// weighed returns records in which a listener without TLS comes before the peer's, but has no weight.
func weighed(p *peer) []string {
	return []string{
		"edge.example.com. 600 IN A 127.0.0.1",
		fmt.Sprintf("_sips._tcp.%s. 600 IN SRV 10 0 %d edge.example.com.", domain, port(p.tcp.Addr())),
		fmt.Sprintf("_sips._tcp.%s. 600 IN SRV 10 65535 %d edge.example.com.", domain, port(p.tls.Addr())),
	}
}

// requestURI shows the Request-URI of a call.
func requestURI(callee string) probe {
	return func(t testing.TB, bugs Bugs) string {
		w := newWorld(t, settings{options: Options{Bugs: bugs}, script: refusing(486)})
		w.do(device.Call, callee)
		return w.finish()[0].RequestURI
	}
}

// answered accepts calls with the keys that answer returns, or with RTP/AVP if it returns nil.
func answered(t testing.TB, answer func(*sdp.Session) []string) func(*received) {
	return callee(func(offer *sdp.Session) string {
		proto := "RTP/SAVP"
		keys := answer(offer)
		if keys == nil {
			proto = "RTP/AVP"
		}
		return describe(stream(9, proto, keys...))
	})
}

// routes shows over which connection the requests of a call went, and with how many routes.
func routes(t testing.TB, bugs Bugs) string {
	text, _ := attribute(t, 1, cm80, "")
	w := newWorld(t, settings{options: Options{Bugs: bugs}, script: answered(t, func(*sdp.Session) []string { return []string{text} })})
	w.do(device.Call, target)
	w.do(device.HangUp, "")
	var seen []string
	for _, m := range w.finish() {
		seen = append(seen, fmt.Sprintf("%s%d %s with %d routes", m.protocol, m.conn, m.Method, len(m.Lines("Route"))))
	}
	return strings.Join(seen, ", ")
}

// reacts sends the device a ping, a request and a last request as barrier over TLS. It shows the final response to the first
// request.
func reacts(method string, change func(*sipwire.Message)) probe {
	return func(t testing.TB, bugs Bugs) string {
		w := newWorld(t, settings{options: Options{Bugs: bugs}})
		l := w.mustDial()
		text, _ := attribute(t, 1, cm80, "")
		m := l.request(method, "call", 1)
		m.Del("Min-SE")
		m.Del("X-Vendor-CallSid")
		if method == "INVITE" {
			m.SetBody(sdpType, []byte(describe(stream(9, "RTP/SAVP", text))))
		}
		if change != nil {
			change(m)
		}
		if _, err := l.conn.Write(append([]byte("\r\n\r\n"), m.Bytes()...)); err != nil {
			t.Fatal(err)
		}
		barrier := l.request("BYE", "barrier", 1)
		barrier.Del("Min-SE")
		barrier.Del("X-Vendor-CallSid")
		_, _ = l.conn.Write(barrier.Bytes())
		answers, pongs := map[string]int{}, 0
		w.peer.until(t, func() bool {
			for _, r := range w.peer.messages {
				if !r.IsRequest() && r.Status >= 200 {
					answers[r.CallID()] = r.Status
				}
			}
			pongs = w.peer.pongs
			return answers["barrier"] != 0 || w.peer.closed[l.number]
		})
		if answers["barrier"] == 0 {
			return "connection closed"
		}
		return fmt.Sprintf("%d, %d pongs", answers["call"], pongs)
	}
}

// pings shows whether the device sends pings although no option asks for them.
func pings(t testing.TB, bugs Bugs) string {
	w := newWorld(t, settings{options: Options{Bugs: bugs}, script: ok})
	w.do(device.Register, "")
	if bugs.PingsTooOften {
		w.peer.until(t, func() bool { return w.peer.pongs > 2 })
		return "pings"
	}
	w.finish()
	return map[bool]string{true: "pings", false: "is quiet"}[w.peer.pongs > 0]
}

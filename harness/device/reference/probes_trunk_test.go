package reference

import (
	"crypto/tls"
	"fmt"
	"net"
	"testing"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sdp"
	"github.com/sipconform/sipconform/mocks/sipwire"
	"github.com/sipconform/sipconform/mocks/tlspeer"
)

// trunkKills are the situations in which the [TrunkBugs] show.
func trunkKills() map[string]kill {
	addressed := reacts("INVITE", func(m *sipwire.Message) { m.RequestURI = "sip:+15557654321@127.0.0.1:5061;transport=tls" })
	return map[string]kill{
		"refuses-addressed-calls":   {addressed, "200, 1 pongs", "404, 1 pongs"},
		"refuses-over-registration": {calledOverRegistration, "200", "403"},
		"refuses-under-null":        {underNull, "no handshake", "403"},
		"answers-under-null":        {underNull, "no handshake", "200 with a key"},
		"verifies-once": {presents(func(t testing.TB, w *world) []tls.Certificate {
			return []tls.Certificate{w.root.leaf(t, nil), newAuthority(t, "stranger", nil).leaf(t, nil)}
		}), "accepted, refused", "accepted, accepted"},
	}
}

// trunkSights are the situations in which peculiarities of trunks show.
func trunkSights() map[string]sight {
	return map[string]sight{
		"has-null-cipher": {func(t testing.TB, p Peculiarities) string { return calledUnderNull(t, Options{Peculiarities: p}) }, "^488$", ""},
	}
}

// calledOverRegistration has the device register, calls it over that connection, and shows its final response.
func calledOverRegistration(t testing.TB, bugs Bugs) string {
	w := newWorld(t, settings{options: Options{Bugs: bugs}, script: func(r *received) {
		if r.Method != "REGISTER" {
			return
		}
		ok(r)
		r.send(secureInvite(t, r.peer.world).Bytes())
	}})
	w.do(device.Register, "")
	return fmt.Sprint(w.finalOf("call").Status)
}

// secureInvite returns an INVITE with an offer of SRTP, whose Call-ID is "call".
func secureInvite(t testing.TB, w *world) *sipwire.Message {
	text, _ := attribute(t, 1, cm80, "")
	m := (&line{w: w}).request("INVITE", "call", 1)
	m.SetBody(sdpType, []byte(describe(stream(9, "RTP/SAVP", text))))
	return m
}

// finalOf waits for the final response of a call.
func (w *world) finalOf(callID string) *received {
	w.t.Helper()
	return w.peer.wait(w.t, 0, func(r *received) bool { return !r.IsRequest() && r.Status >= 200 && r.CallID() == callID })
}

// underNull is [calledUnderNull] for a device with bugs.
func underNull(t testing.TB, bugs Bugs) string { return calledUnderNull(t, Options{Bugs: bugs}) }

// calledUnderNull has a client with TLS_RSA_WITH_NULL_SHA alone offer SRTP to the device, and shows the final response.
func calledUnderNull(t testing.TB, options Options) string {
	rules := tlspeer.Rules{MinVersion: tlspeer.TLS12, MaxVersion: tlspeer.TLS12, Suites: []uint16{rsaWithNullSHA}}
	if len(rules.Unavailable()) > 0 {
		t.Skip("no engine here has the suite")
	}
	w := newWorld(t, settings{options: options, setup: showsRSA})
	raw, err := net.Dial("tcp", w.session.Listening()[observation.TLS].String())
	if err != nil {
		t.Fatal(err)
	}
	conn, err := tlspeer.Client(testkit.Context(t), raw, rules, nil)
	if err != nil {
		return "no handshake"
	}
	w.peer.mu.Lock()
	w.peer.conns = append(w.peer.conns, conn)
	w.peer.mu.Unlock()
	w.peer.running.Go(func() { w.peer.read(conn, "tls", 1) })
	if _, err := conn.Write(secureInvite(t, w).Bytes()); err != nil {
		t.Fatal(err)
	}
	final := w.finalOf("call")
	if sdp.Keyed(final.Message) {
		return fmt.Sprintf("%d with a key", final.Status)
	}
	return fmt.Sprint(final.Status)
}

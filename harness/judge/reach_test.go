package judge_test

import (
	"testing"

	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/mocks/observation"
)

func TestRegistered(t *testing.T) {
	t.Parallel()
	try(t, []trial{
		{"at once", judge.Registered, secured().in("tls-1", "REGISTER 1").out("tls-1", "200 REGISTER 1"), "pass registered"},
		{"after a challenge", judge.Registered, secured().in("tls-1", "REGISTER 1").out("tls-1", "407 REGISTER 1").
			in("tls-1", "REGISTER 2").out("tls-1", "100 REGISTER 2").out("tls-1", "200 REGISTER 2"), "pass registered"},
		{"once, and then refused", judge.Registered, secured().in("tls-1", "REGISTER 1").out("tls-1", "200 REGISTER 1").
			in("tls-1", "REGISTER 2").out("tls-1", "403 REGISTER 2"), "pass registered"},
		{"refused", judge.Registered, secured().in("tls-1", "REGISTER 1").out("tls-1", "403 REGISTER 1"), "fail refused-403"},
		{"challenged by 407", judge.Registered, secured().in("tls-1", "REGISTER 1").out("tls-1", "407 REGISTER 1"), "fail challenge-not-answered"},
		{"challenged by 401", judge.Registered, secured().in("tls-1", "REGISTER 1").out("tls-1", "401 REGISTER 1"), "fail challenge-not-answered"},
		{"not answered", judge.Registered, secured().in("tls-1", "REGISTER 1"), "inconclusive no-final-response"},
		{"answered for now", judge.Registered, secured().in("tls-1", "REGISTER 1").out("tls-1", "100 REGISTER 1"), "inconclusive no-final-response"},
		{"another call was answered", judge.Registered, secured().in("tls-1", "REGISTER 1").out("tls-1", "200 REGISTER 1", "Call-ID: other"), "inconclusive no-final-response"},
		{"refused, and asked again", judge.Registered, secured().in("tls-1", "REGISTER 1").out("tls-1", "403 REGISTER 1").in("tls-1", "REGISTER 2"), "inconclusive no-final-response"},
	})
}

// TestAtTheDoor is what becomes of a device that did not get to ask. Only what
// it decided itself is a fail.
func TestAtTheDoor(t *testing.T) {
	t.Parallel()
	try(t, []trial{
		{"never connected", judge.Registered, tell().resolves("_sips._tcp.example.com.", "SRV"), "inconclusive never-connected"},
		{"went to the private address", judge.Registered, tell().strays("udp-1", "private-contact"), "inconclusive never-connected"},
		{"the vendor connected", judge.Registered, tell().dials("tls-1").shakes("tls-1", tls12, "leaf"), "inconclusive never-connected"},
		{"asked for something else", judge.Registered, secured().in("tls-1", "OPTIONS 1"), "inconclusive no-REGISTER"},
		{"said nothing that can be read", judge.Registered, secured().mangles("tls-1"), "inconclusive no-REGISTER"},
		{"connected by TCP and said nothing", judge.Registered, tell().opens("tcp-1"), "inconclusive silent-connection"},
		{"refused", judge.Registered, tell().opens("tls-1").hello("tls-1", observation.HelloInfo{}).alerts("tls-1", 48).breaks("tls-1", "remote error").closes("tls-1", "eof"), "fail handshake-refused"},
		{"refused after the handshake", judge.Registered, secured().alerts("tls-1", 42).closes("tls-1", "eof"), "fail handshake-refused"},
		{"was refused", judge.Registered, tell().opens("tls-1").hello("tls-1", observation.HelloInfo{}).alert("tls-1", observation.Out, 2, 70).breaks("tls-1", "no common version"), "fail handshake-failed"},
		{"is shaking hands", judge.Registered, tell().opens("tls-1").hello("tls-1", observation.HelloInfo{}), "inconclusive handshake-unfinished"},
		{"hung up after the handshake", judge.Registered, secured().alert("tls-1", observation.In, 1, 0).closes("tls-1", "eof"), "fail closed-without-sip"},
		{"broke off after the handshake", judge.Registered, secured().closes("tls-1", "reset"), "fail closed-without-sip"},
		{"was hung up on", judge.Registered, secured().closes("tls-1", "local"), "inconclusive no-sip"},
		{"was hung up on when all was over", judge.Registered, secured().over().closes("tls-1", "eof"), "inconclusive no-sip"},
		{"keeps silent", judge.Registered, secured(), "inconclusive no-sip"},
		{"the last connection counts", judge.Registered, secured().alerts("tls-1", 48).opens("tls-2"), "inconclusive handshake-unfinished"},
	})
}

func TestCalled(t *testing.T) {
	t.Parallel()
	answered := func() *story { return secured().in("tls-1", "INVITE 1").out("tls-1", "200 INVITE 1") }
	call := func() *story { return answered().in("tls-1", "ACK 1") }
	try(t, []trial{
		{"answered and acknowledged", judge.Called, call(), "pass call-answered"},
		{"told to hang up", judge.Called, call().device("action", "hang-up").in("tls-1", "BYE 2"), "pass call-answered"},
		{"the vendor hangs up", judge.Called, call().out("tls-1", "BYE 9").in("tls-1", "200 BYE 9"), "pass call-answered"},
		{"hangs up by itself", judge.Called, call().in("tls-1", "BYE 2"), "fail ended-by-itself"},
		{"told after it had hung up", judge.Called, call().in("tls-1", "BYE 2").device("action", "hang-up"), "fail ended-by-itself"},
		{"told something else", judge.Called, call().device("action", "call").in("tls-1", "BYE 2"), "fail ended-by-itself"},
		{"not acknowledged", judge.Called, answered(), "fail no-ack"},
		{"refused", judge.Called, secured().in("tls-1", "INVITE 1").out("tls-1", "488 INVITE 1").in("tls-1", "ACK 1"), "fail refused-488"},
		{"redirected", judge.Called, secured().in("tls-1", "INVITE 1").out("tls-1", "302 INVITE 1").in("tls-1", "ACK 1"), "fail refused-302"},
		{"rings", judge.Called, secured().in("tls-1", "INVITE 1").out("tls-1", "180 INVITE 1"), "inconclusive no-final-response"},
		{"did not call", judge.Called, secured(), "inconclusive no-sip"},
	})
}

func TestRegisteredSecurely(t *testing.T) {
	t.Parallel()
	try(t, []trial{
		{"over TLS", judge.RegisteredSecurely, secured().in("tls-1", "REGISTER 1").out("tls-1", "200 REGISTER 1"), "pass registered"},
		{"over TCP", judge.RegisteredSecurely, tell().opens("tcp-1").in("tcp-1", "REGISTER 1").out("tcp-1", "200 REGISTER 1"), "fail registered-in-clear"},
		{"over TLS, and then over UDP", judge.RegisteredSecurely, secured().in("tls-1", "REGISTER 1").out("tls-1", "200 REGISTER 1").opens("udp-2").in("udp-2", "REGISTER 2"), "fail registered-in-clear"},
		{"refused", judge.RegisteredSecurely, secured().in("tls-1", "REGISTER 1").out("tls-1", "403 REGISTER 1"), "fail refused-403"},
		{"not at all", judge.RegisteredSecurely, tell(), "inconclusive never-connected"},
	})
}

func TestDid(t *testing.T) {
	t.Parallel()
	try(t, []trial{
		{"and got a 200", judge.Did("OPTIONS"), secured().in("tls-1", "OPTIONS 1").out("tls-1", "200 OPTIONS 1"), "pass accepted"},
		{"and got a 202", judge.Did("OPTIONS"), secured().in("tls-1", "OPTIONS 1").out("tls-1", "202 OPTIONS 1"), "pass accepted"},
		{"and got a 503", judge.Did("OPTIONS"), secured().in("tls-1", "OPTIONS 1").out("tls-1", "503 OPTIONS 1"), "fail refused-503"},
		{"something else", judge.Did("OPTIONS"), secured().in("tls-1", "REGISTER 1").out("tls-1", "200 REGISTER 1"), "inconclusive no-OPTIONS"},
	})
}

// registered is a device that the vendor can call.
func registered() *story {
	return secured().in("tls-1", "REGISTER 1", "Call-ID: reg").out("tls-1", "200 REGISTER 1", "Call-ID: reg")
}

func TestAnswered(t *testing.T) {
	t.Parallel()
	called := func() *story { return registered().out("tls-1", "INVITE 1") }
	try(t, []trial{
		{"taken", judge.Answered, called().in("tls-1", "180 INVITE 1").in("tls-1", "200 INVITE 1"), "pass call-taken"},
		{"busy", judge.Answered, called().in("tls-1", "486 INVITE 1"), "fail call-refused-486"},
		{"moved", judge.Answered, called().in("tls-1", "302 INVITE 1"), "fail call-refused-302"},
		{"rings", judge.Answered, called().in("tls-1", "180 INVITE 1"), "inconclusive no-final-response"},
		{"hangs up on it", judge.Answered, called().closes("tls-1", "eof"), "fail closed-on-call"},
		{"the vendor gives up", judge.Answered, called().closes("tls-1", "local"), "inconclusive no-final-response"},
		{"hangs up when all is over", judge.Answered, called().over().closes("tls-1", "eof"), "inconclusive no-final-response"},
		{"not called though it registered", judge.Answered, registered(), "inconclusive not-called"},
		{"could not register", judge.Answered, secured().in("tls-1", "REGISTER 1").out("tls-1", "403 REGISTER 1"), "fail refused-403"},
		{"its registration is under way", judge.Answered, secured().in("tls-1", "REGISTER 1"), "inconclusive no-final-response"},
		{"nobody knows it", judge.Answered, tell(), "inconclusive not-called"},
		{"its server refuses", judge.Answered, tell().dials("tls-1").alerts("tls-1", 40).breaks("tls-1", "remote error"), "fail handshake-refused"},
		{"its server fails", judge.Answered, tell().dials("tls-1").breaks("tls-1", "EOF"), "fail handshake-failed"},
		{"its server is slow", judge.Answered, tell().dials("tls-1"), "inconclusive not-called"},
	})
}

func TestNegotiated(t *testing.T) {
	t.Parallel()
	over := func(version uint16) *story {
		return tell().opens("tls-1").shakes("tls-1", version, "leaf").in("tls-1", "REGISTER 1")
	}
	try(t, []trial{
		{"as wanted", judge.Negotiated(tls12), over(tls12), "pass version-negotiated"},
		{"one of several", judge.Negotiated(tls12, tls13), over(tls13), "pass version-negotiated"},
		{"another", judge.Negotiated(tls12, tls13), over(tls11), "fail other-version"},
		{"the vendor called", judge.Negotiated(tls12), tell().dials("tls-1").shakes("tls-1", tls12, "leaf").out("tls-1", "INVITE 1").in("tls-1", "200 INVITE 1"), "pass version-negotiated"},
		{"the connection that is used counts", judge.Negotiated(tls12), tell().opens("tls-1").shakes("tls-1", tls10, "leaf").closes("tls-1", "eof").
			opens("tls-2").shakes("tls-2", tls12, "leaf").in("tls-2", "REGISTER 1"), "pass version-negotiated"},
		{"but no SIP", judge.Negotiated(tls12), secured(), "inconclusive no-sip"},
		{"refused", judge.Negotiated(tls12), tell().opens("tls-1").alerts("tls-1", 70), "fail handshake-refused"},
		{"SIP in clear", judge.Negotiated(tls12), tell().opens("udp-1").in("udp-1", "REGISTER 1"), "inconclusive never-connected"},
		{"never connected", judge.Negotiated(tls12), tell(), "inconclusive never-connected"},
	})
}

func TestOffersVersion(t *testing.T) {
	t.Parallel()
	offers := func(h observation.HelloInfo) *story { return tell().opens("tls-1").hello("tls-1", h) }
	rule := judge.OffersVersion(tls12)
	try(t, []trial{
		{"in the list", rule, offers(observation.HelloInfo{LegacyVersion: tls12, Versions: []uint16{0x3a3a, tls13, tls12}}), "pass version-offered"},
		{"as the highest of a range", rule, offers(observation.HelloInfo{LegacyVersion: tls12}), "pass version-offered"},
		{"below the highest of a range", judge.OffersVersion(tls11), offers(observation.HelloInfo{LegacyVersion: tls12}), "pass version-offered"},
		{"above the highest of a range", rule, offers(observation.HelloInfo{LegacyVersion: tls11}), "fail version-not-offered"},
		{"not in the list, whatever the legacy version", rule, offers(observation.HelloInfo{LegacyVersion: tls12, Versions: []uint16{tls13}}), "fail version-not-offered"},
		{"only grease", rule, offers(observation.HelloInfo{LegacyVersion: tls12, Versions: []uint16{0x0a0a}}), "fail version-not-offered"},
		{"not in the list of the vendor's own hello", rule, tell().dials("tls-1").hello("tls-1", observation.HelloInfo{LegacyVersion: tls11}), "inconclusive never-connected"},
		{"the second connection has the first hello", rule, tell().opens("tls-1").opens("tls-2").hello("tls-2", observation.HelloInfo{LegacyVersion: tls12}), "pass version-offered"},
		{"no hello", rule, tell().opens("tls-1"), "inconclusive handshake-unfinished"},
		{"in clear", rule, tell().opens("udp-1").in("udp-1", "REGISTER 1"), "inconclusive no-ClientHello"},
		{"never connected", rule, tell(), "inconclusive never-connected"},
	})
}

func TestOffersSuite(t *testing.T) {
	t.Parallel()
	rule := judge.OffersSuite([]uint16{0xc02f, 0xc030})
	try(t, []trial{
		{"one of the list", rule, secured(), "pass suite-offered"},
		{"none", rule, tell().opens("tls-1").hello("tls-1", observation.HelloInfo{Suites: []uint16{0x1301, 0x0a0a}}), "fail no-common-suite"},
		{"nothing at all", rule, tell().opens("tls-1").hello("tls-1", observation.HelloInfo{}), "fail no-common-suite"},
		{"no hello", rule, tell().opens("tls-1"), "inconclusive handshake-unfinished"},
		{"never connected", rule, tell(), "inconclusive never-connected"},
	})
}

// TestRefuses: a device refuses a peer by an alert or by hanging up, and has
// accepted it when it sent SIP, whatever it did then.
func TestRefuses(t *testing.T) {
	t.Parallel()
	rule := judge.Refuses("expired")
	try(t, []trial{
		{"by an alert", rule, tell().opens("tls-1").alerts("tls-1", 45).breaks("tls-1", "remote error").closes("tls-1", "eof"), "pass refused-expired"},
		{"by an alert after the handshake", rule, secured().alerts("tls-1", 45), "pass refused-expired"},
		{"by hanging up", rule, secured().closes("tls-1", "eof"), "pass refused-expired"},
		{"by a reset", rule, secured().closes("tls-1", "reset"), "pass refused-expired"},
		{"and goes on trying", rule, secured().alerts("tls-1", 45).opens("tls-2").hello("tls-2", observation.HelloInfo{}), "pass refused-expired"},
		{"sends SIP", rule, secured().in("tls-1", "REGISTER 1"), "fail accepted-expired"},
		{"sends SIP and hangs up", rule, secured().in("tls-1", "REGISTER 1").alerts("tls-1", 45).closes("tls-1", "eof"), "fail accepted-expired"},
		{"sends what is hardly SIP", rule, secured().mangles("tls-1"), "fail accepted-expired"},
		{"refuses once, and then no more", rule, secured().alerts("tls-1", 45).opens("tls-2").shakes("tls-2", tls12, "leaf").in("tls-2", "REGISTER 1"), "fail accepted-expired"},
		{"does nothing", rule, secured(), "inconclusive undecided"},
		{"takes leave politely", rule, secured().alert("tls-1", observation.In, 1, 0), "inconclusive undecided"},
		{"is hung up on", rule, secured().closes("tls-1", "local"), "inconclusive undecided"},
		{"is waited for in vain", rule, secured().closes("tls-1", "timeout"), "inconclusive undecided"},
		{"hangs up when all is over", rule, secured().over().closes("tls-1", "eof"), "inconclusive undecided"},
		{"goes another way", rule, tell().opens("udp-1").in("udp-1", "REGISTER 1"), "inconclusive never-connected"},
		{"was called", rule, tell().dials("tls-1").alerts("tls-1", 45), "inconclusive never-connected"},
		{"never connected", rule, tell(), "inconclusive never-connected"},
	})
}

func TestRefusesDialed(t *testing.T) {
	t.Parallel()
	rule := judge.RefusesDialed("tls1.1")
	try(t, []trial{
		{"by an alert", rule, tell().dials("tls-1").alerts("tls-1", 70).breaks("tls-1", "remote error: protocol version"), "pass refused-tls1.1"},
		{"not", rule, tell().dials("tls-1").shakes("tls-1", tls11, "leaf"), "fail accepted-tls1.1"},
		{"slowly", rule, tell().dials("tls-1"), "inconclusive handshake-unfinished"},
		{"as a client", rule, secured().alerts("tls-1", 70), "inconclusive not-called"},
	})
}

// TestAfterTheEnd: what the harness does to a device when all is over, and what
// the device says to that, is not judged.
func TestAfterTheEnd(t *testing.T) {
	t.Parallel()
	greeting := func() *story { return tell().opens("tls-1").hello("tls-1", observation.HelloInfo{}).over() }
	try(t, []trial{
		{"a handshake that the harness ends", judge.Registered, greeting().breaks("tls-1", "use of closed network connection").closes("tls-1", "local"), "inconclusive handshake-unfinished"},
		{"an alert to a device that is ended", judge.Refuses("expired"), secured().over().alerts("tls-1", 90), "inconclusive undecided"},
		{"a handshake of the device's server that the harness ends", judge.RefusesDialed("tls1.1"), tell().dials("tls-1").over().breaks("tls-1", "closed").closes("tls-1", "local"), "inconclusive handshake-unfinished"},
		{"a connection that is opened again", judge.Did("OPTIONS"), secured().over().opens("tls-2"), "inconclusive no-sip"},
	})
}

// TestTimeouts: a handshake that the mock gives up is no refusal and no failure.
func TestTimeouts(t *testing.T) {
	t.Parallel()
	slow := func(s *story) *story {
		return s.breaks("tls-1", "context deadline exceeded").closes("tls-1", "timeout")
	}
	try(t, []trial{
		{"of the device's", judge.Registered, slow(tell().opens("tls-1")), "inconclusive handshake-unfinished"},
		{"of the device's server", judge.RefusesDialed("tls1.1"), slow(tell().dials("tls-1")), "inconclusive handshake-unfinished"},
		{"of the device's server that was called", judge.Answered, slow(tell().dials("tls-1")), "inconclusive not-called"},
		{"after an alert", judge.RefusesDialed("tls1.1"), tell().dials("tls-1").alerts("tls-1", 70).breaks("tls-1", "remote error").closes("tls-1", "timeout"), "pass refused-tls1.1"},
	})
}

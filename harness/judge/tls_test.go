package judge_test

import (
	"strings"
	"testing"

	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/mocks/observation"
)

// The group of the stories and one that is another.
const (
	p256 = 23
	p384 = 24
)

// TestRejectsVersion: a device rejects a server of old by ending the connection, or
// by offering it nothing. An alert of the server's own is neither.
func TestRejectsVersion(t *testing.T) {
	t.Parallel()
	rule := judge.RejectsVersion(tls11)
	turned := func(h observation.HelloInfo) *story {
		return tell().opens("tls-1").hello("tls-1", h).alert("tls-1", observation.Out, 2, 70).breaks("tls-1", "no version").closes("tls-1", "eof")
	}
	try(t, []trial{
		{"offers nothing so low", rule, turned(observation.HelloInfo{LegacyVersion: tls12, Versions: []uint16{0x0a0a, tls13, tls12}}), "pass refused-tls1.1"},
		{"offers it, and the vendor refuses", rule, turned(observation.HelloInfo{LegacyVersion: tls12, Versions: []uint16{tls12, tls11}}), "inconclusive undecided"},
		{"says only its highest, and the vendor refuses", rule, turned(observation.HelloInfo{LegacyVersion: tls12}), "inconclusive undecided"},
		{"ends the handshake", rule, tell().opens("tls-1").hello("tls-1", observation.HelloInfo{LegacyVersion: tls12}).alerts("tls-1", 70).closes("tls-1", "eof"), "pass refused-tls1.1"},
		{"sends SIP", rule, secured().in("tls-1", "REGISTER 1"), "fail accepted-tls1.1"},
		{"never connected", rule, tell(), "inconclusive never-connected"},
	})
	for name, s := range map[string]*story{
		"by its alert":      tell().opens("tls-1").alerts("tls-1", 70).closes("tls-1", "eof"),
		"by what it offers": turned(observation.HelloInfo{LegacyVersion: tls12, Versions: []uint16{tls13, tls12}}),
	} {
		if r := rule(judge.NewView(s.events)); !strings.HasSuffix(r.Observed, ": "+string(judge.ProtocolError)) {
			t.Errorf("a refusal %s does not have the vendor's class: %s", name, r.Observed)
		}
	}
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
		{"refused", judge.Negotiated(tls12), tell().opens("tls-1").alerts("tls-1", 70), "inconclusive handshake-refused"},
		{"SIP in clear", judge.Negotiated(tls12), tell().opens("udp-1").in("udp-1", "REGISTER 1"), "inconclusive never-connected"},
		{"never connected", judge.Negotiated(tls12), tell(), "inconclusive never-connected"},
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

func TestUsesSuite(t *testing.T) {
	t.Parallel()
	ask := judge.UsesSuite(0xc02f, p384, judge.Called)
	offer := func(suite uint16, groups ...uint16) *story {
		return tell().opens("tls-1").hello("tls-1", observation.HelloInfo{LegacyVersion: tls12, Suites: []uint16{suite}, Groups: groups})
	}
	call := func(s *story, suite uint16) *story {
		return s.finishes("tls-1", observation.HandshakeInfo{Role: "server", Complete: true, Version: tls12, Suite: suite, Group: p384}).
			in("tls-1", "INVITE 1").out("tls-1", "200 INVITE 1").in("tls-1", "ACK 1")
	}
	try(t, []trial{
		{"used", ask, call(offer(0xc02f, p384), 0xc02f), "pass call-answered"},
		{"offered and not used", ask, offer(0xc02f, p384).alerts("tls-1", 80).breaks("tls-1", "remote error"), "fail handshake-refused"},
		{"another used", ask, call(offer(0xc02f, p384), 0xc030), "inconclusive other-suite"},
		{"not offered", ask, offer(0x002f, p384).breaks("tls-1", "no common suite"), "not-applicable suite-not-offered"},
		{"without the group", ask, offer(0xc02f, p256).breaks("tls-1", "no common suite"), "not-applicable suite-not-offered"},
		{"not offered, and on in clear", ask, offer(0x002f).breaks("tls-1", "no common suite").opens("udp-2").in("udp-2", "INVITE 1"), "fail fell-back-to-clear-signalling"},
		{"never connected", ask, tell(), "inconclusive never-connected"},
	})
}

func TestUsesOneOf(t *testing.T) {
	t.Parallel()
	rule := judge.UsesOneOf([]uint16{0xc02f, 0xc030}, "INVITE", judge.Called)
	offer := func(suite uint16) *story {
		return tell().opens("tls-1").hello("tls-1", observation.HelloInfo{LegacyVersion: tls12, Suites: []uint16{suite}})
	}
	call := func(s *story, conn string) *story {
		return s.in(conn, "INVITE 1").out(conn, "200 INVITE 1").in(conn, "ACK 1")
	}
	try(t, []trial{
		{"used", rule, call(offer(0xc030).shakes("tls-1", tls12, "leaf"), "tls-1"), "pass call-answered"},
		{"offered, and then refused", rule, offer(0xc030).alerts("tls-1", 48).breaks("tls-1", "remote error"), "fail certificate-refused"},
		{"not offered", rule, offer(0x002f).breaks("tls-1", "no common suite"), "not-applicable suite-not-offered"},
		{"offered by a second attempt", rule, call(offer(0x002f).breaks("tls-1", "no common suite").opens("tls-2").
			hello("tls-2", observation.HelloInfo{Suites: []uint16{0xc02f}}).shakes("tls-2", tls12, "leaf"), "tls-2"), "pass call-answered"},
		{"not offered, and on in clear", rule, call(offer(0x002f).breaks("tls-1", "no common suite").opens("udp-2"), "udp-2"), "fail fell-back-to-clear-signalling"},
		{"never connected", rule, tell(), "inconclusive never-connected"},
	})
}

func TestTakesFirst(t *testing.T) {
	t.Parallel()
	try(t, []trial{
		{"the first that it has", judge.TakesFirst([]uint16{0x1302, 0xc02f, 0x1301}), tell().served("tls-1", "leaf"), "pass first-of-the-order"},
		{"another", judge.TakesFirst([]uint16{0x1301, 0xc02f}), tell().served("tls-1", "leaf"), "inconclusive other-suite"},
		{"none", judge.TakesFirst([]uint16{0x1304}), tell().served("tls-1", "leaf"), "fail no-common-suite"},
		{"left", judge.TakesFirst([]uint16{0xc02f}), secured().alerts("tls-1", 40), "fail handshake-refused"},
		{"no hello", judge.TakesFirst([]uint16{0xc02f}), tell().opens("tcp-1").asks("tcp-1").answers("tcp-1", 200), "inconclusive no-hello"},
	})
}

func TestGroups(t *testing.T) {
	t.Parallel()
	offer := func(groups ...uint16) *story {
		return tell().opens("tls-1").hello("tls-1", observation.HelloInfo{LegacyVersion: tls12, Suites: []uint16{0xc02f}, Groups: groups})
	}
	served := func(group uint16) *story {
		shaken := observation.HandshakeInfo{Role: "server", Complete: true, Version: tls12, Suite: 0xc02f, Group: group}
		return offer(p256, p384).finishes("tls-1", shaken).in("tls-1", "INVITE 1")
	}
	try(t, []trial{
		{"offered", judge.OffersGroup(p384), offer(p256, p384), "pass group-offered"},
		{"not offered", judge.OffersGroup(p384), offer(p256), "fail group-not-offered"},
		{"none offered", judge.OffersGroup(p384), offer(), "fail group-not-offered"},
		{"no hello", judge.OffersGroup(p384), tell().opens("tls-1"), "inconclusive handshake-unfinished"},
		{"negotiated", judge.NegotiatedGroup(p384), served(p384), "pass group-negotiated"},
		{"another negotiated", judge.NegotiatedGroup(p384), served(0), "fail other-group"},
		{"nothing sent", judge.NegotiatedGroup(p384), secured(), "inconclusive no-sip"},
	})
}

func TestNoPlainOnTLS(t *testing.T) {
	t.Parallel()
	try(t, []trial{
		{"TLS", judge.NoPlainOnTLS, secured(), "pass tls-from-the-start"},
		{"in clear", judge.NoPlainOnTLS, tell().opens("tls-1").unexpected("tls-1").breaks("tls-1", "not TLS"), "fail plain-on-tls-port"},
		{"in clear on the port for that", judge.NoPlainOnTLS, secured().opens("tcp-2").unexpected("tcp-2"), "pass tls-from-the-start"},
		{"over TCP alone", judge.NoPlainOnTLS, tell().opens("tcp-1"), "inconclusive never-connected"},
	})
}

func TestUnserved(t *testing.T) {
	t.Parallel()
	good, bad := judge.Unserved(says(verdict.Pass, "took-it")), judge.Unserved(says(verdict.Pass, "took-it"), says(verdict.Fail, "did-not"))
	refused := func() *story {
		return tell().opens("tls-1").hello("tls-1", observation.HelloInfo{}).breaks("tls-1", "no common suite")
	}
	try(t, []trial{
		{"and takes it well", good, refused(), "pass took-it"},
		{"and does not", bad, refused(), "fail did-not"},
		{"after it tried to no end", good, tell().opens("tls-1").opens("tls-2").hello("tls-2", observation.HelloInfo{}).breaks("tls-2", "no common suite"), "pass took-it"},
		{"but was served", bad, secured(), "inconclusive refusal-not-provoked"},
		{"but is being served", bad, tell().opens("tls-1").hello("tls-1", observation.HelloInfo{}), "inconclusive handshake-unfinished"},
		{"but went in clear at once", bad, tell().opens("udp-1").in("udp-1", "REGISTER 1"), "inconclusive no-ClientHello"},
		{"but never connected", bad, tell(), "inconclusive never-connected"},
	})
}

func TestTurnedAway(t *testing.T) {
	t.Parallel()
	rule := judge.TurnedAway(70)
	try(t, []trial{
		{"for the version", rule, refused(70), "pass turned-away"},
		{"for the suite", judge.TurnedAway(40), refused(40), "pass turned-away"},
		{"for another reason", rule, refused(40), "inconclusive other-refusal"},
		{"and then served", rule, refused(70).served("tls-2", "leaf"), "inconclusive refusal-not-provoked"},
		{"left by itself", rule, tell().opens("tls-1").hello("tls-1", observation.HelloInfo{}).alerts("tls-1", 70).breaks("tls-1", "remote error"), "inconclusive handshake-refused"},
		{"refused the vendor's version", rule, tell().opens("tls-1").hello("tls-1", observation.HelloInfo{}).
			alertsAt("tls-1", 70, observation.ServerHelloMessage).breaks("tls-1", "remote error"), "pass turned-away"},
		{"refused the certificate", rule, tell().opens("tls-1").hello("tls-1", observation.HelloInfo{}).
			alertsAt("tls-1", 70, observation.CertificateMessage).breaks("tls-1", "remote error"), "inconclusive certificate-refused"},
		{"never came", rule, tell(), "inconclusive never-connected"},
	})
}

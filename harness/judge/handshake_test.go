package judge_test

import (
	"testing"

	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/mocks/observation"
)

// The group of the stories and one that is another.
const (
	p256 = 23
	p384 = 24
)

func TestTakesAnonymous(t *testing.T) {
	t.Parallel()
	shown := func(alert uint8) *story {
		return tell().dials("tls-1").alerts("tls-1", alert).finishes("tls-1", observation.HandshakeInfo{Role: "client", Error: "remote error", PeerChain: [][]byte{{1}}})
	}
	try(t, []trial{
		{"taken", judge.TakesAnonymous, tell().dials("tls-1").finishes("tls-1", observation.HandshakeInfo{Role: "client", Complete: true}).out("tls-1", "INVITE 1").in("tls-1", "200 INVITE 1"), "pass call-taken"},
		{"handshake_failure", judge.TakesAnonymous, shown(40), "fail client-certificate-demanded"},
		{"bad_certificate", judge.TakesAnonymous, shown(42), "fail client-certificate-demanded"},
		{"certificate_required", judge.TakesAnonymous, shown(116), "fail client-certificate-demanded"},
		{"refused for something else", judge.TakesAnonymous, shown(51), "fail handshake-refused"},
		{"refused before it showed one", judge.TakesAnonymous, tell().dials("tls-1").alerts("tls-1", 40).breaks("tls-1", "remote error"), "fail handshake-refused"},
		{"not called", judge.TakesAnonymous, tell(), "inconclusive not-called"},
	})
}

func TestGroups(t *testing.T) {
	t.Parallel()
	offer := func(groups ...uint16) *story {
		return tell().opens("tls-1").hello("tls-1", observation.HelloInfo{LegacyVersion: tls12, Suites: []uint16{0xc02f}, Groups: groups})
	}
	served := func(group uint16) *story {
		return offer(p256, p384).finishes("tls-1", observation.HandshakeInfo{Role: "server", Complete: true, Version: tls12, Suite: 0xc02f, Group: group}).in("tls-1", "INVITE 1")
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
		{"not offered", ask, offer(0x002f, p384).breaks("tls-1", "no common suite"), "pass suite-not-offered"},
		{"without the group", ask, offer(0xc02f, p256).breaks("tls-1", "no common suite"), "pass suite-not-offered"},
		{"not offered, and on in clear", ask, offer(0x002f).breaks("tls-1", "no common suite").opens("udp-2").in("udp-2", "INVITE 1"), "fail fell-back-to-clear-signalling"},
		{"never connected", ask, tell(), "inconclusive never-connected"},
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

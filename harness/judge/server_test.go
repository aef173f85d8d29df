package judge_test

import (
	"testing"

	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/mocks/observation"
)

// shakesAsServer is a handshake that the device completes as server.
func shakesAsServer(s *story, conn string, suite, group uint16) *story {
	return s.dials(conn).finishes(conn, observation.HandshakeInfo{
		Role: "client", Complete: true, Version: tls12, Suite: suite, Group: group, PeerChain: [][]byte{[]byte("leaf")},
	})
}

// breaksAsServer is a handshake that the device ends as server, before or after it has sent its certificate.
func breaksAsServer(s *story, conn string, chain ...[]byte) *story {
	return s.dials(conn).alerts(conn, 40).finishes(conn, observation.HandshakeInfo{
		Role: "client", Error: "remote error", EndedBy: observation.DeviceSide, PeerChain: chain,
	})
}

func TestAnsweredOrRefused(t *testing.T) {
	t.Parallel()
	rule := judge.AnsweredOrRefused("tls1.3")
	try(t, []trial{
		{"takes the call", rule, shakesAsServer(tell(), "tls-1", 0x1301, p384).out("tls-1", "INVITE 1").in("tls-1", "200 INVITE 1"), "pass call-taken"},
		{"refuses the handshake", rule, breaksAsServer(tell(), "tls-1"), "pass refused-tls1.3"},
		{"refuses the call", rule, shakesAsServer(tell(), "tls-1", 0x1301, p384).out("tls-1", "INVITE 1").in("tls-1", "488 INVITE 1"), "fail call-refused-488"},
		{"closes when the call comes", rule, shakesAsServer(tell(), "tls-1", 0x1301, p384).out("tls-1", "INVITE 1").closes("tls-1", "eof"), "fail closed-on-call"},
		{"does nothing", rule, shakesAsServer(tell(), "tls-1", 0x1301, p384).out("tls-1", "INVITE 1"), "inconclusive no-final-response"},
	})
}

func TestTakesSuite(t *testing.T) {
	t.Parallel()
	rule := judge.TakesSuite(0xc030, judge.Answered)
	mock := observation.HandshakeInfo{Error: "bad name", EndedBy: observation.MockSide, PeerChain: [][]byte{[]byte("leaf")}}
	try(t, []trial{
		{"takes the call", rule, shakesAsServer(tell(), "tls-1", 0xc030, p384).out("tls-1", "INVITE 1").in("tls-1", "200 INVITE 1"), "pass call-taken"},
		{"refuses the call", rule, shakesAsServer(tell(), "tls-1", 0xc030, p384).out("tls-1", "INVITE 1").in("tls-1", "488 INVITE 1"), "fail call-refused-488"},
		{"does not have it", rule, breaksAsServer(tell(), "tls-1"), "not-applicable suite-not-taken"},
		{"chooses it and fails", rule, breaksAsServer(tell(), "tls-1", []byte("leaf")), "fail suite-not-usable"},
		{"the vendor refuses its certificate", rule, tell().dials("tls-1").finishes("tls-1", mock), "inconclusive handshake-failed"},
		{"slow", rule, tell().dials("tls-1"), "inconclusive handshake-unfinished"},
		{"cannot be called", rule, tell(), "inconclusive not-called"},
	})
}

func TestTakesGroup(t *testing.T) {
	t.Parallel()
	rule := judge.TakesGroup(p384)
	first := func() *story {
		return shakesAsServer(tell(), "tls-1", 0xc02f, p256).out("tls-1", "INVITE 1").in("tls-1", "200 INVITE 1")
	}
	second := func() *story { return shakesAsServer(first(), "tls-2", 0xc02f, p384) }
	again := "Call-ID: again"
	try(t, []trial{
		{"takes both", rule, second().out("tls-2", "INVITE 1", again).in("tls-2", "200 INVITE 1", again), "pass group-taken"},
		{"ends the second handshake", rule, breaksAsServer(first(), "tls-2"), "fail group-not-taken"},
		{"has no ECDHE", rule, breaksAsServer(tell(), "tls-1"), "not-applicable no-ecdhe"},
		{"is called once", rule, first(), "inconclusive not-called-again"},
		{"does not answer again", rule, second().out("tls-2", "INVITE 1", again), "inconclusive not-answered"},
		{"slow", rule, first().dials("tls-2"), "inconclusive handshake-unfinished"},
		{"cannot be called", rule, tell(), "inconclusive not-called"},
	})
}

func TestRefusesClear(t *testing.T) {
	t.Parallel()
	called := func() *story { return tell().dials("tcp-1").out("tcp-1", "INVITE 1") }
	datagram := func() *story { return tell().dials("udp-1").out("udp-1", "INVITE 1") }
	overTCP, overUDP := judge.RefusesClear(observation.TCP), judge.RefusesClear(observation.UDP)
	try(t, []trial{
		{"closes", overTCP, called().closes("tcp-1", "eof"), "pass refused-clear-signalling"},
		{"closes after bytes that are no SIP", overTCP, called().mangles("tcp-1").closes("tcp-1", "reset"), "pass refused-clear-signalling"},
		{"refuses the call", overTCP, called().in("tcp-1", "403 INVITE 1"), "pass refused-clear-signalling"},
		{"takes the call", overTCP, called().in("tcp-1", "100 INVITE 1").in("tcp-1", "200 INVITE 1"), "fail accepted-clear-signalling"},
		{"is silent", overTCP, called(), "inconclusive undecided"},
		{"the vendor closes", overTCP, called().closes("tcp-1", "local"), "inconclusive undecided"},
		{"cannot be called", overTCP, tell(), "inconclusive not-called"},
		{"has nothing for datagrams", overUDP, datagram().closes("udp-1", "refused"), "pass refused-clear-signalling"},
		{"refuses a datagram", overUDP, datagram().in("udp-1", "403 INVITE 1"), "pass refused-clear-signalling"},
		{"takes a datagram", overUDP, datagram().in("udp-1", "200 INVITE 1"), "fail accepted-clear-signalling"},
		{"is silent to datagrams", overUDP, datagram(), "inconclusive undecided"},
		{"is called over the other", overUDP, called(), "inconclusive not-called"},
	})
}

package judge_test

import (
	"crypto/x509"
	"testing"

	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
)

func TestAsksSRV(t *testing.T) {
	t.Parallel()
	try(t, []trial{
		{"first", judge.AsksSRV, tell().resolves("_sips._tcp.s1.example.com.", "SRV").resolves("s1.example.com.", "A"), "pass srv-asked"},
		{"in capitals", judge.AsksSRV, tell().resolves("_SIPS._TCP.s1.example.com.", "SRV"), "pass srv-asked"},
		{"after NAPTR", judge.AsksSRV, tell().resolves("s1.example.com.", "NAPTR").resolves("_sips._tcp.s1.example.com.", "SRV"), "pass srv-asked"},
		{"for addresses only", judge.AsksSRV, tell().resolves("s1.example.com.", "A").resolves("s1.example.com.", "AAAA"), "fail srv-not-asked"},
		{"for that name, but not for SRV", judge.AsksSRV, tell().resolves("_sips._tcp.s1.example.com.", "A"), "fail srv-not-asked"},
		{"for UDP only", judge.AsksSRV, tell().resolves("_sip._udp.s1.example.com.", "SRV"), "fail srv-not-asked"},
		{"nothing", judge.AsksSRV, secured(), "inconclusive nothing-asked"},
	})
}

func TestPrefers(t *testing.T) {
	t.Parallel()
	rule := judge.Prefers("decoy", "REGISTER")
	try(t, []trial{
		{"the vendor", rule, secured().in("tls-1", "REGISTER 1").out("tls-1", "200 REGISTER 1"), "pass tried-in-order"},
		{"the vendor, and goes to the other later", rule, secured().in("tls-1", "REGISTER 1").out("tls-1", "200 REGISTER 1").strays("tcp-2", "decoy"), "pass tried-in-order"},
		{"the other", rule, tell().strays("tcp-1", "decoy").opens("tls-2").shakes("tls-2", tls12, "leaf").in("tls-2", "REGISTER 1").out("tls-2", "200 REGISTER 1"), "fail srv-priority-ignored"},
		{"the vendor, and is refused", rule, secured().in("tls-1", "REGISTER 1").out("tls-1", "403 REGISTER 1"), "inconclusive refused-403"},
		{"neither", rule, tell(), "inconclusive never-connected"},
	})
}

func TestKeepsToPort(t *testing.T) {
	t.Parallel()
	rule := judge.KeepsToPort("INVITE")
	try(t, []trial{
		{"to the vendor", rule, secured().in("tls-1", "INVITE 1").out("tls-1", "200 INVITE 1"), "pass kept-to-port"},
		{"to the default", rule, tell().strays("tcp-1", "default-port"), "fail named-port-ignored"},
		{"to the default when the vendor refuses", rule,
			secured().in("tls-1", "INVITE 1").out("tls-1", "503 INVITE 1").strays("tcp-2", "default-port"), "fail named-port-ignored"},
		{"to the vendor, and is refused", rule, secured().in("tls-1", "INVITE 1").out("tls-1", "403 INVITE 1"), "inconclusive refused-403"},
		{"nowhere", rule, tell(), "inconclusive never-connected"},
	})
}

func TestFailsOver(t *testing.T) {
	t.Parallel()
	rule := judge.FailsOver("REGISTER")
	asked := func() *story { return tell().resolves("_sips._tcp.s1.example.com.", "SRV") }
	try(t, []trial{
		{"to the vendor", rule, asked().opens("tls-1").shakes("tls-1", tls12, "leaf").in("tls-1", "REGISTER 1").out("tls-1", "200 REGISTER 1").device("settled", ""), "pass failed-over"},
		{"not", rule, asked().device("settled", ""), "fail no-failover"},
		{"not, as far as one knows", rule, asked(), "inconclusive never-connected"},
		{"not, for it did not look", rule, tell().device("settled", ""), "inconclusive never-connected"},
		{"and is refused", rule, asked().opens("tls-1").alerts("tls-1", 48).device("settled", ""), "inconclusive certificate-refused"},
	})
}

func TestWeighs(t *testing.T) {
	t.Parallel()
	rule := judge.Weighs("INVITE", "light-1", "light-2")
	looked := func() *story {
		return tell().resolves("_sips._tcp.lb01.test.", "SRV").resolves("_sips._tcp.lb02.test.", "SRV")
	}
	vendor := func(s *story) *story {
		return s.opens("tls-9").shakes("tls-9", tls12, "leaf").in("tls-9", "INVITE 1").out("tls-9", "200 INVITE 1")
	}
	try(t, []trial{
		{"by weight", rule, vendor(looked()), "pass weighed"},
		{"once against it, as may happen", rule, vendor(looked().strays("tcp-1", "light-1")), "inconclusive weight-not-shown"},
		{"without a look", rule, vendor(tell()), "inconclusive srv-not-asked"},
		{"with a look at one name", rule, vendor(tell().resolves("_sips._tcp.lb01.test.", "SRV").resolves("_SIPS._tcp.lb01.test.", "SRV")), "inconclusive srv-not-asked"},
		{"the light ones after the others failed", rule, tell().opens("tls-1").breaks("tls-1", "no suite").strays("tcp-2", "light-1").
			opens("tls-3").breaks("tls-3", "no suite").strays("tcp-4", "light-2"), "inconclusive handshake-failed"},
		{"by place in the list", rule, tell().strays("tcp-1", "light-1").strays("tcp-2", "light-2"), "fail srv-weight-ignored"},
		{"once against it, and nothing else", rule, tell().strays("tcp-1", "light-1"), "inconclusive never-connected"},
	})
}

func TestFollows(t *testing.T) {
	t.Parallel()
	rule := judge.Follows("second-edge")
	called := func() *story {
		return secured().in("tls-1", "INVITE 1").out("tls-1", "200 INVITE 1").in("tls-1", "ACK 1").marks(observation.VendorMoved)
	}
	try(t, []trial{
		{"the vendor", rule, called().strays("tcp-2", "second-edge"), "pass followed"},
		{"its memory", rule, called().opens("tls-2"), "fail name-kept-past-ttl"},
		{"its memory first", rule, called().opens("tls-2").strays("tcp-3", "second-edge"), "fail name-kept-past-ttl"},
		{"neither", rule, called(), "inconclusive did-not-connect"},
		{"the vendor, which never served it", rule, secured().marks(observation.VendorMoved).strays("tcp-2", "second-edge"), "inconclusive not-served-before"},
		{"before the vendor moved", rule, tell().strays("tcp-1", "second-edge").marks(observation.VendorMoved), "inconclusive did-not-connect"},
		{"the vendor, who calls", rule, called().dials("tls-2"), "inconclusive did-not-connect"},
		{"nobody, for it never got that far", rule, secured().in("tls-1", "INVITE 1").out("tls-1", "403 INVITE 1"), "inconclusive refused-403"},
		{"nobody, for it never connected", rule, tell(), "inconclusive never-connected"},
	})
}

func TestComesBack(t *testing.T) {
	t.Parallel()
	rule := judge.ComesBack("INVITE")
	called := func() *story {
		return secured().in("tls-1", "INVITE 1").out("tls-1", "200 INVITE 1").in("tls-1", "ACK 1").marks(observation.VendorRestarted)
	}
	again := func() *story { return called().opens("tls-2").shakes("tls-2", tls12, "leaf") }
	try(t, []trial{
		{"and is served", rule, again().in("tls-2", "INVITE 2").out("tls-2", "200 INVITE 2"), "pass came-back"},
		{"and is refused", rule, again().in("tls-2", "INVITE 2").out("tls-2", "403 INVITE 2"), "inconclusive not-served-again"},
		{"over the old connection", rule, called().in("tls-1", "INVITE 2").out("tls-1", "200 INVITE 2"), "inconclusive not-served-again"},
		{"not, and is done", rule, called().device(observation.DeviceSettled, ""), "fail did-not-come-back"},
		{"not, though it was done before the restart", rule, secured().device(observation.DeviceSettled, "").marks(observation.VendorRestarted), "inconclusive not-served-before"},
		{"not, for it was never there", rule, tell(), "inconclusive never-connected"},
	})
}

func TestCalledEach(t *testing.T) {
	t.Parallel()
	ask := judge.CalledEach(2)
	call := func(s *story, conn, host, id string) *story {
		return s.in(conn, "INVITE 1 sip:+1555@"+host, "Call-ID: "+id).out(conn, "200 INVITE 1", "Call-ID: "+id)
	}
	two := func() *story { return secured().opens("tls-2").shakes("tls-2", tls12, "second") }
	try(t, []trial{
		{"each", ask, call(call(two(), "tls-1", "lb01.test", "a"), "tls-2", "lb02.test", "b"), "pass each-host-called"},
		{"over one connection", ask, call(call(secured(), "tls-1", "lb01.test", "a"), "tls-1", "lb02.test", "b"), "fail connection-shared"},
		{"the same twice", ask, call(call(secured(), "tls-1", "lb01.test", "a"), "tls-1", "LB01.test", "b"), "inconclusive not-each-host"},
		{"the second refused", ask, call(secured(), "tls-1", "lb01.test", "a").opens("tls-2").alerts("tls-2", 42).breaks("tls-2", "remote error"), "fail host-refused"},
		{"none", ask, tell(), "inconclusive never-connected"},
	})
}

func TestFollowsRoute(t *testing.T) {
	t.Parallel()
	const first, second = "<sip:edge.example.com:5061;transport=tls;lr>", "<sip:core.example.com;lr>"
	called := func() *story {
		return registered().out("tls-1", "INVITE 1", "Record-Route: "+first+", "+second, "Contact: <sip:10.0.0.1>").
			in("tls-1", "200 INVITE 1").out("tls-1", "ACK 1")
	}
	routed := "Route: " + first
	try(t, []trial{
		{"in one line", judge.FollowsRoute, called().in("tls-1", "BYE 2", "Route: "+first+", "+second), "pass route-followed"},
		{"in two lines, in its own words", judge.FollowsRoute, called().in("tls-1", "BYE 2", "Route: <sip:EDGE.example.com:5061;lr>", "Route: "+second), "pass route-followed"},
		{"the wrong way round", judge.FollowsRoute, called().in("tls-1", "BYE 2", "Route: "+second+", "+first), "fail route-set-disordered"},
		{"half", judge.FollowsRoute, called().in("tls-1", "BYE 2", routed), "fail route-set-not-followed"},
		{"not", judge.FollowsRoute, called().in("tls-1", "BYE 2"), "fail route-set-not-followed"},
		{"to another port", judge.FollowsRoute, called().in("tls-1", "BYE 2", "Route: <sip:edge.example.com;lr>, "+second), "fail route-set-disordered"},
		{"in words that cannot be read", judge.FollowsRoute, called().in("tls-1", "BYE 2", "Route: <sip:edge, "+second), "fail route-set-not-followed"},
		{"over another connection", judge.FollowsRoute, called().opens("tls-2").in("tls-2", "BYE 2", "Route: "+first+", "+second), "fail new-connection-for-dialog"},
		{"on which it said nothing", judge.FollowsRoute, called().opens("tls-2"), "fail new-connection-for-dialog"},
		{"to the Contact", judge.FollowsRoute, called().strays("udp-2", "private-contact").in("udp-2", "BYE 2"), "fail sent-to-private-contact"},
		{"to the Contact too", judge.FollowsRoute, called().in("tls-1", "BYE 2", "Route: "+first+", "+second).strays("udp-2", "private-contact").in("udp-2", "BYE 2"), "fail sent-to-private-contact"},
		{"with no request", judge.FollowsRoute, called(), "inconclusive no-in-dialog-request"},
		{"with no call", judge.FollowsRoute, registered(), "inconclusive not-called"},
	})
}

func TestReusesWhereShown(t *testing.T) {
	t.Parallel()
	leaf := testkit.Issue(nil, testkit.NewKey(), x509.Certificate{DNSNames: []string{"edge.example.com"}}).Certificate[0]
	called := func(host string) *story {
		route := "<sip:" + host + ";lr>"
		return tell().opens("tls-1").shakes("tls-1", tls12, string(leaf)).in("tls-1", "REGISTER 1").out("tls-1", "200 REGISTER 1").
			out("tls-1", "INVITE 1", "Record-Route: "+route).in("tls-1", "200 INVITE 1").out("tls-1", "ACK 1")
	}
	bye := func(s *story, conn, host string) *story { return s.in(conn, "BYE 2", "Route: <sip:"+host+";lr>") }
	trunk := tell().dials("tls-1").finishes("tls-1", observation.HandshakeInfo{Role: "client", Complete: true}).
		out("tls-1", "INVITE 1", "Record-Route: <sip:edge.example.com;lr>").in("tls-1", "200 INVITE 1").out("tls-1", "ACK 1")
	try(t, []trial{
		{"for a name that was shown", judge.ReusesWhereShown, bye(called("edge.example.com"), "tls-1", "edge.example.com"), "pass reuse-covered"},
		{"for an address", judge.ReusesWhereShown, bye(called("10.0.0.1:5061"), "tls-1", "10.0.0.1:5061"), "fail reuse-not-covered"},
		{"where nothing was shown", judge.ReusesWhereShown, bye(trunk, "tls-1", "edge.example.com"), "fail reuse-not-covered"},
		{"not", judge.ReusesWhereShown, bye(called("10.0.0.1:5061").opens("tls-2"), "tls-2", "10.0.0.1:5061"), "pass connected-to-route"},
		{"for nobody", judge.ReusesWhereShown, called("10.0.0.1:5061").in("tls-1", "BYE 2"), "inconclusive route-not-followed"},
		{"with no call", judge.ReusesWhereShown, registered(), "inconclusive route-not-followed"},
	})
}

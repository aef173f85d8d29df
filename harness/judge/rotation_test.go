package judge_test

import (
	"net/netip"
	"testing"

	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/mocks/observation"
)

func TestServedUnder(t *testing.T) {
	t.Parallel()
	rule := judge.ServedUnder("REGISTER", 2)
	first := func() *story {
		return tell().opens("tls-1").shakes("tls-1", tls12, "old").in("tls-1", "REGISTER 1").out("tls-1", "200 REGISTER 1").
			closes("tls-1", "local")
	}
	try(t, []trial{
		{"both", rule, first().opens("tls-2").shakes("tls-2", tls12, "new").in("tls-2", "REGISTER 2").out("tls-2", "200 REGISTER 2"), "pass leaf-not-pinned"},
		{"the first, and refuses the second", rule, first().opens("tls-2").shakes("tls-2", tls12, "new").alerts("tls-2", 46), "fail refused-renewed-certificate"},
		{"the first, and hangs up on the second", rule, first().opens("tls-2").shakes("tls-2", tls12, "new").closes("tls-2", "eof"), "fail refused-renewed-certificate"},
		{"the first, and does not come back", rule, first(), "inconclusive renewal-not-met"},
		{"the first, twice", rule, first().opens("tls-2").shakes("tls-2", tls12, "old").in("tls-2", "REGISTER 2").out("tls-2", "200 REGISTER 2"), "inconclusive renewal-not-met"},
		{"the first, and is refused under the second", rule, first().opens("tls-2").shakes("tls-2", tls12, "new").in("tls-2", "REGISTER 2").out("tls-2", "403 REGISTER 2"), "inconclusive renewal-not-met"},
		{"the first, and thinks about the second", rule, first().opens("tls-2"), "inconclusive renewal-not-met"},
		{"none", rule, secured().in("tls-1", "REGISTER 1").out("tls-1", "403 REGISTER 1"), "inconclusive refused-403"},
		{"nothing", rule, tell(), "inconclusive never-connected"},
		{"the first, over the vendor's own connection", rule, tell().dials("tls-1").shakes("tls-1", tls12, "old").in("tls-1", "REGISTER 1").out("tls-1", "200 REGISTER 1"), "inconclusive renewal-not-met"},
		{"none, for it was served in clear", rule, tell().opens("tcp-1").in("tcp-1", "REGISTER 1").out("tcp-1", "200 REGISTER 1"), "inconclusive no-leaf-shown"},
	})
}

func TestFetchedUnder(t *testing.T) {
	t.Parallel()
	rule := judge.FetchedUnder(2)
	first := func() *story { return tell().served("tls-1", "old") }
	try(t, []trial{
		{"both", rule, first().served("tls-2", "new"), "pass served-after-change"},
		{"the same twice", rule, first().served("tls-2", "old"), "inconclusive change-not-met"},
		{"did not come back", rule, first(), "inconclusive change-not-met"},
		{"refused the next", rule, first().opens("tls-2").shakes("tls-2", tls12, "new").alerts("tls-2", 42).closes("tls-2", "eof"), "fail refused-changed-certificate"},
		{"left the next", rule, first().opens("tls-2").shakes("tls-2", tls13, "new").closes("tls-2", "reset"), "fail refused-changed-certificate"},
		{"has not decided", rule, first().opens("tls-2").shakes("tls-2", tls13, "new"), "inconclusive change-not-met"},
		{"was refused", rule, first().opens("tls-2").alert("tls-2", observation.Out, 2, 70).breaks("tls-2", "no common version").closes("tls-2", "error"), "fail handshake-failed"},
		{"refused the first", rule, secured().alerts("tls-1", 48), "inconclusive certificate-refused"},
		{"never came", rule, tell(), "inconclusive never-connected"},
	})
}

func TestRejectsChanged(t *testing.T) {
	t.Parallel()
	rule := judge.RejectsChanged("x")
	before := func() *story { return tell().served("tls-1", "old").marks(observation.VendorChanged) }
	try(t, []trial{
		{"refused", rule, before().opens("tls-2").shakes("tls-2", tls12, "new").alerts("tls-2", 48).closes("tls-2", "eof"), "pass refused-x"},
		{"taken", rule, before().served("tls-2", "new"), "fail accepted-x"},
		{"did not come back", rule, before(), "inconclusive never-connected"},
		{"not served before", rule, secured().alerts("tls-1", 48).marks(observation.VendorChanged).opens("tls-2").alerts("tls-2", 48), "inconclusive not-served-before"},
		{"no change", rule, tell().served("tls-1", "old"), "inconclusive no-change"},
	})
}

func TestFetchedAfter(t *testing.T) {
	t.Parallel()
	rule := judge.FetchedAfter("suite")
	before := func() *story { return tell().served("tls-1", "leaf").marks(observation.VendorChanged) }
	try(t, []trial{
		{"served again", rule, before().served("tls-2", "leaf"), "pass served-after-suite"},
		{"served at the second attempt", rule, before().opens("tls-2").shakes("tls-2", tls12, "leaf").alerts("tls-2", 42).served("tls-3", "leaf"), "pass served-after-suite"},
		{"refused what is new", rule, before().opens("tls-2").shakes("tls-2", tls12, "leaf").alerts("tls-2", 42).closes("tls-2", "eof"), "fail not-served-after-suite"},
		{"left what is new", rule, before().opens("tls-2").shakes("tls-2", tls13, "leaf").closes("tls-2", "reset"), "fail not-served-after-suite"},
		{"offered nothing that is left", rule, before().opens("tls-2").alert("tls-2", observation.Out, 2, 40).breaks("tls-2", "no common suite").closes("tls-2", "error"), "fail not-served-after-suite"},
		{"has not decided", rule, before().opens("tls-2").shakes("tls-2", tls13, "leaf"), "inconclusive change-not-met"},
		{"got no answer", rule, before().opens("tls-2").shakes("tls-2", tls13, "leaf").asks("tls-2"), "inconclusive change-not-met"},
		{"did not come back", rule, before(), "inconclusive change-not-met"},
		{"over the connection from before", rule, before().asks("tls-1").answers("tls-1", 200), "inconclusive change-not-met"},
		{"not served before", rule, secured().alerts("tls-1", 48).marks(observation.VendorChanged).served("tls-2", "leaf"), "inconclusive not-served-before"},
		{"no change", rule, tell().served("tls-1", "leaf"), "inconclusive no-change"},
	})
}

func TestFetchedElsewhere(t *testing.T) {
	t.Parallel()
	second := func() *story {
		return tell().served("tls-1", "leaf").add(observation.Event{Kind: observation.TransportOpen, Conn: "tls-2",
			Transport: &observation.TransportInfo{Protocol: observation.TLS, Local: netip.MustParseAddrPort("127.0.0.9:443")}})
	}
	rule := judge.FetchedElsewhere
	try(t, []trial{
		{"served there too", rule, second().shakes("tls-2", tls12, "leaf").asks("tls-2").answers("tls-2", 200), "pass served-elsewhere"},
		{"refused there", rule, second().shakes("tls-2", tls12, "new").alerts("tls-2", 48).served("tls-3", "leaf"), "fail certificate-refused"},
		{"has not decided there", rule, second(), "inconclusive handshake-unfinished"},
		{"twice at one endpoint", rule, tell().served("tls-1", "leaf").served("tls-2", "leaf"), "inconclusive one-endpoint"},
		{"never served", rule, secured().alerts("tls-1", 48), "inconclusive certificate-refused"},
		{"never came", rule, tell(), "inconclusive never-connected"},
	})
}

func TestRejectsRenewed(t *testing.T) {
	t.Parallel()
	rule := judge.RejectsRenewed("REGISTER", "x")
	before := func() *story {
		return tell().opens("tls-1").shakes("tls-1", tls12, "old").in("tls-1", "REGISTER 1").out("tls-1", "200 REGISTER 1").closes("tls-1", "local")
	}
	restarted := func() *story { return before().marks(observation.VendorRestarted) }
	try(t, []trial{
		{"refused", rule, restarted().opens("tls-2").shakes("tls-2", tls12, "new").alerts("tls-2", 48).closes("tls-2", "eof"), "pass refused-x"},
		{"taken", rule, restarted().opens("tls-2").shakes("tls-2", tls12, "new").in("tls-2", "REGISTER 2"), "fail accepted-x"},
		{"taken before the restart", rule, before().opens("tls-2").shakes("tls-2", tls12, "new").in("tls-2", "REGISTER 2").
			marks(observation.VendorRestarted), "inconclusive never-connected"},
		{"did not come back", rule, restarted(), "inconclusive never-connected"},
		{"not served before", rule, secured().alerts("tls-1", 48).marks(observation.VendorRestarted).opens("tls-2").alerts("tls-2", 48), "inconclusive not-served-before"},
		{"no restart", rule, before(), "inconclusive no-restart"},
	})
}

package judge_test

import (
	"testing"

	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/mocks/observation"
)

// refused is a device whose handshake the vendor refused with an alert.
func refused(alert uint8) *story {
	return tell().opens("tls-1").hello("tls-1", observation.HelloInfo{LegacyVersion: tls12, ServerName: "api.example"}).
		alert("tls-1", observation.Out, 2, alert).breaks("tls-1", "no common version").closes("tls-1", "error")
}

// served is a page under a leaf, over a connection of its own.
func (s *story) served(conn, leaf string) *story {
	return s.opens(conn).hello(conn, observation.HelloInfo{LegacyVersion: tls12, Suites: []uint16{0x1301, 0xc02f}, ServerName: "api.example"}).
		shakes(conn, tls12, leaf).asks(conn).answers(conn, 200).closes(conn, "eof")
}

func TestFetched(t *testing.T) {
	t.Parallel()
	try(t, []trial{
		{"a page", judge.Fetched, tell().served("tls-1", "leaf"), "pass served"},
		{"after a refusal", judge.Fetched, refused(40).served("tls-2", "leaf"), "pass served"},
		{"an error", judge.Fetched, secured().asks("tls-1").answers("tls-1", 421), "fail answered-421"},
		{"a redirect", judge.Fetched, secured().asks("tls-1").answers("tls-1", 302), "fail answered-302"},
		{"not answered", judge.Fetched, secured().asks("tls-1"), "inconclusive no-answer"},
		{"said something else", judge.Fetched, secured().says("tls-1"), "inconclusive no-request"},
		{"spoke SIP", judge.Fetched, secured().in("tls-1", "OPTIONS 1"), "inconclusive no-request"},
		{"hung up", judge.Fetched, secured().closes("tls-1", "eof"), "fail closed-without-request"},
		{"refused", judge.Fetched, secured().alerts("tls-1", 48).closes("tls-1", "eof"), "fail handshake-refused"},
		{"was refused", judge.Fetched, refused(70), "fail handshake-failed"},
		{"asks for nothing", judge.Fetched, secured(), "inconclusive no-request"},
		{"was hung up on", judge.Fetched, secured().closes("tls-1", "local"), "inconclusive no-request"},
		{"never came", judge.Fetched, tell(), "inconclusive never-connected"},
		{"each", judge.FetchedEach(2), tell().served("tls-1", "leaf").served("tls-2", "leaf"), "pass served"},
		{"each over one connection", judge.FetchedEach(2), secured().asks("tls-1").answers("tls-1", 200).asks("tls-1").answers("tls-1", 204), "pass served"},
		{"not each", judge.FetchedEach(2), tell().served("tls-1", "leaf"), "inconclusive too-few-requests"},
		{"each but the last", judge.FetchedEach(2), tell().served("tls-1", "leaf").opens("tls-2").shakes("tls-2", tls12, "new").alerts("tls-2", 48), "fail handshake-refused"},
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
		{"refused the first", rule, secured().alerts("tls-1", 48), "fail handshake-refused"},
		{"never came", rule, tell(), "inconclusive never-connected"},
	})
}

func TestSendsServerName(t *testing.T) {
	t.Parallel()
	try(t, []trial{
		{"named", judge.SendsServerName, tell().served("tls-1", "leaf"), "pass server-name-sent"},
		{"not named", judge.SendsServerName, secured(), "fail no-server-name"},
		{"named once", judge.SendsServerName, tell().served("tls-1", "leaf").opens("tls-2").hello("tls-2", observation.HelloInfo{}), "fail no-server-name"},
		{"no hello", judge.SendsServerName, tell().opens("tls-1"), "inconclusive handshake-unfinished"},
		{"of its own server's", judge.SendsServerName, tell().dials("tls-1").hello("tls-1", observation.HelloInfo{}), "inconclusive never-connected"},
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

func TestTurnedAway(t *testing.T) {
	t.Parallel()
	rule := judge.TurnedAway(70)
	try(t, []trial{
		{"for the version", rule, refused(70), "pass turned-away"},
		{"for the suite", judge.TurnedAway(40), refused(40), "pass turned-away"},
		{"for another reason", rule, refused(40), "inconclusive other-refusal"},
		{"and then served", rule, refused(70).served("tls-2", "leaf"), "inconclusive refusal-not-provoked"},
		{"left by itself", rule, tell().opens("tls-1").hello("tls-1", observation.HelloInfo{}).alerts("tls-1", 70).breaks("tls-1", "remote error"), "fail handshake-refused"},
		{"never came", rule, tell(), "inconclusive never-connected"},
	})
}

func TestShowsCertificate(t *testing.T) {
	t.Parallel()
	shows := func(h observation.HandshakeInfo) *story { return tell().opens("tls-1").finishes("tls-1", h) }
	peer, local := [][]byte{[]byte("device")}, [][]byte{[]byte("leaf")}
	try(t, []trial{
		{"and is served", judge.ShowsCertificate, shows(observation.HandshakeInfo{Complete: true, PeerChain: peer, LocalChain: local}).asks("tls-1").answers("tls-1", 200), "pass served"},
		{"and is not", judge.ShowsCertificate, shows(observation.HandshakeInfo{Complete: true, PeerChain: peer, LocalChain: local}).asks("tls-1").answers("tls-1", 403), "fail answered-403"},
		{"not asked", judge.ShowsCertificate, tell().served("tls-1", "leaf"), "inconclusive certificate-not-asked"},
		{"has none", judge.ShowsCertificate, tell().opens("tls-1").alert("tls-1", observation.Out, 2, 40).finishes("tls-1", observation.HandshakeInfo{LocalChain: local, Error: "none"}).closes("tls-1", "error"), "fail client-certificate-missing"},
		{"has none, under TLS 1.3", judge.ShowsCertificate, shows(observation.HandshakeInfo{Version: tls13, LocalChain: local, Error: "none"}).closes("tls-1", "error"), "fail client-certificate-missing"},
		{"is refused", judge.ShowsCertificate, shows(observation.HandshakeInfo{PeerChain: peer, LocalChain: local, Error: "unknown authority"}).closes("tls-1", "error"), "fail client-certificate-refused"},
		{"refuses the vendor", judge.ShowsCertificate, tell().opens("tls-1").alerts("tls-1", 48).finishes("tls-1", observation.HandshakeInfo{LocalChain: local, Error: "remote error"}), "fail handshake-refused"},
		{"never came", judge.ShowsCertificate, tell(), "inconclusive never-connected"},
	})
}

// TestRefusesHTTP: a request is as good as SIP for having accepted a peer, and so
// is any other data.
func TestRefusesHTTP(t *testing.T) {
	t.Parallel()
	try(t, []trial{
		{"asked", judge.Refuses("x"), secured().asks("tls-1"), "fail accepted-x"},
		{"said something", judge.Refuses("x"), secured().says("tls-1"), "fail accepted-x"},
		{"left", judge.Refuses("x"), secured().closes("tls-1", "eof"), "pass refused-x"},
	})
}

func TestRefusesChanged(t *testing.T) {
	t.Parallel()
	rule := judge.RefusesChanged("x")
	before := func() *story { return tell().served("tls-1", "old").marks(observation.VendorChanged) }
	try(t, []trial{
		{"refused", rule, before().opens("tls-2").shakes("tls-2", tls12, "new").alerts("tls-2", 48).closes("tls-2", "eof"), "pass refused-x"},
		{"taken", rule, before().served("tls-2", "new"), "fail accepted-x"},
		{"did not come back", rule, before(), "inconclusive never-connected"},
		{"not served before", rule, secured().alerts("tls-1", 48).marks(observation.VendorChanged).opens("tls-2").alerts("tls-2", 48), "inconclusive not-served-before"},
		{"no change", rule, tell().served("tls-1", "old"), "inconclusive no-change"},
	})
}

// TestDiagnose: the seed's classes, by what crossed the wire.
func TestDiagnose(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		log  *story
		want judge.Class
	}{
		"the vendor refuses the version": {refused(70), judge.ProtocolError},
		"the vendor refuses the suites":  {refused(40), judge.CipherError},
		"the vendor wants better suites": {refused(71), judge.CipherError},
		"the vendor fails":               {refused(80), ""},
		"the device lacks the authority": {secured().alerts("tls-1", 48), judge.ChainError},
		"the device finds it expired":    {secured().alerts("tls-1", 45), judge.ChainError},
		"the device finds it bad":        {secured().alerts("tls-1", 42), judge.ChainError},
		"the device refuses the version": {tell().opens("tls-1").alerts("tls-1", 70), judge.ProtocolError},
		"the device looks and leaves":    {secured().closes("tls-1", "eof"), judge.ChainError},
		"the device leaves before":       {tell().opens("tls-1").breaks("tls-1", "EOF").closes("tls-1", "eof"), ""},
		"the vendor wants a certificate": {tell().opens("tls-1").alert("tls-1", observation.Out, 2, 40).finishes("tls-1", observation.HandshakeInfo{LocalChain: [][]byte{[]byte("leaf")}}), ""},
		"all is well":                    {tell().served("tls-1", "leaf"), ""},
		"nothing yet":                    {tell().opens("tls-1"), ""},
	} {
		d := judge.Diagnose(judge.NewView(test.log.events).Connections[0])
		switch {
		case d == nil && test.want != "", d != nil && d.Class != test.want:
			t.Errorf("%s: %+v, want %q", name, d, test.want)
		case d != nil && d.Fix == "":
			t.Errorf("%s: no remedy", name)
		}
	}
	refusal := judge.Fetched(judge.NewView(refused(70).events))
	if refusal.Hint == "" {
		t.Error("a failure has no hint")
	}
}

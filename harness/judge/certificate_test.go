package judge_test

import (
	"testing"

	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/mocks/observation"
)

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

func TestRejectsRevoked(t *testing.T) {
	t.Parallel()
	rule := judge.RejectsRevoked(observation.ListFetched)
	try(t, []trial{
		{"refused", rule, tell().opens("tls-1").hello("tls-1", observation.HelloInfo{}).marks(observation.ListFetched).alerts("tls-1", 44).breaks("tls-1", "remote error"), "pass refused-revoked"},
		{"refused without a look", rule, tell().opens("tls-1").hello("tls-1", observation.HelloInfo{}).alerts("tls-1", 44).breaks("tls-1", "remote error"), "inconclusive revocation-not-looked-up"},
		{"refused after a look elsewhere", rule, tell().opens("tls-1").hello("tls-1", observation.HelloInfo{}).marks(observation.ResponderAsked).alerts("tls-1", 44).breaks("tls-1", "remote error"), "inconclusive revocation-not-looked-up"},
		{"used without a look", rule, secured().in("tls-1", "INVITE 1"), "fail accepted-revoked"},
		{"used after a look", rule, secured().marks(observation.ListFetched).in("tls-1", "INVITE 1"), "fail accepted-revoked"},
		{"never connected", rule, tell(), "inconclusive never-connected"},
	})
}

func TestIdentifies(t *testing.T) {
	t.Parallel()
	shakes := func(info observation.HandshakeInfo) *story {
		info.Role = "server"
		return tell().opens("tls-1").hello("tls-1", observation.HelloInfo{}).finishes("tls-1", info)
	}
	chain := [][]byte{{1}}
	try(t, []trial{
		{"taken", judge.Identifies, shakes(observation.HandshakeInfo{Complete: true, PeerChain: chain}), "pass certificate-taken"},
		{"refused", judge.Identifies, shakes(observation.HandshakeInfo{PeerChain: chain, Error: "x", Rejected: []string{"expired"}}), "fail vendor-refuses-expired"},
		{"has none", judge.Identifies, shakes(observation.HandshakeInfo{Error: "x", Rejected: []string{"no-certificate"}}), "fail vendor-refuses-no-certificate"},
		{"refuses the vendor", judge.Identifies, tell().opens("tls-1").hello("tls-1", observation.HelloInfo{}).alerts("tls-1", 48).breaks("tls-1", "remote error"), "inconclusive certificate-refused"},
		{"never connected", judge.Identifies, tell(), "inconclusive never-connected"},
		{"turned away, and stays away", judge.Turned("expired", judge.NoClearSignalling), shakes(observation.HandshakeInfo{PeerChain: chain, Error: "x", Rejected: []string{"expired"}}), "pass stayed-on-tls"},
		{"turned away for something else", judge.Turned("expired", judge.NoClearSignalling), shakes(observation.HandshakeInfo{Error: "x", Rejected: []string{"no-certificate"}}), "inconclusive refusal-not-provoked"},
		{"not turned away", judge.Turned("expired", judge.NoClearSignalling), shakes(observation.HandshakeInfo{Complete: true, PeerChain: chain}), "inconclusive refusal-not-provoked"},
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
		{"refuses the vendor", judge.ShowsCertificate, tell().opens("tls-1").alerts("tls-1", 48).finishes("tls-1", observation.HandshakeInfo{LocalChain: local, Error: "remote error"}), "inconclusive certificate-refused"},
		{"never came", judge.ShowsCertificate, tell(), "inconclusive never-connected"},
	})
}

func TestPresents(t *testing.T) {
	t.Parallel()
	ask := judge.Presents("expired", "not-yet-valid")
	refused := func(causes ...string) *story {
		return tell().dials("tls-1").finishes("tls-1", observation.HandshakeInfo{Role: "client", Error: "refused", Rejected: causes})
	}
	try(t, []trial{
		{"taken", ask, tell().dials("tls-1").finishes("tls-1", observation.HandshakeInfo{Role: "client", Complete: true}), "pass certificate-taken"},
		{"refused for this", ask, refused("expired"), "fail vendor-refuses-expired"},
		{"refused for this and that", ask, refused("unknown-ca", "not-yet-valid"), "fail vendor-refuses-not-yet-valid"},
		{"refused for that", ask, refused("unknown-ca"), "inconclusive certificate-not-judged"},
		{"broken off", ask, refused(), "inconclusive certificate-not-judged"},
		{"is shaking hands", ask, tell().dials("tls-1"), "inconclusive not-called"},
		{"the device connected", ask, secured(), "inconclusive not-called"},
	})
}

func TestTakesAnonymous(t *testing.T) {
	t.Parallel()
	shown := func(alert uint8) *story {
		return tell().dials("tls-1").alerts("tls-1", alert).
			finishes("tls-1", observation.HandshakeInfo{Role: "client", Error: "remote error", PeerChain: [][]byte{{1}}})
	}
	try(t, []trial{
		{"taken", judge.TakesAnonymous, tell().dials("tls-1").finishes("tls-1", observation.HandshakeInfo{Role: "client", Complete: true}).out("tls-1", "INVITE 1").in("tls-1", "200 INVITE 1"), "pass call-taken"},
		{"handshake_failure", judge.TakesAnonymous, shown(40), "fail client-certificate-demanded"},
		{"bad_certificate", judge.TakesAnonymous, shown(42), "fail client-certificate-demanded"},
		{"certificate_required", judge.TakesAnonymous, shown(116), "fail client-certificate-demanded"},
		{"refused for something else", judge.TakesAnonymous, shown(51), "inconclusive handshake-refused"},
		{"refused before it showed one", judge.TakesAnonymous, tell().dials("tls-1").alerts("tls-1", 40).breaks("tls-1", "remote error"), "inconclusive handshake-refused"},
		{"not called", judge.TakesAnonymous, tell(), "inconclusive not-called"},
	})
}

func TestVendorRejects(t *testing.T) {
	t.Parallel()
	rule := judge.VendorRejects("revoked")
	rejects := func(s *story, cause string) *story {
		return s.dials("tls-1").finishes("tls-1", observation.HandshakeInfo{Error: "on the list", EndedBy: observation.MockSide, Rejected: []string{cause}})
	}
	try(t, []trial{
		{"rejected", rule, rejects(tell(), "revoked"), "pass vendor-rejects-revoked"},
		{"rejected for another cause", rule, rejects(tell(), "expired"), "inconclusive vendor-refuses-expired"},
		{"accepted", rule, tell().dials("tls-1").shakes("tls-1", tls12, "leaf"), "fail vendor-accepts-revoked"},
		{"not called", rule, tell(), "inconclusive not-called"},
		{"after the list was read", judge.OwnListRead(rule), rejects(tell().marks(observation.ListFetched), "revoked"), "pass vendor-rejects-revoked"},
		{"without the list", judge.OwnListRead(rule), rejects(tell(), "revoked"), "inconclusive list-not-read"},
	})
}

package judge_test

import (
	"testing"

	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/mocks/observation"
)

func TestRefusesRevoked(t *testing.T) {
	t.Parallel()
	rule := judge.RefusesRevoked(observation.ListFetched)
	try(t, []trial{
		{"refused", rule, tell().opens("tls-1").hello("tls-1", observation.HelloInfo{}).marks(observation.ListFetched).alerts("tls-1", 44).breaks("tls-1", "remote error"), "pass refused-revoked"},
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
		{"refuses the vendor", judge.Identifies, tell().opens("tls-1").hello("tls-1", observation.HelloInfo{}).alerts("tls-1", 48).breaks("tls-1", "remote error"), "fail handshake-refused"},
		{"never connected", judge.Identifies, tell(), "inconclusive never-connected"},
		{"turned away, and stays away", judge.Turned("expired", judge.NoClearSignalling), shakes(observation.HandshakeInfo{PeerChain: chain, Error: "x", Rejected: []string{"expired"}}), "pass stayed-on-tls"},
		{"turned away for something else", judge.Turned("expired", judge.NoClearSignalling), shakes(observation.HandshakeInfo{Error: "x", Rejected: []string{"no-certificate"}}), "inconclusive refusal-not-provoked"},
		{"not turned away", judge.Turned("expired", judge.NoClearSignalling), shakes(observation.HandshakeInfo{Complete: true, PeerChain: chain}), "inconclusive refusal-not-provoked"},
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

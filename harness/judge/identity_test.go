package judge_test

import (
	"testing"

	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/mocks/observation"
)

func TestRefusesRevoked(t *testing.T) {
	t.Parallel()
	rule := judge.RefusesRevoked(judge.ListFetched)
	try(t, []trial{
		{"refused", rule, tell().opens("tls-1").hello("tls-1", observation.HelloInfo{}).notes(judge.ListFetched).alerts("tls-1", 44).breaks("tls-1", "remote error"), "pass refused-revoked"},
		{"used without a look", rule, secured().in("tls-1", "INVITE 1"), "fail accepted-revoked"},
		{"used after a look", rule, secured().notes(judge.ListFetched).in("tls-1", "INVITE 1"), "fail accepted-revoked"},
		{"never connected", rule, tell(), "inconclusive never-connected"},
	})
}

func TestPresents(t *testing.T) {
	t.Parallel()
	ask := judge.Presents("expired", "not-yet-valid")
	refused := func(causes ...string) *story {
		return tell().dials("tls-1").finishes("tls-1", observation.HandshakeInfo{Role: "client", Error: "refused", Refusal: causes})
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

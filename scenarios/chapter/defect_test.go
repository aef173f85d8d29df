package chapter

import (
	"testing"

	"github.com/sipconform/sipconform/certs"
)

func TestBreaks(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		recipe, sip, https string
	}{
		{"expired", "RF-CRT-01", "RF-CRT-01"},
		{"client-only", "RF-CRT-02", "RF-CRT-02"},
		{"name-prefix", "ST-02", ""},
		{"wildcard", "ST-02", ""},
		{"cn-only", "ST-13", ""},
		{"sip-uri-mismatch", "ST-01", ""},
		{"misordered-chain", "RF-CRT-04", "RF-CRT-04"},
		{"md5-signature", "RF-CRT-03", "RF-CRT-03"},
		{"revoked", "RF-CRT-05", "RF-CRT-05"},
		{"leaf-is-ca", "", ""},
	} {
		if _, is := certs.RecipeByName(c.recipe); !is {
			t.Errorf("there is no recipe %s", c.recipe)
		}
		if sip, https := Breaks(c.recipe, true), Breaks(c.recipe, false); sip != c.sip || https != c.https {
			t.Errorf("%s breaks %q, and %q of HTTPS, want %q and %q", c.recipe, sip, https, c.sip, c.https)
		}
	}
}

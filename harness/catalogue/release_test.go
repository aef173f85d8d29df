package catalogue

import (
	"testing"
)

func TestReleaseSaid(t *testing.T) {
	t.Parallel()
	r := Release{Names: []string{"PJSIP", "PJSUA", "pjproject"}, Below: "2.5.5"}
	for text, want := range map[string]bool{
		"PJSUA v2.5 Linux-3.13/x86_64/glibc-2.19": true,
		"PJSUA v2.5.4":                  true,
		"PJSUA v2.5.5":                  false,
		"PJSUA v2.10 Darwin":            false,
		"PJSUA v2":                      true,
		"PJSUA v3":                      false,
		"pjproject/2.4.5":               true,
		"gateway (pjsip-1.14.2)":        true,
		"Asterisk PBX 13.8-cert2":       false,
		"NotPJSIP 2.4":                  false,
		"PJSIP":                         false,
		"PJSIP 2.6, formerly PJSIP 2.4": true,
		"PJSIP 99999999999999999999":    false,
		"":                              false,
	} {
		if got := r.Said(text); got != want {
			t.Errorf("%q: %t", text, got)
		}
	}
}

// FuzzReleaseSaid: what a device calls itself does no harm.
func FuzzReleaseSaid(f *testing.F) {
	for _, seed := range []string{"PJSUA v2.5", "pjsip/2.5.5.5.5.5.5", "PJSIP 00000000000000000000002", "\x00PJSIP\xff1"} {
		f.Add(seed)
	}
	r := Release{Names: []string{"PJSIP", "PJSUA"}, Below: "2.5.5"}
	f.Fuzz(func(t *testing.T, text string) {
		if r.Said(text) && !r.Said("x "+text) {
			t.Errorf("%q says so only at the beginning", text)
		}
	})
}

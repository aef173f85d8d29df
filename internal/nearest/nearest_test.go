package nearest_test

import (
	"testing"

	"github.com/sipconform/sipconform/internal/nearest"
)

func TestOf(t *testing.T) {
	t.Parallel()
	known := []string{"area:certificate", "area:sdes", "area:srtp", "area:tls", "baresip", "reference", "vendor:twilio"}
	for written, want := range map[string]string{
		"area:strp":        "area:srtp", // swapped
		"area:sertificate": "area:certificate",
		"area:ssrtp":       "area:srtp",
		"area:tl":          "area:tls",
		"vender:twillio":   "vendor:twilio",
		"Vendor:Twilio":    "vendor:twilio",
		"barseip":          "baresip",
		"refrence":         "reference",
		"area:sdtp":        "area:srtp", // sdes is two letters away
		"nokia":            "",
		"":                 "",
		"tl":               "",
		"id:acme:voice:xy": "",
	} {
		if got := nearest.Of(written, known); got != want {
			t.Errorf("%q: %q, want %q", written, got, want)
		}
	}
	if got := nearest.Of("cat", []string{"bat", "hat"}); got != "bat" {
		t.Errorf("of two as near: %q", got)
	}
}

package scenarios

import (
	"slices"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/fixtures"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/scenarios/chapter"
	"github.com/sipconform/sipconform/scenarios/scene"
)

// furtherDifferences are scenarios whose fault takes more than one thing, with the
// reason.
var furtherDifferences = map[string]string{
	"answer-other-suite":   "the device has to offer the suite under another tag",
	"answer-alien-suite":   "the device must not offer the suite of the answer",
	"legacy/authenticated": "authenticated mode and a lowest version of TLS 1.2 together shut the phone out",
	"call-out/rtp-late":    "the setting says when the vendor refuses, not whether",

	"byoc-cloud/call-out/suites/32":   "the device is set to a suite that it need not offer by itself, and to no other",
	"byoc-cloud/call-out/mki":         "the device is set to the suite that it gives an MKI",
	"tls1.0/account-since-2022-03-29": "the account's date stands for the switch of the control",
	"options/tls1.0/deprecated-off":   "the control is what the vendor serves over TLS 1.2, which is a call",
	"options/tls1.1/deprecated-off":   "the control is what the vendor serves over TLS 1.2, which is a call",
}

// TestControlsDifferInOneThing: a scenario that is passed by a refusal differs from its
// control in the planted fault and in nothing else, as far as that is data.
func TestControlsDifferInOneThing(t *testing.T) {
	t.Parallel()
	products, err := profile.Load(fixtures.FS, "profiles")
	if err != nil {
		t.Fatal(err)
	}
	met, used := make(map[string]bool), make(map[string]bool)
	for _, p := range products {
		scenes, err := chapter.Write(p, own())
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range scenes {
			i := slices.IndexFunc(scenes, func(c scene.Scene) bool { return c.ID == s.Control })
			if i < 0 || !slices.ContainsFunc(s.Asks, func(c judge.Check) bool { return c.Refusal }) {
				continue
			}
			found := scene.Differences(p, s, scenes[i])
			excused := ""
			for id := range furtherDifferences {
				if strings.HasSuffix(p.Product+"/"+s.ID, id) {
					excused, met[id] = id, true
				}
			}
			switch {
			case len(found) > 1 && excused != "":
				used[excused] = true
			case len(found) > 1:
				t.Errorf("%s/%s/%s differs from its control %s in %s", p.Vendor, p.Product, s.ID, s.Control, strings.Join(found, " and "))
			}
		}
	}
	for id := range furtherDifferences {
		if met[id] && !used[id] { // a machine without OpenSSL lacks some
			t.Errorf("%s differs in no more than one thing: take it off the list", id)
		}
	}
}

package genesys

import (
	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/mocks/edge"
	"github.com/sipconform/sipconform/mocks/identity"
	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/mocks/vendor"
	"github.com/sipconform/sipconform/scenarios/scene"
)

// ownCertificate are forms of the device's own certificate: where its name is, and the revocation list that it names.
func ownCertificate(*profile.Product) []scene.Scene {
	named := judge.Presents(certs.CauseNameMismatch, identity.CauseAddress)
	reads := map[string]string{vendor.DeviceRevocation: profile.On}
	var all []scene.Scene
	for _, c := range []struct {
		id, title         string
		settings          map[string]string
		own               scene.Own
		requirement, want string
		rule              judge.Rule
	}{
		{"certificate-common-name", "the device's name in the common name alone of its certificate", nil,
			scene.Own{CommonNameOnly: true}, "GE-CRT-13", "shows a certificate for its host", named},
		{"certificate-alternative-name", "the device's name in the subjectAltName alone of its certificate", nil,
			scene.Own{AlternativeNameOnly: true}, "GE-CRT-13", "shows a certificate for its host", named},
		{"own-list-clean", "the device's certificate names a revocation list, and is not on it", reads,
			scene.Own{List: scene.CleanList}, "GE-CRT-18", "is called once the vendor has read the list", judge.OwnListRead(judge.Answered)},
		{"own-list-revoking", "the device's certificate is on the revocation list that it names", reads,
			scene.Own{List: scene.RevokingList}, "GE-CRT-18", "is not called once the vendor has read the list",
			judge.OwnListRead(judge.VendorRejects(certs.CauseRevoked))},
		{"own-list-unreachable", "the revocation list that the device's certificate names cannot be had", reads,
			scene.Own{List: scene.UnreachableList}, "GE-CRT-18", "is called without the list", judge.Answered},
	} {
		all = append(all, scene.Scene{
			ID: "call-listener/" + c.id, Title: c.title, Direction: plan.FromVendor, Area: "certificate", Control: "call-listener/certificate",
			Vendor: scene.Vendor{Settings: c.settings}, Device: scene.Device{Own: c.own},
			Script: []scene.Step{scene.RingListener(edge.Outbound{}), scene.EndCall(), scene.Settle()},
			Asks:   []judge.Check{scene.Ask(c.requirement, c.want, c.rule)},
		})
	}
	return all
}

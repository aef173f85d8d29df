package scenarios

import (
	"crypto/tls"
	"fmt"
	"slices"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/mocks/edge"
	"github.com/sipconform/sipconform/mocks/profile"
)

// versions are the lowest version, Common Criteria mode, and a restart.
func (c ciscoProduct) versions() []scene {
	set := func(settings ...string) map[string]string {
		chosen := make(map[string]string)
		for pair := range slices.Chunk(settings, 2) {
			chosen[pair[0]] = pair[1]
		}
		return chosen
	}
	served := func(id, title string, settings map[string]string, revisions []string, asks ...judge.Check) scene {
		s := outward(id, "tls", title, through(callOut())...)
		s.settings, s.revisions, s.asks = settings, revisions, asks
		return s
	}
	at := func(id, title string, settings map[string]string, version uint16, requirement, control string) scene {
		s := outward(id, "tls", title, callOut(), settle())
		s.settings, s.levers, s.control = settings, device.Levers{TLSMin: version, TLSMax: version}, control
		s.asks = []judge.Check{ask(requirement, "gets nothing through, and stays off UDP and TCP", judge.Unserved(judge.NoCall, judge.NoClearSignalling))}
		return s
	}
	above := inward("call-listener/tls1.2", "tls", "a call to the device's server", ringListener(edge.Outbound{})...)
	above.revisions = ciscoSeed
	above.asks = []judge.Check{
		ask("CU-TLS-01", "its server takes TLS 1.2", judge.All(judge.Negotiated(tls.VersionTLS12), judge.Answered)),
		ask("CU-TRK-01", "its server takes calls over TLS", judge.Answered),
	}
	old := inward("call-listener/vendor-at-most-tls1.0", "tls", "a call of a vendor that has nothing above TLS 1.0", callListener(edge.Outbound{}), settle())
	old.revisions, old.settings, old.control = ciscoSeed, set("tls_max", "TLS 1.0"), "call-listener/tls1.2"
	old.asks = []judge.Check{
		ask("CU-TLS-14", "its server refuses the version", judge.RejectsClient("tls1.0")),
		ask("CU-TLS-15", "its server refuses the version", judge.RejectsClient("tls1.0")),
		ask("RF-TLS-01", "its server refuses versions that RFC 8996 forbids", judge.RejectsClient("tls1.0")),
	}
	back := outward("restart/min-tls1.2", "tls", "the lowest version is set, and the vendor restarts")
	back.script = slices.Concat(through(callOut()), []step{restart(set("tls_min", "TLS 1.2")), callOut(), settle(), unlessBack(callOut()), settle()})
	back.control = base
	back.asks = []judge.Check{ask("CU-TLS-05", "connects again and is served", judge.ComesBack("INVITE"))}
	low := at("call-out/tls1.2/min-tls1.3", "the device set to TLS 1.2, and the lowest version TLS 1.3", set("tls_min", "TLS 1.3"), tls.VersionTLS12, "CU-TLS-10", "connect/fresh-15su2")
	low.revisions = cisco15SU2
	scenes := []scene{
		served(base, "the device as configured, and the vendor as it is", nil, nil,
			ask("CU-CIP-06", "offers a suite of the vendor's list, and is served", judge.All(judge.OffersSuite(c.suites(nil)), judge.Called)),
			ask("CU-CIP-10", "is served over a suite that encrypts", judge.All(judge.NoClearSignalling, judge.Called)),
			ask("CU-TRK-01", "uses TLS and nothing else", judge.All(judge.NoClearSignalling, judge.Called)),
			ask("CU-TRK-03", "speaks TLS from the start on the port for TLS", judge.NoPlainOnTLS),
			ask("CU-TRK-04", "takes the certificate of the authority that was imported", judge.Called),
			ask("CU-TRK-05", "shows its certificate", judge.Identifies),
			ask("CU-TRK-06", "shows a certificate with the name that the trunk knows", judge.Identifies),
		),
		served("connect/min-default", "the vendor as an upgrade has left it, down to TLS 1.0", nil, ciscoSeed,
			ask("CU-TLS-01", "offers TLS 1.2 and is served over it", judge.All(judge.Negotiated(tls.VersionTLS12), judge.Called))),
		served("connect/min-tls1.1", "the lowest version is TLS 1.1", set("tls_min", "TLS 1.1"), nil, ask("CU-TLS-02", "is served", judge.Called)),
		at("call-out/tls1.0/min-tls1.1", "the device set to TLS 1.0, and the lowest version TLS 1.1", set("tls_min", "TLS 1.1"), tls.VersionTLS10, "CU-TLS-02", "connect/min-tls1.1"),
		served("connect/min-tls1.2", "the lowest version is TLS 1.2", set("tls_min", "TLS 1.2"), nil, ask("CU-TLS-03", "is served at TLS 1.2", judge.Called)),
		at("call-out/tls1.1/min-tls1.2", "the device set to TLS 1.1, and the lowest version TLS 1.2", set("tls_min", "TLS 1.2"), tls.VersionTLS11, "CU-TLS-03", "connect/min-tls1.2"),
		served("connect/common-criteria-tls1.1", "Common Criteria mode, the lowest version TLS 1.1", set("common_criteria", "on", "tls_min", "TLS 1.1"), ciscoSeed, ask("CU-TLS-06", "is served", judge.Called)),
		served("connect/common-criteria-tls1.2", "Common Criteria mode, the lowest version TLS 1.2", set("common_criteria", "on", "tls_min", "TLS 1.2"), ciscoSeed, ask("CU-TLS-06", "is served", judge.Called)),
		served("connect/common-criteria-tls1.0", "Common Criteria mode, the lowest version TLS 1.0: TLS 1.1 alone, as printed", set("common_criteria", "on", "tls_min", "TLS 1.0"), ciscoSeed, ask("CU-TLS-07", "stays off UDP and TCP", judge.NoClearSignalling)),
		served("connect/fresh-15su2", "a new installation of 15SU2", nil, cisco15SU2, ask("CU-TLS-09", "is served at TLS 1.2 or above", judge.All(judge.Negotiated(tls.VersionTLS12, tls.VersionTLS13), judge.Called))),
		served("connect/min-tls1.3", "the lowest version is TLS 1.3", set("tls_min", "TLS 1.3"), cisco15SU2, ask("CU-TLS-10", "is served, or stays off UDP and TCP", judge.NoClearSignalling)),
		low,
		served("connect/common-criteria-15su2", "Common Criteria mode of 15SU2", set("common_criteria", "on"), cisco15SU2, ask("CU-TLS-12", "is served at TLS 1.2", judge.All(judge.Negotiated(tls.VersionTLS12), judge.Called))),
		above, old, back,
	}
	return scenes
}

// ports are the vendor's HTTPS listeners, for devices that fetch pages.
func (c ciscoProduct) ports() []scene {
	var scenes []scene
	for _, port := range []uint16{443, 8443} {
		add := func(slug, title, minimum string, levers device.Levers, control string, check judge.Check) {
			s := https(fmt.Sprintf("ports/%d/%s", port, slug), "tls", fmt.Sprintf("port %d: %s", port, title), fetchPort(port))
			s.settings, s.levers, s.control, s.revisions = map[string]string{"tls_min": minimum}, levers, control, ciscoSeed
			s.asks = []judge.Check{check}
			scenes = append(scenes, s)
		}
		add("default", "the vendor as it is", "TLS 1.0", device.Levers{}, "",
			ask("CU-TLS-01", "offers TLS 1.2 and is served over it", judge.All(judge.Negotiated(tls.VersionTLS12), judge.Fetched)))
		add("min-tls1.2", "the lowest version is TLS 1.2", "TLS 1.2", device.Levers{}, "", ask("CU-TLS-03", "is served at TLS 1.2", judge.Fetched))
		add("tls1.1-at-min-tls1.2", "the device set to TLS 1.1, and the lowest version TLS 1.2", "TLS 1.2", device.Levers{TLSMin: tls.VersionTLS11, TLSMax: tls.VersionTLS11},
			fmt.Sprintf("ports/%d/min-tls1.2", port), ask("CU-TLS-03", "gets nothing through and sends nothing in clear", failsClosed(protocolVersion)))
	}
	return scenes
}

// suites are the vendor's in the first revision, by IANA's numbers.
func (c ciscoProduct) suites(settings map[string]string) []uint16 {
	r := c.product.Revisions[0]
	values, err := c.product.SettingValues(r, settings)
	if err != nil {
		return nil
	}
	return numbers(profile.Choose(r.TLS.SuitesBy, values, r.TLS.Suites))
}

// cipherRows are the rows of each value of the enterprise parameter.
var cipherRows = []struct{ value, row, title string }{
	{"strongest-rsa", "CU-CIP-02", "AES-256 GCM, RSA preferred"},
	{"strongest-ecdsa", "CU-CIP-03", "AES-256 GCM, ECDSA preferred"},
	{"medium-rsa", "CU-CIP-04", "GCM, RSA preferred"},
	{"medium-ecdsa", "CU-CIP-05", "GCM, ECDSA preferred"},
	{"all-ecdsa", "CU-CIP-07", "all suites, ECDSA preferred"},
}

// ciphers are the values of the enterprise parameter, and authenticated mode.
func (c ciscoProduct) ciphers() []scene {
	var scenes []scene
	add := func(id, title, row string, settings map[string]string) {
		s := outward(id, "tls", title, through(callOut())...)
		s.settings = settings
		s.asks = []judge.Check{ask(row, "is served if it offers one of the suites", judge.UsesOneOf(c.suites(settings), judge.Called))}
		scenes = append(scenes, s)
	}
	for _, o := range cipherRows {
		add("connect/ciphers-"+o.value, "the vendor with "+o.title, o.row, map[string]string{"tls_ciphers": o.value})
	}
	if c.authenticates() {
		add("connect/authenticated", "a trunk in authenticated mode, which is NULL-SHA alone", "CU-CIP-09", map[string]string{"security_mode": "authenticated"})
	}
	return scenes
}

// authenticates tells whether this machine has the one suite of authenticated
// mode.
func (c ciscoProduct) authenticates() bool {
	return !lacks(edge.NotEmulated(c.product.Revisions[0]), rsaWithNullSHA)
}

// rsaWithNullSHA is TLS_RSA_WITH_NULL_SHA.
const rsaWithNullSHA = 0x0002

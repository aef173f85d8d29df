package stub

import (
	"crypto/x509"
	"slices"

	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/device/reference"
)

// certificates are the reference device with one opinion on all certificates.
func certificates() []Stub {
	return []Stub{
		{
			Name:   "trusts nobody",
			Device: altered{name: "trusts-nobody", set: strange},
			Passes: []Shown{
				{"twilio/trunking/call-in/**", "its server took calls; the vendor shows it no certificate"},
				{"twilio/*/call-listener/**", "its server took calls; the vendor shows it no certificate"},
				{"genesys/*/call-listener/**", "its server took calls; the vendor shows it no certificate"},
				{"twilio/*/certificate/wildcard-unverified", "it was served, and verifies nothing, as the scenario wants it"},
				withoutTLS,
				insecureTrunk,
			},
			Lacks: []Shown{keepsToCall},
		},
		{
			Name:   "trusts everybody",
			Device: altered{name: "trusts-everybody", set: unverified},
			Passes: []Shown{likeReference},
			Lacks:  badCertificates(),
		},
		{
			Name:   "refuses certificates that say where to ask for their revocation",
			Device: altered{name: "refuses-revocable", options: reference.Options{Refuses: revocable}},
			Passes: []Shown{likeReference},
			Lacks: []Shown{
				{"*/*/certificate/crl-good", "it refuses a certificate that is not on the list"},
				{"*/*/certificate/ocsp-good", "it refuses a certificate that its responder calls good"},
				{"*/*/certificate/revoked", "it refuses them for another reason than their revocation"},
				{"*/*/certificate/revoked-ocsp", "it refuses them for another reason than their revocation"},
				takesWildcard,
				keepsToCall,
			},
		},
		{
			Name:   "refuses wildcards",
			Device: altered{name: "refuses-wildcards", options: reference.Options{Bugs: reference.Bugs{RefusesWildcard: true}}},
			Passes: []Shown{
				{"cisco/**", "it is the reference device; the vendor shows no wildcard"},
				{"genesys/**", "it is the reference device; the vendor shows no wildcard"},
				{"infobip/rest/certificate/**", "it fetched the page from the exact name, and from no server with a bad certificate"},
				{"infobip/rest/test-endpoint/host", "it fetched the page from the exact name"},
				{"twilio/trunking/call-in/**", "its server took calls; the vendor shows it no certificate"},
				{"twilio/*/call-listener/**", "its server took calls; the vendor shows it no certificate"},
				{"twilio/*/certificate/**", "it sent SIP under the exact name, and none under bad certificates"},
			},
			Lacks: []Shown{
				{"infobip/rest/certificate/mutual", "the vendor shows a wildcard"},
				{"twilio/*/certificate/wildcard", "the vendor shows a wildcard"},
				{"twilio/*/certificate/renewed-key", "the vendor shows a wildcard"},
				{"twilio/*/certificate/srv-target", "the vendor shows a wildcard"},
				{"twilio/*/certificate/global-root-*", "the vendor shows a wildcard"},
				keepsToCall,
			},
		},
	}
}

// Where a vendor and an RFC exclude each other, the reference device does as the vendor
// wants.
var (
	takesWildcard = Shown{"twilio/*/certificate/wildcard", "it takes the vendor's wildcard, which RFC 5922 forbids"}
	keepsToCall   = Shown{"twilio/*/call-in/route", "its BYE stays on the call's connection, which RFC 5923 does not allow"}
)

// good are the certificates, by the scenarios that show them, which a device has to take.
var good = []string{
	"chain", "exact-name", "host", "other-common-name", "by-domain", "srv-target", "renewed-key", "renewed-root", "global-root-*",
	"mutual",
	"crl-good", "ocsp-good", "crl-known-good", "cn-only", "sip-uri-only", "misordered-chain", "unrelated-certificate",
	"wildcard", "wildcard-unverified",
}

// underGood are the scenarios whose certificate a device has taken that sends SIP,
// whatever becomes of it.
func underGood(vendors string, names ...string) []Shown {
	var all []Shown
	for _, name := range append(names, "exact-name", "sip-uri-only", "crl-known-good") {
		all = append(all, Shown{vendors + "/certificate/" + name, "it sent SIP under a good certificate"})
	}
	return all
}

// atGenesys, atPremises and atTwilio are the good certificates that those vendors show besides.
var (
	atGenesys  = []string{"chain", "other-common-name", "crl-good", "ocsp-good", "by-domain", "misordered-chain", "unrelated-certificate"}
	atPremises = []string{"other-common-name", "crl-good", "ocsp-good", "srv-target"}
	atTwilio   = []string{"srv-target", "global-root-*"}
)

// atPresence are the good certificates of a server that takes no calls.
var atPresence = []Shown{
	{"cisco/imp/certificate/exact-name", "it sent SIP under a good certificate"},
	{"cisco/imp/certificate/sip-uri-only", "it sent SIP under a good certificate"},
}

// underEveryGood are those of every vendor.
func underEveryGood() []Shown {
	both := []string{"misordered-chain", "unrelated-certificate"}
	return slices.Concat(atPresence, underGood("cisco/ucm", both...), underGood("genesys/byoc-cloud", atGenesys...),
		underGood("genesys/byoc-premises", atPremises...),
		underGood("twilio/trunking", atTwilio...), underGood("twilio/voice", append(both, atTwilio...)...))
}

// badCertificates are the scenarios that a device which takes every certificate does not
// pass.
func badCertificates() []Shown {
	all := "*/*/certificate/**"
	for _, name := range good {
		all += " !*/*/certificate/" + name
	}
	const why = "it takes a certificate that it has to refuse"
	return []Shown{
		{all, why}, {"*/*/ports/*/certificate/** !*/*/ports/*/certificate/exact-name", why}, {"*/*/*/root-not-imported", why},
		{"*/*/call-listener/unknown-ca", why}, {"cisco/ucm/restart/other-authority", why}, takesWildcard, keepsToCall,
	}
}

// strange has the device trust an authority that nobody else knows.
func strange(setup *device.Setup) error {
	stranger, err := certs.NewForge(99).Hierarchy(certs.Hierarchy{Name: "stranger", Root: certs.Authority{CommonName: "Stranger"}})
	if err != nil {
		return err
	}
	setup.Trust = stranger.RootPEM()
	return nil
}

// revocable tells whether a certificate names a revocation list or a responder.
func revocable(leaf *x509.Certificate) bool {
	return len(leaf.CRLDistributionPoints)+len(leaf.OCSPServer)+len(leaf.IssuingCertificateURL) > 0
}

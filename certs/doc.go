// Package certs makes X.509 certificates for tests, in memory: hierarchies of a root, an intermediate and leaves, and
// leaves with exactly one defect, each from a named [Recipe], with the revocation lists and OCSP responses that go
// with them. It is meant for users of this module, and for any test of how a TLS peer verifies certificates; it knows
// nothing of SIP.
//
// Everything follows from a seed and a date. Two forges with the same seed and
// the same [Forge.At] give the same keys, the same serial numbers and the same
// certificates, byte for byte, on every machine, so that a failure can be
// repeated and a report compared.
//
//	forge := certs.NewForge(1)
//	pki, err := forge.Hierarchy(certs.Hierarchy{Name: "example"})
//	good, err := pki.Issue(certs.Leaf{DNSNames: []string{"edge.vendor.test"}})
//	bad, err := pki.IssueDefective("expired", certs.Leaf{DNSNames: []string{"edge.vendor.test"}})
//
// The package is there to be imported: a test of anything that verifies
// certificates takes its peers' certificates from it.
//
// # The keys are no secret
//
// Whoever knows the seed knows every private key. They are for tests only: do
// not add a root of [NewForge] to a trust store that guards anything.
//
// Where a real device has to trust a root, [NewSecretForge] takes a secret of
// your own instead of a seed, and [Constraints] bound what the root can vouch
// for, should the secret get out.
package certs

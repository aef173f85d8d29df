package certs

import (
	"slices"
	"sync"
)

// Recipe is one defect: its name, what is wrong, and what two well-known verifiers say about it.
type Recipe struct {
	// Name is what [PKI.IssueDefective] takes. It never changes.
	Name string
	// Defect says in a sentence what is wrong.
	Defect string
	// Cause is why a verifier should refuse: one of the Cause constants. Several recipes share a cause.
	Cause string
	// Rule is the rule that is broken.
	Rule string
	// OpenSSL is the opinion of the openssl verify command, asked with
	//
	//	-trusted ROOT -untrusted CHAIN -attime AT -auth_level 2 -purpose sslserver -verify_hostname HOST
	//
	// (or -verify_ip) and with Options; level 2 is the default of Debian's TLS.
	OpenSSL Opinion
	// Go is the opinion of [crypto/x509.Certificate.Verify], asked with the
	// root, the chain, the time and the host.
	Go Opinion

	spoil func(*draft) error
}

// Opinion is what a verifier says of a credential.
type Opinion struct {
	// Accepts means that the verifier accepts the credential: it does not check this property, or reads the rule
	// differently. The other fields are then empty.
	Accepts bool
	// Text is part of the error message. OpenSSL's are those of release 3.0.
	Text string
	// Number is OpenSSL's X509_V_ERR number and Depth the place of the
	// certificate it is about, 0 for the leaf. Unused for Go.
	Number, Depth int
	// Options are the further options that the command needs.
	Options []string
}

// The causes for which a credential is refused. They are part of reports and
// never change.
const (
	CauseExpired           = "expired"
	CauseNotYetValid       = "not-yet-valid"
	CauseIssuerExpired     = "issuer-expired"
	CauseIssuerNotYetValid = "issuer-not-yet-valid"
	CauseNameMismatch      = "name-mismatch"
	CauseNoAlternativeName = "no-subject-alternative-name"
	CauseWildcard          = "wildcard"
	CauseIncompleteChain   = "incomplete-chain"
	CauseDisorderedChain   = "disordered-chain"
	CauseUnknownCA         = "unknown-ca"
	CauseSelfSigned        = "self-signed"
	CauseIssuerNotCA       = "issuer-not-a-ca"
	CausePathTooLong       = "path-too-long"
	CauseNameConstraint    = "name-constraint"
	CauseKeyUsage          = "key-usage"
	CauseExtendedKeyUsage  = "extended-key-usage"
	CauseCriticalExtension = "unknown-critical-extension"
	CauseLeafIsCA          = "leaf-is-a-ca"
	CauseWeakKey           = "weak-key"
	CauseWeakSignature     = "weak-signature"
	CauseBadSignature      = "bad-signature"
	CauseKeyMismatch       = "key-mismatch"
	CauseRevoked           = "revoked"
)

// AddressOnly is the recipe that needs an address in the leaf, and looks for the host by name.
const AddressOnly = "ip-san-only"

// Recipes returns every recipe, by subject: dates, names, chains, authorities,
// usage, keys and signatures, revocation.
func Recipes() []Recipe { return slices.Clone(recipes()) }

// recipes is the table that lists and lookups are taken from.
var recipes = sync.OnceValue(func() []Recipe {
	return slices.Concat(
		dateRecipes(),
		nameRecipes(),
		chainRecipes(),
		authorityRecipes(),
		usageRecipes(),
		signatureRecipes(),
		revocationRecipes(),
	)
})

// RecipeByName returns the recipe of that name, if there is one.
func RecipeByName(name string) (Recipe, bool) {
	for _, r := range recipes() {
		if r.Name == name {
			return r, true
		}
	}
	return Recipe{}, false
}

package reference

// TrunkBugs are the faults of a device at a vendor with mutual TLS, which has modes without encryption, trunks that list
// addresses, and phones that are called over their registrations: see [Bugs].
type TrunkBugs struct {
	// RefusesAddressedCalls refuses calls to its own server whose Request-URI has an address instead of a name.
	RefusesAddressedCalls bool `violates:"CU-TRK-09" cause:"call-refused-404"`
	// RefusesOverRegistration refuses calls that come over a connection which it has opened itself.
	RefusesOverRegistration bool `violates:"CU-CIP-10" cause:"call-refused-403"`
	// RefusesUnderNull takes TLS_RSA_WITH_NULL_SHA as server, and refuses every call over it.
	RefusesUnderNull bool `violates:"CU-CIP-09" cause:"call-refused-403"`
	// AnswersUnderNull takes TLS_RSA_WITH_NULL_SHA as server, and answers SRTP over it with its key.
	AnswersUnderNull bool `violates:"RF-SD-24" cause:"keys-under-null-cipher"`
	// VerifiesOnce verifies the first certificate that a server shows it, and no other.
	VerifiesOnce bool `violates:"CU-TRK-04" cause:"accepted-unknown-ca"`
}

package reference

// GenesysBugs are the faults of a device's own server and of its Request-URIs that show at a vendor with trunks: see
// [Bugs].
type GenesysBugs struct {
	// ServesUnusableSuites lets its server choose suites with AES-256 and ends the handshake after that.
	ServesUnusableSuites bool `violates:"GE-TLS-04" cause:"suite-not-usable"`
	// ServesWithoutP384 has a server that agrees on keys in X25519 and P-256 alone, and otherwise by RSA.
	ServesWithoutP384 bool `violates:"GE-TLS-07" cause:"group-not-taken"`
	// TakesClearOnTLSPort takes SIP in clear at its server's port for TLS, as if it were TLS.
	TakesClearOnTLSPort bool `violates:"GE-URI-07" cause:"accepted-clear-signalling" also:"CU-TRK-01"`
	// MovesTransport writes the transport into the user part of a Request-URI, behind the trunk group.
	MovesTransport bool `violates:"GE-URI-01" cause:"transport-misplaced"`
	// NamesOtherTransport writes transport=udp into its Request-URIs although it uses TLS.
	NamesOtherTransport bool `violates:"GE-URI-01" cause:"transport-misplaced"`
}

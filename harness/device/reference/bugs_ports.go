package reference

// PortBugs are the faults of a device about the ports that it is told, such as those that speak neither SIP nor HTTP: see
// [Bugs].
type PortBugs struct {
	// IgnoresNamedPort goes to the default port whatever port a URI has.
	IgnoresNamedPort bool `violates:"CU-TRK-03" cause:"named-port-ignored"`
	// ConnectsToAnybody verifies no certificate.
	ConnectsToAnybody bool `violates:"CU-TRK-04" cause:"accepted-unknown-ca"`
	// ConnectsToAnyName does not look for the name of the host in the certificate.
	ConnectsToAnyName bool `violates:"RF-CRT-06" cause:"accepted-wrong-name"`
	// ConnectsAtTLS10 tries again with TLS 1.0 allowed when the handshake fails.
	ConnectsAtTLS10 bool `violates:"RF-TLS-01" cause:"accepted-tls1.0"`
	// ConnectsAtAnyVersion ignores which versions it is set to.
	ConnectsAtAnyVersion bool `violates:"CU-TLS-06" cause:"other-version"`
	// ConnectsInClear speaks without TLS when the handshake fails.
	ConnectsInClear bool `violates:"CU-TLS-06" cause:"plain-on-tls-port" also:"CU-TLS-02 CU-TLS-03"`
}

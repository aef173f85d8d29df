package vendor

// The settings that code knows by name, beside [profile.TLSMin] and
// [profile.TLSMax]. A product has those that its profile
// lists; every other setting is known to the refusals of its profile alone. The
// fields of a profile that end in Setting name further ones.
const (
	// AllowDeprecatedTLS, on, serves operations over the versions from the
	// revision's deprecated_from on.
	AllowDeprecatedTLS = "allow_deprecated_tls"
	// DeprecatedRefusal says how a version below those that are served is turned
	// away: by a SIP response behind the handshake, or [ByAlert].
	DeprecatedRefusal = "deprecated_refusal"
	// SuiteOrder says whose order of suites decides: the server's, or [ByClient].
	SuiteOrder = "suite_order"
	// ClientCertificate says whether an API asks its clients for a certificate: it
	// does not, or the certificate is [Required].
	ClientCertificate = "client_certificate"
	// DeviceRevocation, on, has the vendor read the revocation list that the
	// certificate of a device's server names.
	DeviceRevocation = "device_revocation"
	// Digest, off, serves requests without credentials.
	Digest = "digest"
	// SIPPort is the port of SIP over TLS where the mock takes the standard ports.
	SIPPort = "sip_port"
	// MKI says what becomes of a crypto attribute with an MKI: it is rejected, or
	// the MKI is [Ignored].
	MKI = "mki"
)

// The values of settings that code compares with, beside [profile.On] and
// [profile.Off].
const (
	ByAlert  = "alert"    // of DeprecatedRefusal
	ByClient = "client"   // of SuiteOrder
	Required = "required" // of ClientCertificate
	Ignored  = "ignore"   // of MKI
	Accepted = "accept"   // of the setting that a profile's wildcard_setting names
)

package observation

// HandshakeMessage is a handshake message of TLS, as RFC 5246 §7.4 and RFC 8446
// §4 name it.
type HandshakeMessage string

// The handshake messages. A ServerHello that is a HelloRetryRequest (RFC 8446
// §4.1.4) goes by that name.
const (
	HelloRequestMessage       HandshakeMessage = "HelloRequest"
	ClientHelloMessage        HandshakeMessage = "ClientHello"
	ServerHelloMessage        HandshakeMessage = "ServerHello"
	HelloRetryRequestMessage  HandshakeMessage = "HelloRetryRequest"
	CertificateMessage        HandshakeMessage = "Certificate"
	CertificateStatusMessage  HandshakeMessage = "CertificateStatus"
	ServerKeyExchangeMessage  HandshakeMessage = "ServerKeyExchange"
	CertificateRequestMessage HandshakeMessage = "CertificateRequest"
	ServerHelloDoneMessage    HandshakeMessage = "ServerHelloDone"
	ClientKeyExchangeMessage  HandshakeMessage = "ClientKeyExchange"
	CertificateVerifyMessage  HandshakeMessage = "CertificateVerify"
	FinishedMessage           HandshakeMessage = "Finished"
	OtherHandshakeMessage     HandshakeMessage = "other"
	UnknownHandshakeMessage   HandshakeMessage = "" // it cannot be told which
)

// HelloOddity is something about a ClientHello that RFC 6066 does not allow and
// that servers take all the same.
type HelloOddity string

// The oddities of server_name, RFC 6066 §3.
const (
	ServerNameDot     HelloOddity = "server-name-dot"     // the name ends in a dot
	ServerNameAddress HelloOddity = "server-name-address" // it is an address
	ServerNameEmpty   HelloOddity = "server-name-empty"   // it is empty
)

// Side is one of the two ends of a connection.
type Side string

// The two sides.
const (
	DeviceSide Side = "device"
	MockSide   Side = "mock"
)

// AlertInfo is a TLS alert that crossed the wire. Encrypted alerts are seen
// only where the TLS engine reports them.
type AlertInfo struct {
	Level       uint8 `json:"level"`
	Description uint8 `json:"description"`
	// Refused is the message of the mock's that the device refused with this
	// alert, as in [HandshakeInfo.Refused].
	Refused HandshakeMessage `json:"refused,omitempty"`
}

// HandshakeInfo is how a handshake ended on the mock's side. A completed
// handshake does not prove that the device accepted the mock: under TLS 1.3 the
// device may still send an alert. Application data from it proves that.
type HandshakeInfo struct {
	Role     string `json:"role"` // "server" or "client", the mock's
	Complete bool   `json:"complete"`
	Error    string `json:"error,omitempty"`
	// EndedBy is who ended a handshake that is not complete: the device by an
	// alert or by closing, or the mock. It is empty if the network or the end of
	// the scenario did.
	EndedBy Side `json:"ended_by,omitempty"`
	// Sent and Received are the handshake messages that passed in clear, in
	// order, by the mock and by the device. Under TLS 1.3 a server's messages
	// after the ServerHello are encrypted, but go out together with it.
	Sent     []HandshakeMessage `json:"sent,omitempty"`
	Received []HandshakeMessage `json:"received,omitempty"`
	// Refused is the message of the mock's for which the device ended the
	// handshake. The alert tells it together with what the messages offered and
	// chose. It is empty if that leaves it open.
	Refused HandshakeMessage `json:"refused,omitempty"`
	// Rejected lists why the mock rejected the peer's certificate, as package
	// identity names the causes.
	Rejected []string `json:"rejected,omitempty"`
	// Limit says what the mock itself could not do, where that ended the
	// handshake: read the device's certificate, or its ClientHello. It says
	// nothing about the device.
	Limit   string `json:"limit,omitempty"`
	Version uint16 `json:"version,omitempty"`
	Suite   uint16 `json:"suite,omitempty"`
	Group   uint16 `json:"group,omitempty"`
	// SignatureScheme is the one that a ServerKeyExchange of TLS 1.2 is signed
	// with.
	SignatureScheme uint16 `json:"signature_scheme,omitempty"`
	// Rules are what the mock allowed; nil in records of before they were kept.
	Rules      *TLSRules `json:"rules,omitempty"`
	ServerName string    `json:"server_name,omitempty"`
	LocalChain [][]byte  `json:"local_chain,omitempty"` // DER, leaf first
	PeerChain  [][]byte  `json:"peer_chain,omitempty"`  // DER, leaf first
}

// TLSRules are what a mock allows in a handshake, with IANA numbers in the mock's order of preference.
type TLSRules struct {
	MinVersion uint16 `json:"min_version"`
	MaxVersion uint16 `json:"max_version"`
	// Suites and Groups are the only ones; nil if the TLS engine is free to choose. Without a suite of TLS 1.3 among
	// them, the engine is free to choose under TLS 1.3.
	Suites []uint16 `json:"suites,omitempty"`
	Groups []uint16 `json:"groups,omitempty"`
	// ClientCertificate says whether a server asks for one.
	ClientCertificate CertificateDemand `json:"client_certificate,omitempty"`
}

// CertificateDemand is how much a server wants a client's certificate; the zero value is not at all.
type CertificateDemand string

// The demands.
const (
	CertificateAsked    CertificateDemand = "asked" // and done without
	CertificateRequired CertificateDemand = "required"
)

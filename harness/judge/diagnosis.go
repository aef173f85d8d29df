package judge

// Class is what kind of TLS error a connection ended with, in the words of the
// vendors' articles (seed 003).
type Class string

// The classes. curl reports a chain error with status 60, the others with 35.
const (
	ChainError    Class = "TLS chain error"
	ProtocolError Class = "TLS protocol error"
	CipherError   Class = "TLS cipher error"
)

// Diagnosis is a class of error and what the article says to do about it.
type Diagnosis struct {
	Class Class
	Fix   string
}

// The remedies, by class.
const (
	fixChain = "look whether the device's trust store has the vendor's authority, which the bundle that Mozilla trusts does, " +
		"and whether the device loads its roots from where they are"
	fixProtocol = "look whether the device, and a firewall, a TLS inspection or a VPN before it, has a TLS version of the vendor's, " +
		"and set it to the newest that it has"
	fixCipher = "look whether the device, and a firewall, a TLS inspection or a VPN before it, has a suite of the vendor's, " +
		"and set it to the newest TLS version that it has"
)

// fixChange is for a device that took one certificate and not the next.
const fixChange = "it has pinned a certificate or a key, which is to be given up or kept in step with the vendor's changes; " +
	"or its trust store lacks the new root, which goes in beside the old one"

// Numbers of alerts, RFC 8446 §6, that tell one class from another.
const (
	alertCertificateLowest  = 42 // bad_certificate, unsupported, revoked, expired, unknown
	alertCertificateHighest = 46
	alertUnknownCA          = 48
	alertProtocolVersion    = 70
	alertInsufficient       = 71 // insufficient_security
)

// Diagnose says what went wrong with a handshake, by the alerts that crossed and
// by who ended it; nil if nothing did, or if it was something else.
func Diagnose(c *Connection) *Diagnosis {
	switch {
	case c.Alerted != nil && (c.Handshake == nil || !c.Handshake.Complete):
		return diagnoseAlert(c.Alerted.Description, len(chainOf(c)) > 0)
	case c.Alert != nil:
		return diagnoseAlert(c.Alert.Description, len(chainOf(c)) > 0)
	case c.Spoke == "" && c.Closed && !c.Cause.ByMock() && len(chainOf(c)) > 0:
		return &Diagnosis{ChainError, fixChain} // it looked at the certificate and left
	}
	return nil
}

func chainOf(c *Connection) [][]byte {
	if c.Handshake == nil {
		return nil
	}
	return c.Handshake.LocalChain
}

// diagnoseAlert goes by an alert, whoever sent it; shown tells whether the
// vendor's certificate had been, after which no suite is chosen any more.
func diagnoseAlert(description uint8, shown bool) *Diagnosis {
	switch {
	case description >= alertCertificateLowest && description <= alertCertificateHighest, description == alertUnknownCA:
		return &Diagnosis{ChainError, fixChain}
	case description == alertProtocolVersion:
		return &Diagnosis{ProtocolError, fixProtocol}
	case description == alertInsufficient, description == alertHandshakeFailure && !shown:
		return &Diagnosis{CipherError, fixCipher}
	}
	return nil
}

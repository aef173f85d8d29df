package judge

import "github.com/sipconform/sipconform/mocks/observation"

// Class is a kind of TLS error, in the words of the vendors' support articles.
type Class string

// The classes. curl reports a chain error with status 60, the others with 35.
const (
	ChainError    Class = "TLS chain error"
	ProtocolError Class = "TLS protocol error"
	CipherError   Class = "TLS cipher error"
)

// Diagnosis is a class of error and what to do about it.
type Diagnosis struct {
	Class Class
	Fix   string
}

// The remedies by class.
const (
	fixChain = "add the vendor's root to the device's trust store (it is in Mozilla's bundle), " +
		"and check that the device loads its roots from there"
	fixProtocol = "enable a TLS version of the vendor's on the device, the newest that it has, " +
		"and on any firewall, TLS inspection or VPN before it"
	fixCipher = "enable a cipher suite of the vendor's on the device, with the newest TLS version that it has, " +
		"and on any firewall, TLS inspection or VPN before it"
)

// fixChange is for a device that accepted one certificate and not the next.
const fixChange = "do not pin the vendor's certificate or key, or update the pin whenever the vendor announces a change; " +
	"and keep the new root in the trust store beside the old one"

// Alerts by number, RFC 8446 §6. Those from alertBadCertificate to
// alertCertificateUnknown are about a certificate.
const (
	alertHandshakeFailure     = 40
	alertBadCertificate       = 42
	alertCertificateUnknown   = 46
	alertUnknownCA            = 48
	alertProtocolVersion      = 70
	alertInsufficientSecurity = 71
	alertCertificateRequired  = 116
)

// Diagnose returns what went wrong with a handshake, by the alerts that crossed the
// wire and by who ended it. It is nil if nothing did, or if that is not known.
func Diagnose(c *Connection) *Diagnosis {
	switch {
	case c.Handshake != nil && len(c.Handshake.Rejected) > 0:
		return nil // the device's certificate, of which the classes say nothing
	case c.refusedVersion():
		return &Diagnosis{ProtocolError, fixProtocol}
	case c.MockAlert != nil && (c.Handshake == nil || !c.Handshake.Complete):
		return diagnoseAlert(c.MockAlert.Description, len(chainOf(c)) > 0)
	case c.Alert != nil:
		return diagnoseAlert(c.Alert.Description, len(chainOf(c)) > 0)
	case c.Spoke == "" && c.left() && len(chainOf(c)) > 0:
		return &Diagnosis{ChainError, fixChain} // it saw the certificate and left
	}
	return nil
}

// refusedVersion reports whether the device refused the ServerHello because of its version: curl's "unsupported
// protocol". Which alert it sends, or whether it sends one, differs between libraries.
func (c *Connection) refusedVersion() bool {
	return c.refusedMessage() == string(observation.ServerHelloMessage) &&
		c.Hello != nil && c.Handshake != nil && !c.Hello.Offers(c.Handshake.Version)
}

// named appends the class of a connection's error, as the vendors' articles name it, to what was observed.
func (r Ruling) named(c *Connection) Ruling {
	if d := Diagnose(c); d != nil {
		r.Observed += ": " + string(d.Class)
	}
	return r
}

// chainOf returns the certificates that the mock showed on a connection.
func chainOf(c *Connection) [][]byte {
	if c.Handshake == nil {
		return nil
	}
	return c.Handshake.LocalChain
}

// diagnoseAlert goes by an alert, whoever sent it. Once the vendor's certificate
// was shown, the suite had been chosen.
func diagnoseAlert(description uint8, shown bool) *Diagnosis {
	switch {
	case aboutCertificate(description):
		return &Diagnosis{ChainError, fixChain}
	case description == alertProtocolVersion:
		return &Diagnosis{ProtocolError, fixProtocol}
	case description == alertInsufficientSecurity, description == alertHandshakeFailure && !shown:
		return &Diagnosis{CipherError, fixCipher}
	}
	return nil
}

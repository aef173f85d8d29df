package judge

import (
	"slices"

	"github.com/sipconform/sipconform/mocks/observation"
)

// refusedMessage returns the handshake message of the mock's that the device
// refused, such as "ServerKeyExchange", or "" if it refused none or the mock cannot
// tell which.
func (c *Connection) refusedMessage() string {
	switch {
	case c.Alert != nil && c.Alert.Refused != "":
		return string(c.Alert.Refused)
	case c.Alert != nil && aboutCertificate(c.Alert.Description): // whatever the mock could read of the handshake
		return string(observation.CertificateMessage)
	case c.Alert == nil && c.Handshake != nil:
		return string(c.Handshake.Refused)
	}
	return ""
}

// aboutCertificate reports whether an alert can only be about a certificate.
func aboutCertificate(description uint8) bool {
	return description >= alertBadCertificate && description <= alertCertificateUnknown || description == alertUnknownCA
}

// refusedCertificate reports whether what the device refused is the certificate that
// the mock showed. An alert says so. A device that closes without one refuses the
// certificate if it had seen it and answered nothing yet, and nothing else explains
// the close. Why it closes after the handshake cannot be told.
func (c *Connection) refusedCertificate() bool {
	h := c.Handshake
	switch {
	case c.Spoke != "":
		return false
	case c.refusedMessage() != "" || c.Alert != nil:
		return c.refusedMessage() == string(observation.CertificateMessage)
	case h == nil || len(h.LocalChain) == 0 || !c.left():
		return false
	}
	return !h.Complete && !slices.Contains(h.Received, observation.ClientKeyExchangeMessage)
}

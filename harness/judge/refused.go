package judge

// refusedCertificate reports whether the device ended the handshake because of the
// certificate that the vendor showed.
func (c *Connection) refusedCertificate() bool {
	if c.Alert == nil || len(chainOf(c)) == 0 {
		return false
	}
	d := c.Alert.Description
	return d >= alertBadCertificate && d <= alertCertificateUnknown || d == alertUnknownCA
}

package profile

import "slices"

// DeviceVerification is how the vendor verifies a device, when it calls the
// device's server or, with Mutual, when the device connects: by a chain to one
// of the roots, valid now, for a name that the vendor knows the device by. An
// address is no name.
type DeviceVerification struct {
	Roots []Root `yaml:"roots"` // devices get their certificates from the first
	// WildcardSetting names the setting by which a wildcard counts for a name.
	WildcardSetting string `yaml:"wildcard_setting"`
	// Mutual is mutual TLS: the vendor asks devices that connect for a certificate,
	// and shows its own to the servers that it calls.
	Mutual bool `yaml:"mutual"`
	// MutualPorts are the ports at which devices are asked for a certificate, with
	// Mutual; none: [SIPSPort] alone.
	MutualPorts []uint16 `yaml:"mutual_ports"`
	// SubjectSetting names the setting that says which names the device is known
	// by, with the values [Subjects]; empty: the host that is called.
	SubjectSetting string `yaml:"subject_setting"`
	// TrustSetting names the setting by which the first of the roots is trusted,
	// [On], or is not, [Off].
	TrustSetting string `yaml:"trust_setting"`
}

// The names that a device's certificate may have.
const (
	AnySubject    = "any"
	OwnSubject    = "own"    // the name that the vendor knows the device by
	OtherSubject  = "other"  // the name of another device
	ListedSubject = "listed" // a list of names, the device's among them
)

// Subjects are the values of the setting that SubjectSetting names.
var Subjects = []string{AnySubject, OwnSubject, OtherSubject, ListedSubject}

// Mutual tells whether the product asks devices that connect for a certificate, at one
// port or another.
func (p *Product) Mutual() bool { return p.DeviceVerification != nil && p.DeviceVerification.Mutual }

// MutualAt tells whether the product asks devices that connect to a port for a
// certificate.
func (p *Product) MutualAt(port uint16) bool {
	if !p.Mutual() {
		return false
	}
	if ports := p.DeviceVerification.MutualPorts; len(ports) > 0 {
		return slices.Contains(ports, port)
	}
	return port == SIPSPort
}

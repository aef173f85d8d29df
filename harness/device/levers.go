package device

import "slices"

// Needs returns the capabilities that a device needs to be set to l.
func (l Levers) Needs() []Capability {
	var needs []Capability
	add := func(used bool, cs ...Capability) {
		if used {
			needs = append(needs, cs...)
		}
	}
	add(l.TLSMin != 0 || l.TLSMax != 0, LeverTLSVersion)
	if l.TLSMin == l.TLSMax { // a device that is set to one version must have that version
		add(l.TLSMin != 0, tlsVersion(l.TLSMin))
	}
	add(l.Suites != nil, LeverSuites)
	add(l.Groups != nil, LeverGroups)
	add(l.SRTPSuites != nil, LeverSRTPSuites)
	for _, suite := range l.SRTPSuites {
		add(true, SRTPSuite(suite))
	}
	add(l.Media != MediaDefault, LeverMedia)
	add(l.MKI, LeverMKI)
	add(l.Lifetime != "", LeverLifetime)
	add(l.Transport != "", LeverTransport)
	add(l.VerifyOff, LeverVerify)
	add(l.SIPS, LeverSIPS)
	add(l.Expires != 0, LeverExpires)
	add(l.RevocationLists != "", LeverCRL)
	add(l.Port != 0, LeverPort)
	slices.Sort(needs)
	return slices.Compact(needs)
}

func tlsVersion(number uint16) Capability {
	return Capability([]string{"tls:1.0", "tls:1.1", "tls:1.2", "tls:1.3"}[(number-0x0301)&3])
}

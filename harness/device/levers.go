package device

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

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

// Values returns the values of every lever that is set, by its name without "lever:". Numbers are written as by IANA, and a
// switch is "on" or "off".
func (l Levers) Values() map[string][]string {
	values := make(map[string][]string)
	set := func(c Capability, isSet bool, texts ...string) {
		if isSet {
			values[strings.TrimPrefix(string(c), "lever:")] = texts
		}
	}
	set(LeverTLSVersion, l.TLSMin != 0 || l.TLSMax != 0, versionRange(l.TLSMin, l.TLSMax)...)
	set(LeverSuites, len(l.Suites) > 0, hex(l.Suites)...)
	set(LeverGroups, len(l.Groups) > 0, hex(l.Groups)...)
	set(LeverSRTPSuites, len(l.SRTPSuites) > 0, l.SRTPSuites...)
	set(LeverMedia, l.Media != "", string(l.Media))
	set(LeverMKI, l.MKI, "on")
	set(LeverLifetime, l.Lifetime != "", l.Lifetime)
	set(LeverTransport, l.Transport != "", l.Transport)
	set(LeverVerify, l.VerifyOff, "off")
	set(LeverSIPS, l.SIPS, "on")
	set(LeverExpires, l.Expires != 0, strconv.Itoa(l.Expires))
	set(LeverCRL, l.RevocationLists != "", l.RevocationLists)
	set(LeverPort, l.Port != 0, strconv.Itoa(int(l.Port)))
	return values
}

// TLSVersions returns the IANA numbers of the TLS versions from low to high, lowest first; 0 as high means no bound.
func TLSVersions(low, high uint16) []uint16 {
	var inside []uint16
	for v := uint16(0x0301); v <= 0x0304; v++ {
		if v >= low && (high == 0 || v <= high) {
			inside = append(inside, v)
		}
	}
	return inside
}

// TLSVersionName returns the name of a version, "1.0" to "1.3".
func TLSVersionName(v uint16) string {
	if v < 0x0301 || v > 0x0304 {
		return fmt.Sprintf("0x%04X", v)
	}
	return fmt.Sprintf("1.%d", v-0x0301)
}

func tlsVersion(number uint16) Capability { return Capability("tls:" + TLSVersionName(number)) }

// versionRange returns the names of the TLS versions from low to high.
func versionRange(low, high uint16) []string {
	var names []string
	for _, v := range TLSVersions(low, high) {
		names = append(names, TLSVersionName(v))
	}
	return names
}

// hex returns numbers as IANA writes them.
func hex(numbers []uint16) []string {
	texts := make([]string, len(numbers))
	for i, n := range numbers {
		texts[i] = fmt.Sprintf("0x%04X", n)
	}
	return texts
}

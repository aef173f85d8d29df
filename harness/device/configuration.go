package device

import (
	"cmp"
	"context"
	"slices"
	"strings"
)

// Configuration is an alternative of a device's own set-up, such as one without verification of certificates. What a
// device was not able to show, because it was not served or misses what the scenario rests on, is asked again in it.
type Configuration struct {
	// Name is how results and reports call it, such as "verification off".
	Name string
	// Levers are what is set otherwise. The device has to declare them.
	Levers Levers
	// GivesUp are labels of scenarios, such as "area:certificate", of which the levers leave nothing to judge. They are
	// not asked under the configuration.
	GivesUp []string
}

// Configurable is a [Device] that has alternatives, the preferred one first.
type Configurable interface {
	Device
	Configurations() []Configuration
}

// Allows reports whether a scenario with these labels and needs can be asked under the configuration: it is not given up,
// and sets none of the levers itself.
func (c Configuration) Allows(labels []string, needs []Capability) bool {
	taken := func(c Capability) bool { return strings.HasPrefix(string(c), "lever:") && slices.Contains(needs, c) }
	given := func(label string) bool { return slices.Contains(c.GivesUp, label) }
	return !slices.ContainsFunc(labels, given) && !slices.ContainsFunc(c.Levers.Needs(), taken)
}

// Under returns d in a configuration: every session is prepared with its levers. A lever that the scenario sets itself
// stays as the scenario has it.
func (c Configuration) Under(d Device) Device { return configured{d, c.Levers} }

type configured struct {
	Device
	levers Levers
}

func (d configured) Prepare(ctx context.Context, setup Setup) (Session, error) {
	setup.Levers = setup.Levers.or(d.levers)
	return d.Device.Prepare(ctx, setup)
}

// or returns l with the settings of other that l lacks.
func (l Levers) or(other Levers) Levers {
	if l.TLSMin == 0 && l.TLSMax == 0 {
		l.TLSMin, l.TLSMax = other.TLSMin, other.TLSMax
	}
	if l.Suites == nil {
		l.Suites = other.Suites
	}
	if l.Groups == nil {
		l.Groups = other.Groups
	}
	if l.SRTPSuites == nil {
		l.SRTPSuites = other.SRTPSuites
	}
	l.Media = cmp.Or(l.Media, other.Media)
	l.MKI = l.MKI || other.MKI
	l.Lifetime = cmp.Or(l.Lifetime, other.Lifetime)
	l.Transport = cmp.Or(l.Transport, other.Transport)
	l.VerifyOff = l.VerifyOff || other.VerifyOff
	l.SIPS = l.SIPS || other.SIPS
	l.Expires = cmp.Or(l.Expires, other.Expires)
	return l
}

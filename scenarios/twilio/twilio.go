package twilio

import (
	"slices"

	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/mocks/edge"
	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/scenarios/scene"
)

// Scenes is every scene of one of the vendor's two products.
func Scenes(p *profile.Product) []scene.Scene {
	t := twilioProduct{product: p, secure: p.Offer.SecureSetting, voice: p.Registrar != nil}
	return slices.Concat(t.versions(), t.suites(), t.certificates(), t.secureMedia(), t.offers(), t.answers(), t.sdes(),
		t.registration(), t.signalling())
}

// twilioProduct writes scenes for a SIP Domain, where devices register, and a
// trunk, where they do not: the rest is the same but for the rows' names.
type twilioProduct struct {
	product *profile.Product
	secure  string // name of the setting
	voice   bool
}

// row picks a requirement by product.
func (t twilioProduct) row(voice, trunking string) string {
	if t.voice {
		return voice
	}
	return trunking
}

// secured is settings with secure media on.
func (t twilioProduct) secured(more ...string) map[string]string {
	settings := map[string]string{t.secure: "on"}
	for i := 0; i+1 < len(more); i += 2 {
		settings[more[i]] = more[i+1]
	}
	return settings
}

// ringIn is the script of a call from the vendor: over the registration of a
// SIP Domain's user, or to the listener that a trunk's origination URI names.
func (t twilioProduct) ringIn(o edge.Outbound, then ...scene.Step) []scene.Step {
	if t.voice {
		return append([]scene.Step{scene.Register(), scene.CallIn(o)}, then...)
	}
	return append([]scene.Step{scene.CallListener(o)}, then...)
}

// connect is the script by which a device is brought to open a connection:
// registering, or calling where nothing registers.
func (t twilioProduct) connect() (plan.Direction, []scene.Step) {
	if t.voice {
		return plan.Register, []scene.Step{scene.Register(), scene.Settle()}
	}
	return plan.ToVendor, []scene.Step{scene.CallOut(), scene.DeviceHangsUp(), scene.Settle()}
}

// method is the one that those scripts send first.
func (t twilioProduct) method() string { return t.row("REGISTER", "INVITE") }

// calledBase and ringBase are those of calls out and in.
const (
	calledBase = "call-out/secure"
	ringBase   = "call-in/secure"
)

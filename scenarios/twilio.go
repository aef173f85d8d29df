package scenarios

import (
	"slices"

	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/mocks/edge"
	"github.com/sipconform/sipconform/mocks/profile"
)

// twilio is every scene of one of the vendor's two products.
func twilio(p *profile.Product) []scene {
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
func (t twilioProduct) ringIn(o edge.Outbound, then ...step) []step {
	if t.voice {
		return append([]step{register(), callIn(o)}, then...)
	}
	return append([]step{callListener(o)}, then...)
}

// connect is the script by which a device is brought to open a connection:
// registering, or calling where nothing registers.
func (t twilioProduct) connect() (plan.Direction, []step) {
	if t.voice {
		return plan.Register, []step{register(), settle()}
	}
	return plan.ToVendor, []step{callOut(), deviceHangsUp(), settle()}
}

// method is the one that those scripts send first.
func (t twilioProduct) method() string { return t.row("REGISTER", "INVITE") }

// base is the ID of the good case that scripts of connect are controlled by.
const base = "connect/default"

// calledBase and ringBase are those of calls out and in.
const (
	calledBase = "call-out/secure"
	ringBase   = "call-in/secure"
)

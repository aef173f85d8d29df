package profile

import "strings"

// Registrar limits registrations. Seconds, and contacts per address of record.
type Registrar struct {
	MinExpires  int `yaml:"min_expires"`
	MaxExpires  int `yaml:"max_expires"`
	MaxContacts int `yaml:"max_contacts"`
}

// Answer is how the vendor answers a device's offer.
type Answer struct {
	Server string   `yaml:"server"` // Server header
	Suites []string `yaml:"suites"` // SDES suites accepted, RFC 4568 names
	// SuitesBy replace Suites where settings have other values.
	SuitesBy []Choice `yaml:"suites_by"`
	// ClearSetting names the setting by which RTP is taken, [On], although calls
	// are secure; never if empty.
	ClearSetting string   `yaml:"clear_setting"`
	Allow        []string `yaml:"allow"`     // methods taken
	Supported    []string `yaml:"supported"` // option tags that a device may require
	// MinSessionExpires is the shortest session interval, RFC 4028, in seconds.
	MinSessionExpires int `yaml:"min_session_expires"`
	// LateOffer is true of a vendor that makes the offer itself if an INVITE has
	// none; the others refuse such a call.
	LateOffer bool `yaml:"late_offer"`
	// SIPSAsSIP is true of a vendor that takes a sips URI for sip over TLS, and
	// names sip URIs in its answer. The others answer with sips, RFC 3261 §12.1.1.
	SIPSAsSIP bool `yaml:"sips_as_sip"`
}

// Offer is how the vendor calls a device. RecordRoute, Contact and the values of
// Headers are templates with the fields of [OfferFields].
type Offer struct {
	Suites []string `yaml:"suites"`
	// SuitesBy replace Suites where settings have other values.
	SuitesBy    []Choice `yaml:"suites_by"`
	Formats     []string `yaml:"formats"`
	SessionName string   `yaml:"session_name"`
	OriginUser  string   `yaml:"origin_user"`
	// Unreachable is the console's code for a device that cannot be called,
	// InsecureBinding for one whose registrations are all in clear while the call
	// is secure.
	Unreachable     string `yaml:"unreachable"`
	InsecureBinding string `yaml:"insecure_binding"`
	// SecureSetting names the setting that makes calls secure, [On].
	SecureSetting string `yaml:"secure_setting"`
	// SecurePerCall is true of a vendor whose customers say call by call whether one to
	// a device is secure. SecureSetting is about the device's calls alone then.
	SecurePerCall bool `yaml:"secure_per_call"`
	// ClearWhen are the settings of a trunk that is not secure; with all others the vendor
	// calls a device's server over TLS. ClearSetting names the setting that says over what
	// it calls there: TLS, TCP or UDP. It is TCP if empty.
	ClearWhen    map[string][]string `yaml:"clear_when"`
	ClearSetting string              `yaml:"clear_setting"`
	RecordRoute  []string            `yaml:"record_route"`
	Contact      string              `yaml:"contact"`
	Headers      []Header            `yaml:"headers"`
	// Most is what the vendor does not go beyond; nil where that is not known.
	Most *CallLimits `yaml:"most"`
}

// CallLimits are the calls that a vendor makes to a device: at once, and begun in a second.
type CallLimits struct {
	Calls  int     `yaml:"calls"`
	Rate   float64 `yaml:"rate"`
	Source string  `yaml:"source"`
}

// Over returns the protocol over which the vendor calls a device's server while settings
// have these values: tls, tcp or udp.
func (o Offer) Over(settings map[string]string) string {
	switch {
	case len(o.ClearWhen) == 0 || !holds(o.ClearWhen, settings):
		return "tls"
	case o.ClearSetting == "":
		return "tcp"
	}
	return strings.ToLower(settings[o.ClearSetting])
}

// Header is a SIP header field.
type Header struct {
	Name  string `yaml:"name"`
	Value string `yaml:"value"`
}

// OfferFields is what the templates of an [Offer] can name.
type OfferFields struct {
	Edge      string // address and port of the signalling edge
	EdgeHost  string // its address
	Transport string // "tls", or "tcp" and "udp" in clear
	Private   string // address and port of the unreachable Contact
	Caller    string // user part
	Serial    string // 32 hexadecimal digits, unique per call
}

// Package profile is a vendor product's behaviour as data: dated revisions of
// TLS rules, settings, refusals and wire details. Mocks obey it; nothing in it
// judges a device. The files are in fixtures/profiles.
package profile

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Product is one file: what a product does whatever the revision, and its revisions.
type Product struct {
	File    string `yaml:"-"` // name of the file, for errors
	Vendor  string `yaml:"vendor"`
	Product string `yaml:"product"`
	// Prefix begins the IDs of the vendor's requirements: "TW" of TW-TLS-05.
	Prefix string `yaml:"prefix"`
	Title   string `yaml:"title"`
	// Domain is what a customer's name is put before: s1 + "." + Domain.
	Domain string `yaml:"domain"`
	// Realm is the realm of the digest challenge, RFC 3261 §22.
	Realm string `yaml:"realm"`
	// Proxies are the first labels of the hosts that serve the domain, such as
	// "lb01", each with an address of its own. None: the domain is the host.
	Proxies []string `yaml:"proxies"`
	// Trunk is how a device's calls find their trunk; nil where the domain says it.
	Trunk *Trunk `yaml:"trunk"`
	// Client is what the vendor, calling, asks of the certificate of a device's
	// server; nil where that is not known: every certificate is taken then.
	Client *Client `yaml:"client"`
	// HTTPS is for a product whose devices are HTTPS clients; nil of one that
	// speaks SIP. Beside it Proxies, Trunk, Realm and all from ErrorHeader to
	// Offer say nothing, and the certificates' names are the sites'.
	HTTPS       *HTTPS      `yaml:"https"`
	Certificate Certificate `yaml:"certificate"`
	// ErrorHeader carries a code and its title in refusals; empty for none.
	ErrorHeader string          `yaml:"error_header"`
	Codes       map[string]Code `yaml:"codes"`
	// Registrar is nil where nothing can register.
	Registrar *Registrar         `yaml:"registrar"`
	Answer    Answer             `yaml:"answer"`
	Offer     Offer              `yaml:"offer"`
	Settings  map[string]Setting `yaml:"settings"`
	Revisions []Revision         `yaml:"revisions"`
	Chapters  []Chapter          `yaml:"chapters"`
}

// Trunk is what tells one customer's calls from another's, beside the domain.
type Trunk struct {
	// Context is the trunk-context of a trunk group (RFC 4904 §5.2), whose label
	// is the customer's name.
	Context string `yaml:"context"`
	// Host is the first label of the name that stands for the trunk alone.
	Host string `yaml:"host"`
}

// Client is how the vendor judges a server that it calls: a chain to one of the
// roots, valid now, for the host that it was told to call, which must be a name.
type Client struct {
	Roots []Root `yaml:"roots"` // the first is what devices are given a certificate of
	// WildcardSetting names the setting by which a wildcard counts for a name.
	WildcardSetting string `yaml:"wildcard_setting"`
	// Mutual has the vendor ask, as a server, for a certificate that it judges in
	// the same way, and show its own as a client.
	Mutual bool `yaml:"mutual"`
	// SubjectSetting names the setting that says by what names the device is
	// known, the values of which are [Subjects]; the host that is called if empty.
	SubjectSetting string `yaml:"subject_setting"`
	// TrustSetting names the setting by which the device's authority, the first of
	// the roots, is trusted, "on", or is not, "off".
	TrustSetting string `yaml:"trust_setting"`
}

// Subjects are the values of a setting that says what names a device's
// certificate may have: any, the device's, another's, or the device's in a list.
var Subjects = []string{"any", "own", "other", "listed"}

// HTTPS is the hosts of a vendor's API, and what it promises about changes.
type HTTPS struct {
	Endpoints []Endpoint `yaml:"endpoints"`
	// NoticeDays is how long before a change it is announced, by its kind.
	NoticeDays map[string]int `yaml:"notice_days"`
}

// Endpoint is one address, and the sites that are served there: server_name says
// which of them a device wants.
type Endpoint struct {
	Name string `yaml:"name"`
	// Staged endpoints have a change from its announcement on, others from when
	// it is made.
	Staged bool   `yaml:"staged"`
	Sites  []Site `yaml:"sites"` // the first is what a device meets that names none
}

// Site is one host. Host and Names, those of its certificate, are templates with
// the fields of [Shown]; the first name is the subject's too.
type Site struct {
	Host  string   `yaml:"host"`
	Names []string `yaml:"names"`
	// Serves is [ServesTLSTest], [ServesStatus], or empty for the API itself.
	Serves string `yaml:"serves"`
}

// What a [Site] can serve beside the API.
const (
	ServesTLSTest = "tls-test" // what its own connection came to
	ServesStatus  = "status"   // the changes that are announced
)

// Certificate is what the product's servers show. Names are templates with the
// fields of [Shown].
type Certificate struct {
	Names []string `yaml:"names"`
	Key   string   `yaml:"key"` // "RSA-2048", "P-256" …
	// SecondKey is of another certificate for the same names, shown for suites
	// that the first is not for; empty for none.
	SecondKey string `yaml:"second_key"`
	Roots     []Root `yaml:"roots"` // the first is in use
}

// Root is a certification authority of the product's bundle.
type Root struct {
	Name       string `yaml:"name"`
	CommonName string `yaml:"common_name"`
	Key        string `yaml:"key"`
}

// Code is an entry of the vendor's error dictionary.
type Code struct {
	Level string `yaml:"level"`
	Title string `yaml:"title"`
}

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
	// ClearSetting names the setting by which RTP is taken, "on", although calls
	// are secure; never if empty.
	ClearSetting string   `yaml:"clear_setting"`
	Allow        []string `yaml:"allow"`     // methods taken
	Supported    []string `yaml:"supported"` // option tags that a device may require
	// MinSessionExpires is the shortest session interval, RFC 4028, in seconds.
	MinSessionExpires int `yaml:"min_session_expires"`
}

// Offer is how the vendor calls a device. Strings in RecordRoute, Contact and
// Headers are templates with the fields of [Wire].
type Offer struct {
	Suites []string `yaml:"suites"`
	// SuitesBy replace Suites where settings have other values.
	SuitesBy    []Choice `yaml:"suites_by"`
	Formats     []string `yaml:"formats"`
	SessionName string   `yaml:"session_name"`
	OriginUser  string   `yaml:"origin_user"`
	// Unreachable is the code logged when the device cannot be called,
	// InsecureBinding when all its registrations are in clear and the call is secure.
	Unreachable     string `yaml:"unreachable"`
	InsecureBinding string `yaml:"insecure_binding"`
	// SecureSetting names the setting that makes calls secure.
	SecureSetting string   `yaml:"secure_setting"`
	RecordRoute   []string `yaml:"record_route"`
	Contact       string   `yaml:"contact"`
	Headers       []Header `yaml:"headers"`
}

// Header is a SIP header field.
type Header struct {
	Name  string `yaml:"name"`
	Value string `yaml:"value"`
}

// Wire is what templates of an [Offer] can name.
type Wire struct {
	Edge     string // address and port of the signalling edge
	EdgeHost string // its address
	Private  string // address and port of the unreachable Contact
	Caller   string // user part
	Serial   string // 32 hexadecimal digits, unique per call
}

// Shown is what the names of a [Certificate] can be made of.
type Shown struct {
	Host   string // of the proxy that shows it
	Domain string // of the customer
	Name   string // the customer's own part of it
}

// Setting is a switch of the product. A source of "unknown" or "inferred"
// marks the mock's own choice, on which no device is judged.
type Setting struct {
	Default string   `yaml:"default"`
	Values  []string `yaml:"values"`
	Source  string   `yaml:"source"`
}

// Revision is the rules that hold from a date on. The suites and refusals that
// it leaves out are those of the revision before it.
type Revision struct {
	Revision string             `yaml:"revision"`
	From     string             `yaml:"from"` // YYYY-MM-DD
	Sources  []string           `yaml:"sources"`
	TLS      TLS                `yaml:"tls"`
	Settings map[string]Setting `yaml:"settings"` // override the product's
	Refusals []Refusal          `yaml:"refusals"`
	// Ports are the product's TLS listeners, SIP's among them; nil where 5061 is
	// all.
	Ports *PortTable `yaml:"ports"`
}

// TLS is what handshakes and, behind them, operations are allowed. Versions
// are written "TLS 1.2". The settings tls_min and tls_max bound the handshake.
type TLS struct {
	// AllowedFrom is the lowest version over which operations are served.
	AllowedFrom string `yaml:"allowed_from"`
	// DeprecatedFrom replaces AllowedFrom while allow_deprecated_tls is on;
	// empty where the switch has no effect.
	DeprecatedFrom string   `yaml:"deprecated_from"`
	Suites         []string `yaml:"suites"` // OpenSSL names, preference order
	// SuitesBy replace Suites where settings have other values.
	SuitesBy []Choice `yaml:"suites_by"`
	// Groups are the only ones for key exchange, IANA names; empty: any.
	Groups []string `yaml:"groups"`
}

// Choice is a list that is in force while every setting has one of the values.
type Choice struct {
	When   map[string][]string `yaml:"when"`
	Suites []string            `yaml:"suites"`
}

// Choose is the first list whose settings hold, or else otherwise.
func Choose(choices []Choice, settings map[string]string, otherwise []string) []string {
	for _, c := range choices {
		if holds(c.When, settings) {
			return c.Suites
		}
	}
	return otherwise
}

// occurs finds what can never hold, since the setting is not there or never has
// the value.
func occurs(when map[string][]string, settings map[string]Setting) error {
	for name, values := range when {
		for _, value := range values {
			if !slices.Contains(settings[name].Values, value) {
				return fmt.Errorf("the setting %s is never %q", name, value)
			}
		}
	}
	return nil
}

func holds(when map[string][]string, values map[string]string) bool {
	for name, wanted := range when {
		if !slices.Contains(wanted, values[name]) {
			return false
		}
	}
	return true
}

// unrefusable are the methods that "*" leaves out: they end or complete what
// another request began.
var unrefusable = []string{"ACK", "BYE", "CANCEL"}

// Refusal answers the requests that it matches.
type Refusal struct {
	// Requirement is the row that it comes from.
	Requirement string `yaml:"requirement"`
	// On are the methods; "*" is any but ACK, BYE and CANCEL.
	On []string `yaml:"on"`
	// When maps facts to the values it takes them to have; all must hold.
	When    map[string][]string `yaml:"when"`
	Status  int                 `yaml:"status"`
	Reason  string              `yaml:"reason"`
	Headers []Header            `yaml:"headers"`
	// Provisional is a status, 101 to 199, that is sent before; 0 for none.
	Provisional int `yaml:"provisional"`
	// Code is put in the product's error header and in the console.
	Code string `yaml:"code"`
	// Challenge makes it a digest challenge, 407.
	Challenge bool `yaml:"challenge"`
}

// Matches tells whether the refusal is for a request of that method and facts.
func (r Refusal) Matches(method string, facts map[string]string) bool {
	every := slices.Contains(r.On, "*") && !slices.Contains(unrefusable, method)
	if !every && !slices.Contains(r.On, method) {
		return false
	}
	return holds(r.When, facts)
}

// Named returns the revision of that name.
func (p *Product) Named(revision string) (Revision, error) {
	var names []string
	for _, r := range p.Revisions {
		if r.Revision == revision {
			return r, nil
		}
		names = append(names, r.Revision)
	}
	return Revision{}, fmt.Errorf("profile: %s %s has no revision %q, but %s", p.Vendor, p.Product, revision, strings.Join(names, ", "))
}

// InForce returns the revision that holds on a date; before the first begins,
// the first.
func (p *Product) InForce(date time.Time) Revision {
	in := p.Revisions[0]
	for _, r := range p.Revisions {
		if r.From <= date.Format(time.DateOnly) {
			in = r
		}
	}
	return in
}

// SettingValues returns every setting of the revision with its value: the
// default where chosen does not say. An unknown setting or value is an error
// that lists what there is.
func (p *Product) SettingValues(r Revision, chosen map[string]string) (map[string]string, error) {
	settings := p.SettingsOf(r)
	values := make(map[string]string, len(settings))
	for name, s := range settings {
		values[name] = s.Default
	}
	for _, name := range slices.Sorted(maps.Keys(chosen)) {
		s, known := settings[name]
		if !known {
			return nil, fmt.Errorf("profile: %s %s has no setting %q, but %s", p.Vendor, p.Product, name, strings.Join(slices.Sorted(maps.Keys(settings)), ", "))
		}
		if !slices.Contains(s.Values, chosen[name]) {
			return nil, fmt.Errorf("profile: setting %s takes %s, not %q", name, strings.Join(s.Values, ", "), chosen[name])
		}
		values[name] = chosen[name]
	}
	return values, nil
}

// SettingsOf returns the settings of a revision by name: the product's, and
// instead of them its own.
func (p *Product) SettingsOf(r Revision) map[string]Setting {
	merged := make(map[string]Setting, len(p.Settings))
	maps.Copy(merged, p.Settings)
	maps.Copy(merged, r.Settings)
	return merged
}

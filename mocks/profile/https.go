package profile

import "time"

// HTTPS is the hosts of a vendor's API, and what it promises about changes.
type HTTPS struct {
	Endpoints []Endpoint `yaml:"endpoints"`
	// Notice is how long before a change it is announced, by its kind.
	Notice map[string]Notice `yaml:"notice"`
}

// Notice is a time in months of the calendar and in days.
type Notice struct {
	Months int `yaml:"months"`
	Days   int `yaml:"days"`
}

// After returns when a notice given at a time is over: at the same time of the day, that many months and then days
// later. A month that lacks the day counts to its last: six months from 31 August are over on 28 or 29 February.
func (n Notice) After(given time.Time) time.Time {
	months := given.AddDate(0, n.Months, 0)
	if months.Day() != given.Day() { // the day ran over into the next month
		months = months.AddDate(0, 0, -months.Day())
	}
	return months.AddDate(0, 0, n.Days)
}

// Endpoint is one address and the sites that share it; server_name says which of
// them a device wants.
type Endpoint struct {
	Name string `yaml:"name"`
	// Staged endpoints have a change from its announcement on, others from when
	// it is made.
	Staged bool   `yaml:"staged"`
	Sites  []Site `yaml:"sites"` // a device that names none gets the first
}

// Site is one host. Host and Names, those of its certificate, are templates with
// the fields of [NameFields]; the first name is the subject's too.
type Site struct {
	Host  string   `yaml:"host"`
	Names []string `yaml:"names"`
	// Serves is [ServesTLSTest], [ServesStatus], or empty for the API itself.
	Serves string `yaml:"serves"`
	// Shared is true of a host that is the same for every customer.
	Shared bool `yaml:"shared"`
}

// What a [Site] can serve beside the API.
const (
	ServesTLSTest = "tls-test" // the parameters of the client's own connection
	ServesStatus  = "status"   // the changes that are announced
)

package profile

// HTTPS is the hosts of a vendor's API, and what it promises about changes.
type HTTPS struct {
	Endpoints []Endpoint `yaml:"endpoints"`
	// NoticeDays is how long before a change it is announced, by its kind.
	NoticeDays map[string]int `yaml:"notice_days"`
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
}

// What a [Site] can serve beside the API.
const (
	ServesTLSTest = "tls-test" // the parameters of the client's own connection
	ServesStatus  = "status"   // the changes that are announced
)

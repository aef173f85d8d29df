package profile

import "slices"

// Refusal is a final response of 300 or above to the requests that it matches.
type Refusal struct {
	// Requirement is the row that it comes from.
	Requirement string `yaml:"requirement"`
	// On are the methods; "*" is any but ACK, BYE and CANCEL.
	On []string `yaml:"on"`
	// When maps facts to the values that they may have; all must hold.
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

// methods are those of the IANA registry "SIP Methods".
var methods = []string{
	"ACK", "BYE", "CANCEL", "INFO", "INVITE", "MESSAGE", "NOTIFY", "OPTIONS", "PRACK", "PUBLISH", "REFER", "REGISTER", "SUBSCRIBE", "UPDATE",
}

// everyMethod stands for the methods that can be refused.
const everyMethod = "*"

// unrefusable are the methods that "*" leaves out: they end or complete what
// another request began.
var unrefusable = []string{"ACK", "BYE", "CANCEL"}

// Matches tells whether the refusal is for a request of that method and facts.
func (r Refusal) Matches(method string, facts map[string]string) bool {
	every := slices.Contains(r.On, everyMethod) && !slices.Contains(unrefusable, method)
	if !every && !slices.Contains(r.On, method) {
		return false
	}
	return holds(r.When, facts)
}

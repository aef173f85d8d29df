package profile

import (
	"errors"
	"fmt"
	"slices"
)

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

// unrefusable are the methods that "*" leaves out: they end or complete what
// another request began.
var unrefusable = []string{"ACK", "BYE", "CANCEL"}

// Matches tells whether the refusal is for a request of that method and facts.
func (r Refusal) Matches(method string, facts map[string]string) bool {
	every := slices.Contains(r.On, "*") && !slices.Contains(unrefusable, method)
	if !every && !slices.Contains(r.On, method) {
		return false
	}
	return holds(r.When, facts)
}

func (r Refusal) check(codes map[string]Code) error {
	_, known := codes[r.Code]
	switch {
	case r.Requirement == "" || len(r.On) == 0 || (r.Status == 0) != r.Challenge:
		return errors.New("needs a requirement, methods, and either a status or a challenge")
	case !r.Challenge && (r.Status < 300 || r.Status > 699):
		return fmt.Errorf("status %d refuses nothing; it must be 300 to 699", r.Status)
	case r.Provisional != 0 && (r.Challenge || r.Provisional < 101 || r.Provisional > 199):
		return fmt.Errorf("provisional status %d; before a status, it must be 101 to 199", r.Provisional)
	case r.Code != "" && !known:
		return fmt.Errorf("code %s is not in codes", r.Code)
	}
	return nil
}

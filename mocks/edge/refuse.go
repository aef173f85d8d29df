package edge

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sipagent"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// refuse answers a request that a refusal of the profile matches, and tells
// whether one did.
func (e *Edge) refuse(t *sipagent.Transaction) bool {
	facts := e.facts(t.Link, t.Request)
	for _, refusal := range e.revision.Refusals {
		if !refusal.Matches(t.Request.Method, facts) {
			continue
		}
		if refusal.Challenge {
			e.challenge(t, facts[factCredentials] == staleCredentials)
			return true
		}
		var headers []sipwire.Header
		for _, h := range refusal.Headers {
			headers = append(headers, sipwire.Header{Name: h.Name, Value: h.Value})
		}
		if refusal.Code != "" {
			if e.product.ErrorHeader != "" {
				headers = append(headers, sipwire.Header{Name: e.product.ErrorHeader, Value: refusal.Code + " " + e.product.Codes[refusal.Code].Title})
			}
			e.alert(refusal.Code, t.Request.CallID())
		}
		e.config.Log.Append(observation.Event{Kind: observation.Note, Conn: t.Link.ID,
			Text: fmt.Sprintf("%s refused by %s", t.Request.Method, refusal.Requirement)})
		if refusal.Provisional != 0 {
			e.respond(t, refusal.Provisional, sipwire.ReasonPhrase(refusal.Provisional))
		}
		e.respond(t, refusal.Status, refusal.Reason, headers...)
		return true
	}
	return false
}

// checkRefusals finds refusals that could never match, because they ask for an
// unknown fact or for a value that a fact never has.
func (e *Edge) checkRefusals() error {
	known := maps.Clone(factValues)
	for name, values := range e.product.SettingsOf(e.revision) {
		if _, taken := factValues[name]; taken {
			return fmt.Errorf("edge: %s %s: the setting %s has the name of a fact; rename it", e.product.Vendor, e.product.Product, name)
		}
		known[name] = values.Values
	}
	for i, refusal := range e.revision.Refusals {
		where := fmt.Sprintf("edge: %s %s, revision %s, refusal %d (%s)",
			e.product.Vendor, e.product.Product, e.revision.Revision, i+1, refusal.Requirement)
		for _, name := range slices.Sorted(maps.Keys(refusal.When)) {
			values, ok := known[name]
			if !ok {
				names := strings.Join(slices.Sorted(maps.Keys(known)), ", ")
				return fmt.Errorf("%s: no fact or setting is called %q; there are %s", where, name, names)
			}
			for _, value := range refusal.When[name] {
				if !slices.Contains(values, value) {
					return fmt.Errorf("%s: %s is never %q; it can be %s", where, name, value, strings.Join(values, ", "))
				}
			}
		}
	}
	return nil
}

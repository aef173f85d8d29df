package edge

import (
	"fmt"
	"strings"

	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/profile"
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
			e.challenge(t, facts[profile.FactCredentials] == profile.StaleCredentials)
			return true
		}
		var headers []sipwire.Header
		for _, h := range refusal.Headers {
			headers = append(headers, sipwire.Header{Name: h.Name, Value: h.Value})
		}
		detail := e.otherURI(t.Request)
		if refusal.Code != "" {
			if e.product.ErrorHeader != "" {
				headers = append(headers, sipwire.Header{Name: e.product.ErrorHeader, Value: refusal.Code + " " + e.product.Codes[refusal.Code].Title})
			}
			e.alert(refusal.Code, t.Request.CallID(), detail)
		}
		e.config.Log.Append(observation.Event{Kind: observation.Note, Conn: t.Link.ID,
			Text: strings.TrimSuffix(fmt.Sprintf("%s refused by %s: %s", t.Request.Method, refusal.Requirement, detail), ": ")})
		if refusal.Provisional != 0 {
			e.respond(t, refusal.Provisional, sipwire.ReasonPhrase(refusal.Provisional))
		}
		e.respond(t, refusal.Status, refusal.Reason, headers...)
		return true
	}
	return false
}

package edge

import (
	"fmt"

	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sipagent"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// refuse answers a request that the profile refuses, and tells whether it did.
func (e *Edge) refuse(t *sipagent.Transaction) bool {
	facts := e.facts(t)
	for _, refusal := range e.revision.Refusals {
		if !refusal.Matches(t.Request.Method, facts) {
			continue
		}
		if refusal.Challenge {
			e.challenge(t)
			return true
		}
		headers := e.server()
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
		t.Respond(refusal.Status, refusal.Reason, nil, headers...)
		return true
	}
	return false
}

func (e *Edge) server() []sipwire.Header {
	if e.product.Answer.Server == "" {
		return nil
	}
	return []sipwire.Header{{Name: "Server", Value: e.product.Answer.Server}}
}

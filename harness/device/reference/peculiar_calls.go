package reference

import (
	"context"
	"fmt"
	"slices"

	"github.com/sipconform/sipconform/mocks/sipwire"
)

// used closes a connection that the device opened and is done with, for ClosesAfterUse.
func (l *link) used() {
	if l.conn != nil && l.session.peculiar.ClosesAfterUse && !l.accepted {
		_ = l.conn.Close()
	}
}

// trying sends the 100 of an INVITE.
func (t *serverTransaction) trying() {
	if !t.session.peculiar.SendsNoTrying {
		t.respond(100, "")
	}
}

// timers returns the header fields that accept the session interval of an INVITE (RFC 4028 §9).
func (s *session) timers(invite *sipwire.Message) []sipwire.Header {
	value := invite.Get("Session-Expires")
	if !s.peculiar.SupportsTimers || value == "" {
		return nil
	}
	interval, params := sipwire.SplitParams(value)
	knows := slices.Contains(invite.Values("Supported"), "timer")
	refresher := params.Get("refresher")
	switch {
	case !knows:
		refresher = "uas"
	case refresher == "":
		refresher = "uac"
	}
	headers := []sipwire.Header{
		{Name: "Supported", Value: "timer"},
		{Name: "Session-Expires", Value: interval + ";refresher=" + refresher},
	}
	if refresher == "uac" {
		headers = append(headers, sipwire.Header{Name: "Require", Value: "timer"})
	}
	return headers
}

// unsupported returns the extensions of Require that the device does not have.
func (s *session) unsupported(m *sipwire.Message) []string {
	return slices.DeleteFunc(m.Values("Require"), func(tag string) bool { return tag == "timer" && s.peculiar.SupportsTimers })
}

// update handles an UPDATE, which may change the media of a call like a re-INVITE (RFC 3311 §5.2).
func (t *serverTransaction) update() {
	c := t.within()
	if c == nil {
		return
	}
	if len(t.request.Body) == 0 {
		t.respond(200, "", sipwire.Header{Name: "Contact", Value: t.link.contact()})
		return
	}
	body, err := c.take(t.request)
	if err != nil {
		t.refuse(err)
		return
	}
	c.apply()
	t.respondWith(200, "", body, sipwire.Header{Name: "Contact", Value: t.link.contact()})
}

// acknowledgeProvisional sends PRACK for a provisional response that asks for it (RFC 3262 §4).
func (s *session) acknowledgeProvisional(ctx context.Context, l *link, invite, response *sipwire.Message) {
	contact, err := response.Contact()
	number, method := invite.CSeq()
	s.mu.Lock()
	c := s.calls[invite.CallID()]
	s.mu.Unlock()
	if c == nil || err != nil || method != "INVITE" || !slices.Contains(response.Values("Require"), "100rel") {
		return
	}
	c.mu.Lock()
	c.localSeq = max(c.localSeq, number) + 1
	own := c.localSeq
	c.mu.Unlock()
	routes := response.Values("Record-Route")
	slices.Reverse(routes)
	prack := sipwire.NewRequest("PRACK", contact.URI.String())
	prack.Add("Via", l.via(s.newBranch()))
	for _, route := range routes {
		prack.Add("Route", route)
	}
	prack.Copy(invite, "Max-Forwards", "From")
	prack.Copy(response, "To")
	prack.Copy(invite, "Call-ID")
	prack.Add("CSeq", fmt.Sprintf("%d PRACK", own))
	prack.Add("RAck", fmt.Sprintf("%s %d INVITE", response.Get("RSeq"), number))
	s.activity.begin()
	if !s.spawn(func() {
		defer s.activity.end()
		_, _ = s.exchange(ctx, l, prack, nil)
	}) {
		s.activity.end()
	}
}

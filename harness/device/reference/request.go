package reference

import (
	"context"
	"fmt"
	"strings"

	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// allowed returns the methods that the device supports.
func (s *session) allowed() string {
	methods := "INVITE, ACK, CANCEL, OPTIONS, BYE"
	if s.peculiar.SupportsUpdate {
		methods += ", UPDATE"
	}
	if p := &s.peculiar; p.AnswersReliably || p.RepeatsReliableAnswers || p.RingsReliably {
		methods += ", PRACK"
	}
	return methods
}

// user returns the user part of the device's own address.
func (s *session) user() string {
	if s.setup.Account.User == "" {
		return "device"
	}
	return s.setup.Account.User
}

// scheme returns the scheme of the URIs that the device writes.
func (s *session) scheme(protocol string) string {
	if protocol == observation.TLS && (s.setup.Levers.SIPS || s.bugs.SendsSIPS) {
		return "sips"
	}
	return "sip"
}

// introduce adds the header fields that describe the device.
func (s *session) introduce(m *sipwire.Message) {
	m.Add("User-Agent", s.options.Name)
	m.Add("Allow", s.allowed())
}

// requestURI returns the Request-URI for the target of an action: a user and host, with or without scheme and parameters.
func (s *session) requestURI(target, protocol string) (sipwire.URI, error) {
	if !strings.HasPrefix(target, "sip:") && !strings.HasPrefix(target, "sips:") {
		target = "sip:" + target
	}
	uri, err := sipwire.ParseURI(target)
	if err != nil {
		return uri, err
	}
	uri.Scheme = s.scheme(protocol)
	// Every vendor accepts sip: with a transport, but few accept sips:.
	if uri.Scheme == "sip" && protocol != observation.UDP && !uri.Params.Has("transport") {
		uri.Params = uri.Params.Set("transport", protocol)
	}
	s.writeTransport(&uri)
	if user, params, ok := strings.Cut(uri.User, ";"); ok && s.bugs.MovesUserParameters {
		uri.User = user
		for param := range strings.SplitSeq(params, ";") {
			name, value, _ := strings.Cut(param, "=")
			uri.Params = uri.Params.Set(name, value)
		}
	}
	if s.bugs.DropsPlus {
		uri.User = strings.TrimPrefix(uri.User, "+")
	}
	return uri, nil
}

// outOfDialog creates a request outside of a dialog.
func (s *session) outOfDialog(l *link, method string, uri sipwire.URI) *sipwire.Message {
	domain := s.setup.Account.Domain
	if domain == "" {
		domain = uri.Host
	}
	from := sipwire.NameAddr{URI: sipwire.URI{Scheme: s.scheme(l.protocol), User: s.user(), Host: domain}}
	after := ""
	if s.peculiar.ExtendsFrom {
		from.URI.Params, after = from.URI.Params.Set("user", "phone"), ";x-line=1"
	}
	to := uri
	to.Port, to.Params, to.Headers = 0, nil, nil // not allowed in To (RFC 3261 §19.1.1)
	m := sipwire.NewRequest(method, uri.String())
	m.Add("Via", l.via(s.newBranch()))
	m.Add("Max-Forwards", "70")
	m.Add("From", from.String()+";tag="+s.identifier(8)+after)
	m.Add("To", sipwire.NameAddr{URI: to}.String())
	m.Add("Call-ID", s.newCallID())
	m.Add("CSeq", fmt.Sprintf("%d %s", s.firstCSeq(), method))
	m.Add("Contact", l.contact())
	s.preload(m, uri.Host, l.protocol)
	s.introduce(m)
	return m
}

// preload adds the Route of an outbound proxy at the vendor's domain, for PreloadsRoute.
func (s *session) preload(m *sipwire.Message, domain, protocol string) {
	if s.peculiar.PreloadsRoute {
		m.Add("Route", fmt.Sprintf("<%s:%s;transport=%s;lr>", s.scheme(protocol), domain, protocol))
	}
}

// doOptions sends OPTIONS to the target, or to the account's domain if there is none.
func (s *session) doOptions(ctx context.Context, target string) {
	if target == "" {
		target = s.setup.Account.Domain
	}
	p := s.first()
	uri, err := s.requestURI(target, p.protocol)
	if err != nil {
		s.event("options failed: %v", err)
		return
	}
	s.attempts(p, func(p *path) (int, error) {
		status, err := s.askOptions(ctx, uri, p)
		if err != nil {
			s.event("options failed: %v", err)
		}
		if s.bugs.OptionsInClear && status == 403 && p.protocol == observation.TLS {
			s.optionsInClear(ctx, target)
		}
		return status, err
	})
}

// optionsInClear sends OPTIONS over UDP.
func (s *session) optionsInClear(ctx context.Context, target string) {
	uri, err := s.requestURI(target, observation.UDP)
	if err != nil {
		return
	}
	if _, err := s.askOptions(ctx, uri, &path{protocol: observation.UDP}); err != nil {
		s.event("options failed: %v", err)
	}
}

func (s *session) askOptions(ctx context.Context, uri sipwire.URI, p *path) (status int, err error) {
	l, err := s.connect(ctx, uri.Host, uri.Port, p)
	if err != nil {
		return 0, err
	}
	request := s.outOfDialog(l, "OPTIONS", uri)
	request.Add("Accept", sdpType)
	_, response, err := s.converse(ctx, l, request, nil)
	if err != nil {
		return 0, err
	}
	l.used()
	s.event("options answered %d %s", response.Status, response.Reason)
	return response.Status, nil
}

// String describes a path for the log.
func (p *path) String() string {
	text := "over " + p.protocol
	if p.clear {
		text += " with clear media"
	}
	if p.floor != 0 {
		text += fmt.Sprintf(" down to TLS 0x%04x", p.floor)
	}
	return text
}

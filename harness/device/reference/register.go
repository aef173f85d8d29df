package reference

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// defaultExpires is the registration interval that the device asks for by default, in seconds.
const defaultExpires = 3600

// registration is the device's state at its registrar (RFC 3261 §10, as are the sections below). It is guarded by session.mu.
type registration struct {
	callID  string // the same in every REGISTER (§10.2)
	tag     string
	cseq    uint32
	refresh *time.Timer
}

// expires returns the interval to ask for, in seconds.
func (s *session) expires() int {
	return cmp.Or(s.setup.Levers.Expires, s.setup.Account.Expires, defaultExpires)
}

func (s *session) doRegister(ctx context.Context) {
	p := s.first()
	if s.bugs.RegistersOverUDP {
		p.protocol = observation.UDP
	}
	if s.peculiar.AsksOptionsFirst {
		if uri, err := s.requestURI(s.setup.Account.Domain, p.protocol); err == nil {
			before := p
			_, _ = s.askOptions(ctx, uri, &before) // whatever the answer is, the registration is tried
		}
	}
	s.attempts(p, func(p *path) (int, error) { return s.register(ctx, p, s.expires()) })
}

func (s *session) doUnregister(ctx context.Context) {
	s.attempts(s.first(), func(p *path) (int, error) { return s.register(ctx, p, 0) })
}

// register registers or, with 0 seconds, unregisters. It obeys one 423; every other refusal is final.
func (s *session) register(ctx context.Context, p *path, seconds int) (status int, err error) {
	defer func() {
		if err != nil {
			s.event("register failed: %v", err)
		}
	}()
	l, err := s.connect(ctx, s.setup.Account.Domain, 0, p)
	if err != nil {
		return 0, err
	}
	if status, err := s.prepareBindings(ctx, l); err != nil || status >= 300 {
		return status, err
	}
	for obeyed := false; ; obeyed = true {
		request, response, err := s.converse(ctx, l, s.registerRequest(l, seconds), nil)
		if err != nil {
			return 0, err
		}
		number, _ := request.CSeq()
		s.mu.Lock()
		s.registration.cseq = max(s.registration.cseq, number)
		s.mu.Unlock()
		switch {
		case response.Status/100 == 2 && seconds == 0:
			s.scheduleRefresh(0)
			s.event("unregistered")
			return response.Status, nil
		case response.Status/100 == 2:
			granted := grantedExpires(request, response, seconds)
			if s.bugs.IgnoresGrantedExpires {
				granted = seconds
			}
			s.scheduleRefresh(granted)
			s.event("registered for %d s", granted)
			return response.Status, nil
		case response.Status == 423 && !obeyed && !s.bugs.Ignores423:
			if least, err := strconv.Atoi(response.Get("Min-Expires")); err == nil && least > seconds {
				seconds = least
				continue
			}
		}
		s.event("register failed %d %s", response.Status, response.Reason)
		return response.Status, nil
	}
}

func (s *session) registerRequest(l *link, seconds int) *sipwire.Message {
	domain := s.setup.Account.Domain
	s.mu.Lock()
	s.registration.cseq = max(s.registration.cseq+1, s.firstCSeq())
	if s.registration.tag == "" {
		s.registration.tag = s.identifier(8)
	}
	r := s.registration
	s.mu.Unlock()
	address := sipwire.NameAddr{URI: sipwire.URI{Scheme: s.scheme(l.protocol), User: s.user(), Host: domain}}
	m := sipwire.NewRequest("REGISTER", s.scheme(l.protocol)+":"+domain)
	m.Add("Via", l.via(s.newBranch()))
	m.Add("Max-Forwards", "70")
	m.Add("From", address.String()+";tag="+r.tag)
	m.Add("To", address.String())
	m.Add("Call-ID", r.callID)
	m.Add("CSeq", fmt.Sprintf("%d REGISTER", r.cseq))
	if s.peculiar.ExpiresInContact {
		m.Add("Contact", fmt.Sprintf("%s;expires=%d", l.contact(), seconds))
	} else {
		m.Add("Contact", l.contact())
		m.Add("Expires", strconv.Itoa(seconds))
	}
	s.preload(m, domain, l.protocol)
	s.introduce(m)
	return m
}

// prepareBindings sends the REGISTER that comes before the registration proper, for FetchesBindings and RemovesBindings.
func (s *session) prepareBindings(ctx context.Context, l *link) (status int, err error) {
	if !s.peculiar.FetchesBindings && !s.peculiar.RemovesBindings {
		return 0, nil
	}
	request := s.registerRequest(l, 0)
	request.Del("Contact")
	if s.peculiar.RemovesBindings {
		request.Add("Contact", "*")
	} else {
		request.Del("Expires")
	}
	sent, response, err := s.converse(ctx, l, request, nil)
	if err != nil {
		return 0, err
	}
	number, _ := sent.CSeq()
	s.mu.Lock()
	s.registration.cseq = max(s.registration.cseq, number)
	s.mu.Unlock()
	return response.Status, nil
}

// grantedExpires returns the interval that the registrar granted: the parameter of the device's own Contact, or else the
// header field, or else what was asked for (§10.2.4).
func grantedExpires(request, response *sipwire.Message, asked int) int {
	own, err := request.Contact()
	if err != nil {
		return asked
	}
	for _, value := range response.Values("Contact") {
		contact, err := sipwire.ParseNameAddr(value)
		if err != nil || contact.URI.HostPort() != own.URI.HostPort() || contact.URI.User != own.URI.User {
			continue
		}
		if granted, err := strconv.Atoi(contact.Params.Get("expires")); err == nil {
			return granted
		}
	}
	if granted, err := strconv.Atoi(response.Get("Expires")); err == nil {
		return granted
	}
	return asked
}

// scheduleRefresh has the device register again after half of the interval. With 0 it stops refreshing.
func (s *session) scheduleRefresh(seconds int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.registration.refresh != nil {
		s.registration.refresh.Stop()
		s.registration.refresh = nil
	}
	if seconds <= 0 || s.closed {
		return
	}
	s.registration.refresh = time.AfterFunc(time.Duration(seconds)*time.Second/2, func() { s.enqueue(nil, s.doRegister) })
}

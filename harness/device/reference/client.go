package reference

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// Timers of RFC 3261 §17.1.1.1. A transaction ends without a response after 64 times T1.
const (
	timerT1 = 500 * time.Millisecond
	timerT2 = 4 * time.Second
)

// clientTransaction receives the responses to one request (RFC 3261 §17.1, as are the sections below).
type clientTransaction struct {
	responses chan *sipwire.Message
}

// errTimeout means that a request got no response.
var errTimeout = errors.New("no answer")

// transactionKey matches responses to requests (§17.1.3).
func transactionKey(m *sipwire.Message) string {
	via, err := m.TopVia()
	if err != nil {
		return ""
	}
	_, method := m.CSeq()
	return via.Branch() + " " + method
}

// exchange sends a request and returns the final response. A refusal of an INVITE is acknowledged. When cancel is closed, an
// INVITE is cancelled as soon as it has any response (§9.1).
func (s *session) exchange(ctx context.Context, l *link, request *sipwire.Message, cancel <-chan struct{}) (*sipwire.Message, error) {
	if request.Method != "INVITE" {
		cancel = nil
	}
	t := &clientTransaction{responses: make(chan *sipwire.Message, 32)}
	key := transactionKey(request)
	s.mu.Lock()
	s.pending[key] = t
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		delete(s.pending, key)
		s.mu.Unlock()
	}()
	raw := s.render(request)
	if err := l.send(raw); err != nil {
		return nil, err
	}
	expired := time.NewTimer(64 * timerT1)
	defer expired.Stop()
	// Over UDP the request is repeated at growing intervals.
	pause := timerT1
	repeat := time.NewTimer(pause)
	defer repeat.Stop()
	if l.protocol != observation.UDP {
		repeat.Stop()
	}
	provisional, wanted := false, cancel
	for {
		if provisional && wanted == nil && cancel != nil {
			cancel = nil
			s.sendCancel(ctx, l, request)
			expired.Reset(64 * timerT1)
		}
		select {
		case response := <-t.responses:
			if response.Status >= 200 {
				if request.Method == "INVITE" && response.Status >= 300 {
					err := l.send(s.render(acknowledgeRefusal(request, response)))
					return response, err
				}
				return response, nil
			}
			if !provisional && request.Method == "INVITE" {
				repeat.Stop()
				expired.Stop() // a phone may ring without limit
			}
			provisional = true
			if s.peculiar.SupportsPRACK {
				s.acknowledgeProvisional(ctx, l, request, response)
			}
		case <-wanted:
			wanted = nil
		case <-repeat.C:
			pause *= 2
			if request.Method != "INVITE" {
				pause = min(pause, timerT2)
			}
			repeat.Reset(pause)
			if err := l.send(raw); err != nil {
				return nil, err
			}
		case <-expired.C:
			return nil, errTimeout
		case <-l.done:
			if ctx.Err() != nil { // the session is closed, which closes the connection too
				return nil, context.Cause(ctx)
			}
			return lastOf(t.responses)
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// lastOf returns the final response, if it arrived before the connection was lost.
func lastOf(responses <-chan *sipwire.Message) (*sipwire.Message, error) {
	for {
		select {
		case response := <-responses:
			if response.Status >= 200 {
				return response, nil
			}
		default:
			return nil, errNoConnection
		}
	}
}

// acknowledgeRefusal creates the ACK for a refusal (§17.1.1.3).
func acknowledgeRefusal(invite, response *sipwire.Message) *sipwire.Message {
	ack := sipwire.NewRequest("ACK", invite.RequestURI)
	ack.Add("Via", invite.Values("Via")[0])
	ack.Copy(invite, "Max-Forwards", "From")
	ack.Copy(response, "To")
	ack.Copy(invite, "Call-ID", "Route")
	number, _ := invite.CSeq()
	ack.Add("CSeq", fmt.Sprintf("%d ACK", number))
	return ack
}

// sendCancel cancels an INVITE (§9.1). The response to the CANCEL is ignored.
func (s *session) sendCancel(ctx context.Context, l *link, invite *sipwire.Message) {
	cancel := sipwire.NewRequest("CANCEL", invite.RequestURI)
	cancel.Add("Via", invite.Values("Via")[0])
	cancel.Copy(invite, "Max-Forwards", "From", "To", "Call-ID", "Route")
	number, _ := invite.CSeq()
	cancel.Add("CSeq", fmt.Sprintf("%d CANCEL", number))
	s.activity.begin()
	if !s.spawn(func() {
		defer s.activity.end()
		_, _ = s.exchange(ctx, l, cancel, nil)
	}) {
		s.activity.end()
	}
}

// converse is exchange, but it answers a digest challenge: it sends the request again with credentials, on the same
// connection (§22), and once more if the nonce was stale. It returns the request that it sent last.
func (s *session) converse(
	ctx context.Context, l *link, request *sipwire.Message, cancel <-chan struct{},
) (sent, response *sipwire.Message, err error) {
	for answered := 0; ; answered++ {
		response, err := s.exchange(ctx, l, request, cancel)
		if err != nil || response.Status != 401 && response.Status != 407 {
			return request, response, err
		}
		if s.ignoresChallenge(request.Method, response.Status) {
			return request, response, nil
		}
		header, stale, err := s.credentials(request, response)
		if err != nil {
			s.event("challenge not answered: %v", err)
			return request, response, nil
		}
		if answered > 0 && (!stale || answered > 1) {
			return request, response, nil
		}
		if s.bugs.DigestOnNewConnection {
			if l, err = s.reopen(ctx, l); err != nil {
				return request, nil, err
			}
		}
		request = s.again(l, request)
		request.Del(header.Name)
		request.Add(header.Name, header.Value)
	}
}

// again returns the same request in a new transaction (§8.1.3.5).
func (s *session) again(l *link, request *sipwire.Message) *sipwire.Message {
	next := *request
	next.Headers = slices.Clone(request.Headers)
	next.Set("Via", l.via(s.newBranch()))
	number, method := request.CSeq()
	next.Set("CSeq", fmt.Sprintf("%d %s", number+1, method))
	return &next
}

// reopen connects to the peer of a link once more, for DigestOnNewConnection.
func (s *session) reopen(ctx context.Context, l *link) (*link, error) {
	if l.protocol == observation.UDP {
		return l, nil
	}
	return s.dial(ctx, s.setup.Account.Domain, 0, &path{protocol: l.protocol})
}

// newBranch returns the branch of a new transaction (§8.1.1.7).
func (s *session) newBranch() string { return sipwire.MagicCookie + s.identifier(12) }

// response passes a response to the request that waits for it.
func (s *session) response(m *sipwire.Message) {
	s.mu.Lock()
	t := s.pending[transactionKey(m)]
	c := s.calls[m.CallID()]
	s.mu.Unlock()
	if t != nil {
		select {
		case t.responses <- m:
		default: // a flood of provisional responses
		}
		return
	}
	// The sender of a repeated 2xx has not received the ACK (§13.2.2.4).
	if _, method := m.CSeq(); c != nil && method == "INVITE" && m.Status/100 == 2 {
		c.acknowledgeAgain(m)
	}
}

package scene

import (
	"context"
	"fmt"
	"time"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/mocks/api"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/tlspeer"
)

// Fetch has the device get the page of a site of the vendor's API, and sees it
// through. Endpoints have names in the profile, and sites an index there.
func Fetch(endpoint string, site int) Step {
	return fetchFrom(func(s *stage) (string, error) {
		at, err := s.api.Find(endpoint, site)
		return at.URL(), err
	})
}

// FetchPage has the device get the page of the API's first site.
func FetchPage() Step {
	step := fetchFrom(func(s *stage) (string, error) { return s.api.Sites()[0].URL(), nil })
	step.usual = true
	return step
}

// FetchPort has the device get a page from one of the TLS listeners that are not
// SIP's, by its number in the vendor's table of ports.
func FetchPort(port uint16) Step {
	return fetchFrom(func(s *stage) (string, error) { return "https://" + s.atPort(port) + "/", nil })
}

func fetchFrom(url func(*stage) (string, error)) Step {
	return Step{needs: []device.Capability{device.CanFetch}, act: func(ctx context.Context, s *stage) error {
		target, err := url(s)
		if err != nil {
			return err
		}
		if err := s.do(ctx, device.HTTPSGet, target); err != nil {
			return err
		}
		return Settle().act(ctx, s)
	}}
}

// Change is a change of the vendor's TLS.
type Change struct {
	Kind  string // what the profile's notice calls it
	Title string
	// Shows is the certificate after the change; nil: the one before it.
	Shows *Presentation
	// Rules changes the other TLS rules; nil: nothing.
	Rules func(tlspeer.Rules) tlspeer.Rules
}

// Announce has the vendor announce a change, which its staged endpoints have at once.
func Announce(c Change) Step {
	return c.make(func(s *stage, c api.Change) error { return s.api.Announce(c) })
}

// Emergency has the vendor make a change at once, without notice.
func Emergency(c Change) Step {
	return c.make(func(s *stage, c api.Change) error {
		defer s.api.Disconnect()
		return s.api.Emergency(c)
	})
}

func (c Change) make(how func(*stage, api.Change) error) Step {
	return Step{act: func(_ context.Context, s *stage) error {
		made := api.Change{Kind: c.Kind, Title: c.Title, Rules: c.Rules}
		if c.Shows != nil {
			var err error
			if made.Certificate, err = s.shown(*c.Shows); err != nil {
				return err
			}
		}
		if err := how(s, made); err != nil {
			return err
		}
		s.noteStatus()
		return nil
	}}
}

// Await puts the vendor's clock to when the change that was announced comes to a
// state, and ends the connections.
func Await(state api.State) Step {
	return Step{act: func(_ context.Context, s *stage) error {
		s.api.Await(state)
		s.noteStatus() // before the device can act on it
		s.api.Disconnect()
		return nil
	}}
}

// noteStatus records the newest line of the vendor's status page, and when a
// change has been made, for rules that ask what came then.
func (s *stage) noteStatus() {
	entries := s.api.Status()
	newest := entries[len(entries)-1]
	s.note(fmt.Sprintf("status page: %s: %s, announced on %s, begins on %s", newest.Title, newest.State,
		newest.Announced.Format(time.DateOnly), newest.Begins.Format(time.DateOnly)))
	if newest.State == api.Completed {
		s.Log.Mark(observation.VendorChanged)
	}
}

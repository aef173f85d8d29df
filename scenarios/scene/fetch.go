package scene

import (
	"context"

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
	return fetchFrom(func(s *stage) (string, error) { return s.api.Sites()[0].URL(), nil })
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

// certificateChange is the kind of notice that a vendor gives of certificates.
const certificateChange = "certificate"

// Announce has the vendor announce that its sites will show another certificate,
// which its staged endpoints show at once.
func Announce(title string, show Presentation) Step {
	return change(func(s *stage, c api.Change) error { return s.api.Announce(c) }, title, show, nil)
}

// Emergency has the vendor change at once, without notice, what its sites show,
// and its TLS rules unless rules is nil.
func Emergency(title string, show Presentation, rules func(tlspeer.Rules) tlspeer.Rules) Step {
	return change(func(s *stage, c api.Change) error {
		defer s.api.Disconnect()
		return s.api.Emergency(c)
	}, title, show, rules)
}

func change(make func(*stage, api.Change) error, title string, show Presentation, rules func(tlspeer.Rules) tlspeer.Rules) Step {
	return Step{act: func(_ context.Context, s *stage) error {
		shown, err := s.shown(show)
		if err != nil {
			return err
		}
		if err := make(s, api.Change{Kind: certificateChange, Title: title, Certificate: shown, Rules: rules}); err != nil {
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
		s.api.Disconnect()
		s.noteStatus()
		return nil
	}}
}

// noteStatus records the newest line of the vendor's status page, and when a
// change has been made, for rules that ask what came then.
func (s *stage) noteStatus() {
	entries := s.api.Status()
	newest := entries[len(entries)-1]
	s.note("status page: " + newest.Title + ": " + string(newest.State))
	if newest.State == api.Completed {
		s.Log.Mark(observation.VendorChanged)
	}
}

package api

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/sipconform/sipconform/mocks/tlspeer"
	"github.com/sipconform/sipconform/mocks/vendor"
)

// State is how far a change has come, as the status page says it.
type State string

// The states that a change goes through.
const (
	Scheduled  State = "Scheduled"
	InProgress State = "In progress"
	Completed  State = "Completed"
)

// ChangeWindow is how long a change is in progress: the mock's own choice, since
// no document says.
const ChangeWindow = 2 * time.Hour

// Change is something that a vendor does to its TLS.
type Change struct {
	// Kind is one of those that the profile has a notice for.
	Kind  string
	Title string
	// Certificate issues what sites show once the change is made; nil: what they
	// showed before.
	Certificate vendor.Issuer
	// Rules changes the other TLS rules; nil: nothing.
	Rules func(tlspeer.Rules) tlspeer.Rules
	// Begins is when an announced change begins; when the notice for its kind is over
	// if zero. It cannot be earlier.
	Begins time.Time
}

// Entry is a change as the status page lists it.
type Entry struct {
	Title     string    `json:"title"`
	Kind      string    `json:"kind"`
	State     State     `json:"state"`
	Announced time.Time `json:"announced"`
	Begins    time.Time `json:"begins"`
	Ends      time.Time `json:"ends"`
	// NewCA is the common name of the authority that issues from then on, if it
	// changes: a customer who keeps a trust store by hand imports it.
	NewCA string `json:"newCA,omitempty"`
}

// change is an announced [Change].
type change struct {
	Change
	announced, begins, ends time.Time
	newCA                   string
	showing                 map[string]certificates // by endpoint; nil where nothing changes
}

// state returns how far the change has come at a time.
func (c *change) state(now time.Time) State {
	switch {
	case now.Before(c.begins):
		return Scheduled
	case now.Before(c.ends):
		return InProgress
	}
	return Completed
}

// in tells whether an endpoint has the change at a time: a staged endpoint from
// the announcement on, any other once the change is completed.
func (c *change) in(staged bool, now time.Time) bool {
	return staged && !now.Before(c.announced) || c.state(now) == Completed
}

// Announce puts a change on the status page and on the staged endpoints. It cannot be
// put off.
func (a *API) Announce(c Change) error {
	notice, known := a.config.Product.HTTPS.Notice[c.Kind]
	if !known {
		kinds := slices.Sorted(maps.Keys(a.config.Product.HTTPS.Notice))
		return fmt.Errorf("api: the profile has no notice for a change of %q; it has one for %s", c.Kind, strings.Join(kinds, ", "))
	}
	return a.add(c, func(now time.Time) (change, error) {
		begins, earliest := c.Begins, notice.After(now)
		switch {
		case begins.IsZero():
			begins = earliest
		case begins.Before(earliest):
			return change{}, fmt.Errorf("api: a change of %s that is announced on %s begins on %s at the earliest",
				c.Kind, now.Format(time.DateOnly), earliest.Format(time.DateOnly))
		}
		return change{announced: now, begins: begins, ends: begins.Add(ChangeWindow)}, nil
	})
}

// Emergency makes a change at once, on every endpoint. The status page lists it
// once it is made.
func (a *API) Emergency(c Change) error {
	return a.add(c, func(now time.Time) (change, error) { return change{announced: now, begins: now, ends: now}, nil })
}

func (a *API) add(c Change, when func(time.Time) (change, error)) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	added, err := when(a.now)
	if err != nil {
		return err
	}
	added.Change = c
	if c.Certificate != nil {
		added.showing = make(map[string]certificates)
		for _, e := range a.endpoints {
			shown, err := c.Certificate.ForAll(e.hosts)
			if err != nil {
				return err
			}
			added.showing[e.Name] = shown
		}
		first := a.endpoints[0]
		host := first.hosts[0].Name
		before, after := leafOf(first.showing[host]), leafOf(added.showing[first.Name][host])
		if before != nil && after != nil && !bytes.Equal(before.RawIssuer, after.RawIssuer) {
			added.newCA = after.Issuer.CommonName
		}
	}
	a.changes = append(a.changes, added)
	return nil
}

// leafOf returns the certificate itself; nil if there is none.
func leafOf(c tls.Certificate) *x509.Certificate {
	if len(c.Certificate) == 0 {
		return nil
	}
	leaf, err := x509.ParseCertificate(c.Certificate[0])
	if err != nil {
		return nil
	}
	return leaf
}

// Now is the time on the vendor's clock.
func (a *API) Now() time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.now
}

// Advance puts the vendor's clock forward. Open connections stay open, with the
// certificate that they were shown.
func (a *API) Advance(by time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.now = a.now.Add(by)
}

// Await puts the vendor's clock forward to the moment at which the newest change
// comes to a state. It never puts the clock back.
func (a *API) Await(s State) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.changes) == 0 {
		return
	}
	newest := a.changes[len(a.changes)-1]
	at := map[State]time.Time{Scheduled: newest.announced, InProgress: newest.begins, Completed: newest.ends}[s]
	if at.After(a.now) {
		a.now = at
	}
}

// Status returns the status page's entries, the newest last.
func (a *API) Status() []Entry {
	a.mu.Lock()
	defer a.mu.Unlock()
	entries := make([]Entry, len(a.changes))
	for i, c := range a.changes {
		entries[i] = Entry{
			Title: c.Title, Kind: c.Kind, State: c.state(a.now),
			Announced: c.announced, Begins: c.begins, Ends: c.ends, NewCA: c.newCA,
		}
	}
	return entries
}

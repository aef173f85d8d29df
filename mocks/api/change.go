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
)

// State is how far a change is, as the status page says it.
type State string

// The states that a change goes through.
const (
	Scheduled  State = "Scheduled"
	InProgress State = "In progress"
	Completed  State = "Completed"
)

// ChangeWindow is how long a change is in progress. The documents say nothing
// of it.
const ChangeWindow = 2 * time.Hour

// Change is something that a vendor does to its TLS.
type Change struct {
	// Kind is one that the profile has a notice for.
	Kind  string
	Title string
	// Certificate issues what sites show when it is made; nil: what they did before.
	Certificate func(Site) (tls.Certificate, error)
	// Rules changes the rest; nil: nothing.
	Rules func(tlspeer.Rules) tlspeer.Rules
}

// Entry is a change as the status page has it.
type Entry struct {
	Title     string    `json:"title"`
	Kind      string    `json:"kind"`
	State     State     `json:"state"`
	Announced time.Time `json:"announced"`
	Begins    time.Time `json:"begins"`
	Ends      time.Time `json:"ends"`
	// NewCA is the common name of the authority that issues from then on, if it
	// is another: what a customer who keeps a trust store by hand imports.
	NewCA string `json:"newCA,omitempty"`
}

// change is one that is on the status page.
type change struct {
	Change
	announced, begins, ends time.Time
	newCA                   string
	showing                 map[string]certificates // by endpoint; nil where nothing changes
}

// state is how far the change is at a time.
func (c *change) state(now time.Time) State {
	switch {
	case now.Before(c.begins):
		return Scheduled
	case now.Before(c.ends):
		return InProgress
	}
	return Completed
}

// in tells whether an endpoint has the change at a time: a staged one from its
// announcement on, the others when it is completed.
func (c *change) in(staged bool, now time.Time) bool {
	return staged && !now.Before(c.announced) || c.state(now) == Completed
}

// Announce puts a change on the status page, and on the staged endpoints. It will
// begin when the notice for its kind is over, and nothing puts it off.
func (a *API) Announce(c Change) error {
	days, known := a.config.Product.HTTPS.NoticeDays[c.Kind]
	if !known {
		return fmt.Errorf("api: there is no notice for a change of %q, but for %s", c.Kind, strings.Join(slices.Sorted(maps.Keys(a.config.Product.HTTPS.NoticeDays)), ", "))
	}
	return a.add(c, func(now time.Time) change {
		begins := now.AddDate(0, 0, days)
		return change{announced: now, begins: begins, ends: begins.Add(ChangeWindow)}
	})
}

// Emergency makes a change at once, on every endpoint, and tells of it when it
// is done.
func (a *API) Emergency(c Change) error {
	return a.add(c, func(now time.Time) change { return change{announced: now, begins: now, ends: now} })
}

func (a *API) add(c Change, when func(time.Time) change) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	added := when(a.now)
	added.Change = c
	if c.Certificate != nil {
		added.showing = make(map[string]certificates)
		for _, e := range a.endpoints {
			shown, err := issued(e.sites, c.Certificate)
			if err != nil {
				return err
			}
			added.showing[e.Name] = shown
		}
		first := a.endpoints[0]
		before, after := issuer(first.showing[first.sites[0].Host]), issuer(added.showing[first.Name][first.sites[0].Host])
		if before != nil && after != nil && !bytes.Equal(before.RawIssuer, after.RawIssuer) {
			added.newCA = after.Issuer.CommonName
		}
	}
	a.changes = append(a.changes, added)
	return nil
}

// issuer is the leaf, which names its issuer.
func issuer(c tls.Certificate) *x509.Certificate {
	if len(c.Certificate) == 0 {
		return nil
	}
	leaf, err := x509.ParseCertificate(c.Certificate[0])
	if err != nil {
		return nil
	}
	return leaf
}

// Advance puts the vendor's clock forward. Connections that are open stay, with
// what they were given.
func (a *API) Advance(by time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.now = a.now.Add(by)
}

// Await puts the vendor's clock to the moment at which the newest change comes to
// a state. It is never put back.
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

// Status is the status page's entries, the newest last.
func (a *API) Status() []Entry {
	a.mu.Lock()
	defer a.mu.Unlock()
	entries := make([]Entry, len(a.changes))
	for i, c := range a.changes {
		entries[i] = Entry{Title: c.Title, Kind: c.Kind, State: c.state(a.now), Announced: c.announced, Begins: c.begins, Ends: c.ends, NewCA: c.newCA}
	}
	return entries
}

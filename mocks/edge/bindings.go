package edge

import (
	"maps"
	"slices"
	"time"

	"github.com/sipconform/sipconform/mocks/sipagent"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// What the edge remembers of registrations: more lines than a customer has, and longer contacts than phones have.
const (
	maxBindings = 1 << 14
	maxContact  = 1 << 10 // bytes
)

// Binding is a registered contact, with the connection that it came over.
type Binding struct {
	User    string
	Contact sipwire.URI
	Link    *sipagent.Link
	Expires int // seconds, as granted
	// Until is when the registration lapses.
	Until time.Time
}

// bindings are the registrations of a registrar: those of a user in the order in which they were made. A request is about
// one user, and costs what that user has, however many others there are.
type bindings struct {
	of    map[string][]Binding
	count int
	// lapses is no later than the time at which the next of them does.
	lapses time.Time
}

// lapse forgets what has expired.
func (b *bindings) lapse(now time.Time) {
	if b.count == 0 || b.lapses.After(now) {
		return
	}
	b.lapses = time.Time{}
	for user, held := range b.of {
		b.put(user, slices.DeleteFunc(held, func(one Binding) bool { return !one.Until.After(now) }))
	}
}

// put has a user hold these in place of the user's others.
func (b *bindings) put(user string, held []Binding) {
	b.count += len(held) - len(b.of[user])
	if len(held) == 0 {
		delete(b.of, user)
		return
	}
	if b.of == nil {
		b.of = make(map[string][]Binding)
	}
	b.of[user] = held
	for _, one := range held {
		if b.lapses.IsZero() || one.Until.Before(b.lapses) {
			b.lapses = one.Until
		}
	}
}

// Bindings returns the registrations that hold now, by user.
func (e *Edge) Bindings() (all []Binding) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.bindings.lapse(time.Now())
	for _, user := range slices.Sorted(maps.Keys(e.bindings.of)) {
		all = append(all, e.bindings.of[user]...)
	}
	return all
}

// bindingsOf returns the registrations of a user that hold now.
func (e *Edge) bindingsOf(user string) []Binding {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.bindings.lapse(time.Now())
	return slices.Clone(e.bindings.of[user])
}

// bind replaces a user's bindings as wished, in one step, and reports whether there is room for that.
func (e *Edge) bind(user string, link *sipagent.Link, wishes []wish, all bool) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	now := time.Now()
	if e.bindings.lapse(now); e.bindings.count+len(wishes) > maxBindings {
		return false
	}
	held := slices.DeleteFunc(slices.Clone(e.bindings.of[user]), func(b Binding) bool {
		return all || slices.ContainsFunc(wishes, func(w wish) bool { return w.contact.String() == b.Contact.String() })
	})
	for _, w := range wishes {
		if granted := min(w.expires, e.product.Registrar.MaxExpires); granted > 0 { // TW-REG-02
			held = append(held, Binding{
				User: user, Contact: w.contact, Link: link, Expires: granted,
				Until: now.Add(time.Duration(granted) * time.Second),
			})
		}
	}
	e.bindings.put(user, held)
	return true
}

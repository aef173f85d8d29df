package edge

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sipagent"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// wish is what a REGISTER asks for one contact.
type wish struct {
	contact sipwire.URI
	expires int // seconds
}

// wishes reads the contacts of a REGISTER. Each asks for the time of its expires
// parameter, else of the Expires header, else for the registrar's longest (RFC
// 3261 §10.2.1.1, §10.3). All is true if the request removes every contact.
func (e *Edge) wishes(request *sipwire.Message) (wishes []wish, all bool, err error) {
	otherwise, header := seconds(request.Get("Expires"))
	if !header {
		otherwise = e.product.Registrar.MaxExpires
	}
	contacts := request.Values("Contact")
	if slices.Contains(contacts, "*") {
		if len(contacts) > 1 || !header || otherwise != 0 {
			return nil, false, fmt.Errorf("edge: Contact * needs Expires 0 and no other contact")
		}
		return nil, true, nil
	}
	for _, value := range contacts {
		if len(value) > maxContact {
			return nil, false, fmt.Errorf("edge: a Contact of %d bytes", len(value))
		}
		contact, err := sipwire.ParseNameAddr(strings.Clone(value)) // not a part of the message, which it would keep
		if err != nil {
			return nil, false, err
		}
		w := wish{contact.URI, otherwise}
		if n, ok := seconds(contact.Params.Get("expires")); ok {
			w.expires = n
		}
		wishes = append(wishes, w)
	}
	return wishes, false, nil
}

// seconds reads a number of seconds, and reduces one that is too large to the
// largest.
func seconds(text string) (int, bool) {
	n, err := strconv.ParseUint(strings.TrimSpace(text), 10, 31)
	if err != nil && n != math.MaxInt32 {
		return 0, false
	}
	return int(n), true
}

// expires is the fact about the shortest time that a REGISTER asks for.
func (e *Edge) expires(request *sipwire.Message) string {
	if e.product.Registrar == nil || request.Method != "REGISTER" {
		return "not-asked"
	}
	wishes, all, _ := e.wishes(request)
	fact := "enough"
	if all {
		fact = "zero"
	}
	for _, w := range wishes {
		switch {
		case w.expires == 0 && fact == "enough":
			fact = "zero"
		case w.expires > 0 && w.expires < e.product.Registrar.MinExpires:
			return "brief"
		}
	}
	return fact
}

// contacts is the fact about room for the contacts that a REGISTER adds.
func (e *Edge) contacts(request *sipwire.Message) string {
	if e.product.Registrar == nil || request.Method != "REGISTER" {
		return "not-asked"
	}
	wishes, _, _ := e.wishes(request)
	user := aor(request)
	held := make(map[string]bool)
	for _, b := range e.bindingsOf(user) {
		held[b.Contact.String()] = true
	}
	before := len(held)
	for _, w := range wishes {
		if w.expires > 0 {
			held[w.contact.String()] = true
		} else {
			delete(held, w.contact.String())
		}
	}
	if len(held) > before && len(held) > e.product.Registrar.MaxContacts {
		return "full"
	}
	return "room"
}

// aor returns the user of the address of record in a REGISTER.
func aor(request *sipwire.Message) string {
	to, err := request.To()
	if err != nil {
		return ""
	}
	return to.URI.User
}

// register serves a REGISTER that no refusal matches.
func (e *Edge) register(t *sipagent.Transaction) {
	wishes, all, err := e.wishes(t.Request)
	if err != nil {
		e.respond(t, 400, "Malformed Contact")
		return
	}
	user := aor(t.Request)
	if !e.bind(user, t.Link, wishes, all) {
		e.busy(t, observation.Registrations, maxBindings)
		return
	}
	var headers []sipwire.Header
	for _, b := range e.bindingsOf(user) {
		left := int(math.Ceil(time.Until(b.Until).Seconds()))
		value := fmt.Sprintf("<%s>;expires=%d", b.Contact, left)
		headers = append(headers, sipwire.Header{Name: "Contact", Value: value})
	}
	headers = append(headers, sipwire.Header{Name: "Date", Value: time.Now().UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT")})
	e.respond(t, 200, "OK", headers...)
}

package edge

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sipagent"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// Binding is a registered contact with the connection that it came over.
type Binding struct {
	User    string
	Contact sipwire.URI
	Link    *sipagent.Link
	Expires int // seconds, as granted
	// Until is when it lapses.
	Until time.Time
}

// Bindings returns the registrations of the moment.
func (e *Edge) Bindings() []Binding {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.bindings)
}

// expires is the fact of the same name: what a REGISTER asks for.
func (e *Edge) expires(request *sipwire.Message) string {
	registrar := e.product.Registrar
	if registrar == nil || request.Method != "REGISTER" {
		return "not-asked"
	}
	switch asked := askedExpires(request, registrar.MaxExpires); {
	case asked == 0:
		return "zero"
	case asked < registrar.MinExpires:
		return "brief"
	default:
		return "enough"
	}
}

// askedExpires is the expires parameter of the Contact, else the Expires
// header, else what the registrar would give (RFC 3261 §10.2.1.1).
func askedExpires(request *sipwire.Message, otherwise int) int {
	if contact, err := request.Contact(); err == nil {
		if seconds, err := strconv.Atoi(contact.Params.Get("expires")); err == nil {
			return seconds
		}
	}
	if seconds, err := strconv.Atoi(strings.TrimSpace(request.Get("Expires"))); err == nil {
		return seconds
	}
	return otherwise
}

// contacts is the fact of the same name.
func (e *Edge) contacts(request *sipwire.Message) string {
	registrar := e.product.Registrar
	if registrar == nil || request.Method != "REGISTER" {
		return "not-asked"
	}
	contact, err := request.Contact()
	if err != nil {
		return "room"
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, b := range e.bindings {
		if b.Contact.String() == contact.URI.String() {
			return "room"
		}
	}
	if len(e.bindings) >= registrar.MaxContacts {
		return "full"
	}
	return "room"
}

// register serves a REGISTER that nothing refused.
func (e *Edge) register(t *sipagent.Transaction) {
	if e.product.Registrar == nil {
		t.Respond(405, "Method Not Allowed", nil, e.server()...)
		return
	}
	to, err := t.Request.To()
	if err != nil {
		t.Respond(400, "Bad Request", nil, e.server()...)
		return
	}
	granted := min(askedExpires(t.Request, e.product.Registrar.MaxExpires), e.product.Registrar.MaxExpires) // TW-REG-02
	headers := e.server()
	if contact, err := t.Request.Contact(); err == nil {
		e.bind(Binding{User: to.URI.User, Contact: contact.URI, Link: t.Link, Expires: granted, Until: time.Now().Add(time.Duration(granted) * time.Second)})
	} else if t.Request.Get("Contact") == "*" && granted == 0 {
		e.mu.Lock()
		e.bindings = nil
		e.mu.Unlock()
	}
	for _, b := range e.Bindings() {
		headers = append(headers, sipwire.Header{Name: "Contact", Value: fmt.Sprintf("<%s>;expires=%d", b.Contact, b.Expires)})
	}
	headers = append(headers, sipwire.Header{Name: "Date", Value: time.Now().UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT")})
	t.Respond(200, "OK", nil, headers...)
}

func (e *Edge) bind(b Binding) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.bindings = slices.DeleteFunc(e.bindings, func(old Binding) bool {
		return old.Contact.String() == b.Contact.String() || !old.Link.Alive() && old.Link.Protocol != observation.UDP
	})
	if b.Expires > 0 {
		e.bindings = append(e.bindings, b)
	}
}

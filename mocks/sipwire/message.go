// Package sipwire reads and writes SIP messages as they cross the wire (RFC 3261 §7, §18.3, §25). It keeps the order,
// the spelling and the bytes of what was sent, reads what other parsers reject, and lists what is wrong, so that a
// judge can tell a sloppy message from an unreadable one.
//
// Only [Framer] keeps state between messages. Nothing panics, whatever the bytes. The package serves this module and
// may change.
package sipwire

import (
	"slices"
	"strconv"
	"strings"
)

// Message is one SIP request or response.
type Message struct {
	// Raw is the message as it was received, nil for one that was built.
	Raw []byte

	Method     string // request only, as sent: methods are case-sensitive
	RequestURI string // request only, as sent

	Status int    // response only: 100 to 699 in a correct message, never 0
	Reason string // response only, may be empty

	Version string   // "SIP/2.0" in a correct message
	Headers []Header // in the order sent
	// Body is what Content-Length covers, or as much of it as there is (§18.3).
	Body []byte

	syntax []Defect // found by Parse
}

// Header is one header field line.
type Header struct {
	Name  string // as sent, without white space before the colon
	Value string // unfolded, without white space at its ends
}

// IsRequest tells a request from a response.
func (m *Message) IsRequest() bool { return m.Method != "" }

// Get returns the value of the first header field of that name, "" if there is none. Case does not matter, and a
// compact form equals its long form. A comma-separated list is returned whole: see [Message.Values].
func (m *Message) Get(name string) string {
	for _, h := range m.Headers {
		if sameName(h.Name, name) {
			return h.Value
		}
	}
	return ""
}

// Has reports whether there is a header field of that name.
func (m *Message) Has(name string) bool {
	for _, h := range m.Headers {
		if sameName(h.Name, name) {
			return true
		}
	}
	return false
}

// Lines returns the value of every header field line of that name, in order
// and with lists unsplit.
func (m *Message) Lines(name string) []string {
	var lines []string
	for _, h := range m.Headers {
		if sameName(h.Name, name) {
			lines = append(lines, h.Value)
		}
	}
	return lines
}

// Values returns every value of that name in order. Where RFC 3261 §7.3.1 lets several values share a line, they are
// split at the commas outside quotes and angle brackets; header fields with another grammar (Date, WWW-Authenticate,
// unknown ones …) are not split. Empty list elements are left out.
func (m *Message) Values(name string) []string {
	lines := m.Lines(name)
	if !listHeaders[LongName(name)] {
		return lines
	}
	var values []string
	for _, line := range lines {
		values = append(values, SplitList(line)...)
	}
	return values
}

// CSeq returns the parts of the CSeq header field, 0 and "" if it is missing or
// cannot be read.
func (m *Message) CSeq() (number uint32, method string) {
	digits, method, ok := cutSpace(m.Get("CSeq"))
	n, err := strconv.ParseUint(digits, 10, 32)
	if !ok || err != nil {
		return 0, ""
	}
	return uint32(n), method
}

// CallID returns the Call-ID.
func (m *Message) CallID() string { return m.Get("Call-ID") }

// From returns the From header field, or why it cannot be read.
func (m *Message) From() (NameAddr, error) { return ParseNameAddr(m.Get("From")) }

// To returns the To header field, or why it cannot be read.
func (m *Message) To() (NameAddr, error) { return ParseNameAddr(m.Get("To")) }

// FromTag returns the tag of From, "" if there is none.
func (m *Message) FromTag() string { return tagOf(m.Get("From")) }

// ToTag returns the tag of To, "" if there is none.
func (m *Message) ToTag() string { return tagOf(m.Get("To")) }

// Contact returns the first Contact, or why it cannot be read. "*" is an error: it is not an address.
func (m *Message) Contact() (NameAddr, error) {
	values := m.Values("Contact")
	if len(values) == 0 {
		return NameAddr{}, syntaxError("name-addr", "no Contact")
	}
	return ParseNameAddr(values[0])
}

// TopVia returns the first Via, or why it cannot be read.
func (m *Message) TopVia() (Via, error) {
	values := m.Values("Via")
	if len(values) == 0 {
		return Via{}, syntaxError("via", "no Via")
	}
	return ParseVia(values[0])
}

// ContentType returns the media type of the body in lower case without its
// parameters, such as "application/sdp".
func (m *Message) ContentType() string {
	kind, _, _ := strings.Cut(m.Get("Content-Type"), ";")
	return strings.ToLower(strings.Join(strings.Fields(kind), ""))
}

// BareLineFeed reports whether a line of the start line and header fields ends in LF without CR.
func (m *Message) BareLineFeed() bool {
	return slices.ContainsFunc(m.syntax, func(d Defect) bool { return d.Cause == bareLineFeedCause })
}

func tagOf(value string) string {
	addr, err := ParseNameAddr(value)
	if err != nil {
		return ""
	}
	return addr.Tag()
}

// cutSpace cuts s around its first run of white space.
func cutSpace(s string) (before, after string, found bool) {
	i := strings.IndexAny(s, " \t")
	if i < 0 {
		return s, "", false
	}
	return s[:i], strings.TrimLeft(s[i:], " \t"), true
}

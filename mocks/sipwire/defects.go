package sipwire

import (
	"fmt"
	"strconv"
	"strings"
)

// Defect is something wrong with a message that could still be read.
type Defect struct {
	// Cause is a stable slug such as "missing-header" or "cseq-method".
	Cause string
	// Detail is for a person.
	Detail string
}

func (d Defect) String() string { return d.Cause + ": " + d.Detail }

func (m *Message) defect(cause, format string, args ...any) {
	m.syntax = append(m.syntax, Defect{Cause: cause, Detail: fmt.Sprintf(format, args...)})
}

// onlyOnce are the header fields that a message may have only once.
var onlyOnce = []string{
	"Call-ID", "Content-Length", "Content-Type", "CSeq", "Date", "Expires", "From", "Max-Forwards", "Min-Expires",
	"Min-SE", "Session-Expires", "To",
}

// Defects lists what is wrong with the message by RFC 3261 §7, §8.1.1 and §20,
// in a fixed order. The causes are "truncated", "bare-line-feed", "start-line",
// "header-line", "header-name", "content-length", "version", "request-uri",
// "missing-header", "repeated-header", "via", "branch", "from", "to", "cseq",
// "cseq-method", "contact" and "max-forwards". It does not look into bodies.
func (m *Message) Defects() []Defect {
	c := checker{m: m, found: append([]Defect(nil), m.syntax...)}
	c.startLine()
	c.presence()
	c.addresses()
	c.sequence()
	return c.found
}

type checker struct {
	m     *Message
	found []Defect
}

func (c *checker) add(cause, format string, args ...any) {
	c.found = append(c.found, Defect{Cause: cause, Detail: fmt.Sprintf(format, args...)})
}

func (c *checker) startLine() {
	if c.m.Version != "SIP/2.0" {
		c.add("version", "%s instead of SIP/2.0", excerpt(c.m.Version))
	}
	if !c.m.IsRequest() {
		if c.m.Status > 699 {
			c.add("start-line", "status %d is in no class", c.m.Status)
		}
		return
	}
	uri, err := ParseURI(c.m.RequestURI)
	if err != nil {
		c.add("request-uri", "%v", err)
	} else if len(uri.Headers) > 0 {
		c.add("request-uri", "header fields are not allowed in a Request-URI")
	}
}

func (c *checker) presence() {
	required := []string{"Via", "From", "To", "Call-ID", "CSeq"}
	if c.m.IsRequest() {
		required = append(required, "Max-Forwards")
	}
	for _, name := range required {
		if c.m.Get(name) == "" {
			c.add("missing-header", "no %s", name)
		}
	}
	for _, name := range onlyOnce {
		if n := len(c.m.Lines(name)); n > 1 {
			c.add("repeated-header", "%d times %s", n, name)
		}
	}
	if len(c.m.Body) > 0 && !c.m.Has("Content-Type") {
		c.add("missing-header", "a body without Content-Type")
	}
}

func (c *checker) addresses() {
	for _, value := range c.m.Values("Via") {
		via, err := ParseVia(value)
		if err != nil {
			c.add("via", "%v", err)
		} else if !strings.EqualFold(via.Protocol, "SIP") || via.Version != "2.0" {
			c.add("via", "protocol %s/%s", via.Protocol, via.Version)
		}
	}
	if via, err := c.m.TopVia(); err == nil && c.m.IsRequest() && !strings.HasPrefix(via.Branch(), MagicCookie) {
		c.add("branch", "%s does not begin with %s", excerpt(via.Branch()), MagicCookie)
	} else if branch := via.Branch(); err == nil && branch != "" && !isToken(branch) {
		c.add("branch", "%s is not a token", excerpt(branch))
	}
	for _, name := range []string{"From", "To"} {
		value := c.m.Get(name)
		if value == "" {
			continue
		}
		addr, err := ParseNameAddr(value)
		if err != nil {
			c.add(strings.ToLower(name), "%v", err)
			continue
		}
		if name == "From" && addr.Tag() == "" {
			c.add("from", "no tag")
		}
		if !isDisplayName(value) {
			c.add(strings.ToLower(name), "%s has a display name that needs quotes", excerpt(value))
		}
	}
	for _, value := range c.m.Values("Contact") {
		if value == "*" {
			continue
		}
		if _, err := ParseNameAddr(value); err != nil {
			c.add("contact", "%v", err)
		}
	}
}

// isDisplayName reports whether the text before the bracket of a name-addr is a quoted string or a series of tokens.
func isDisplayName(value string) bool {
	display := trim(value[:max(0, indexOutside(value, "<"))])
	if strings.HasPrefix(display, `"`) {
		return true
	}
	for word := range strings.FieldsSeq(display) {
		if !isToken(word) {
			return false
		}
	}
	return true
}

func (c *checker) sequence() {
	if value := c.m.Get("CSeq"); value != "" {
		number, method := c.m.CSeq()
		switch {
		case method == "" || number > 1<<31-1:
			c.add("cseq", "%s is no sequence number and method", excerpt(value))
		case c.m.IsRequest() && method != c.m.Method:
			c.add("cseq-method", "%s in a %s", excerpt(method), excerpt(c.m.Method))
		}
	}
	if value := c.m.Get("Max-Forwards"); value != "" {
		if _, err := strconv.ParseUint(value, 10, 8); err != nil {
			c.add("max-forwards", "%s is not 0 to 255", excerpt(value))
		}
	}
}

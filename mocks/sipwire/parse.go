package sipwire

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// A SyntaxError says why something could not be read. What is wrong with a message that was read is a [Defect].
type SyntaxError struct {
	// Cause is a stable slug: "empty", "start-line", "status", "uri",
	// "name-addr", "via", "auth", or for a stream "stray-bytes",
	// "content-length", "no-content-length", "short-content-length",
	// "long-content-length", "too-long", "incomplete".
	Cause string
	// Detail is for a person.
	Detail string
}

func (e *SyntaxError) Error() string { return e.Cause + ": " + e.Detail }

func syntaxError(cause, format string, args ...any) error {
	return &SyntaxError{Cause: cause, Detail: fmt.Sprintf(format, args...)}
}

// Parse reads one message from a datagram or a [Frame]. It skips line breaks before the start line (§7.5); the body
// ends where Content-Length says, or without one at the end of raw (§18.3). Lines may end in a bare LF. It fails,
// with a [*SyntaxError], only if there is no start line; everything else that is wrong is in [Message.Defects]. The
// message keeps raw and shares its memory.
func Parse(raw []byte) (*Message, error) {
	rest := bytes.TrimLeft(raw, "\r\n")
	if len(rest) == 0 {
		return nil, syntaxError("empty", "no start line")
	}
	m := &Message{Raw: raw}
	line, rest, ended := cutLine(rest)
	if err := m.parseStartLine(string(line)); err != nil {
		return nil, err
	}
	if !ended {
		m.defect("truncated", "the start line does not end")
		return m, nil
	}
	rest, ended = m.parseHeaders(rest)
	if !ended {
		m.defect("truncated", "no empty line after the header fields")
		return m, nil
	}
	m.cutBody(rest)
	if bareLineFeed(raw[:len(raw)-len(rest)]) {
		m.defect(bareLineFeedCause, "a line ends in LF without CR")
	}
	return m, nil
}

// parseStartLine reads a Request-Line or a Status-Line.
func (m *Message) parseStartLine(line string) error {
	if strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t") {
		return syntaxError("start-line", "begins with white space")
	}
	if hasVersionPrefix(line) {
		return m.parseStatusLine(line)
	}
	trimmed := strings.TrimRight(line, " \t")
	if trimmed != line {
		m.defect("start-line", "white space at the end of the Request-Line")
	}
	method, rest, _ := cutSpace(trimmed)
	last := strings.LastIndexAny(rest, " \t")
	if last < 0 || !isToken(method) || !hasVersionPrefix(rest[last+1:]) {
		return syntaxError("start-line", "%s is neither a Request-Line nor a Status-Line", excerpt(line))
	}
	m.Method, m.RequestURI, m.Version = method, trim(rest[:last]), rest[last+1:]
	if m.Method+" "+m.RequestURI+" "+m.Version != trimmed {
		m.defect("start-line", "more than one space between the parts of the Request-Line")
	}
	return nil
}

func (m *Message) parseStatusLine(line string) error {
	version, rest, _ := cutSpace(line)
	code, reason, _ := strings.Cut(rest, " ")
	status, err := strconv.Atoi(code)
	if err != nil || len(code) != 3 || status < 100 {
		return syntaxError("status", "%s has no three-digit status code", excerpt(line))
	}
	m.Version, m.Status, m.Reason = version, status, reason
	return nil
}

// hasVersionPrefix reports whether s begins like a SIP-Version, which is compared without case (§7.1).
func hasVersionPrefix(s string) bool {
	return len(s) > 4 && strings.EqualFold(s[:4], "SIP/") && isDigit(s[4])
}

// parseHeaders reads header fields up to and including the empty line that ends
// them. It returns what follows and whether that line was there.
func (m *Message) parseHeaders(rest []byte) (body []byte, ended bool) {
	for {
		field, after, complete := cutField(rest)
		if !complete {
			if len(field) > 0 {
				m.addField(field)
			}
			return nil, false
		}
		rest = after
		if len(field) == 0 {
			return rest, true
		}
		m.addField(field)
	}
}

// cutField removes the first header field, with its continuation lines (§7.3.1), from b. For the empty line the field
// is empty.
func cutField(b []byte) (field, rest []byte, complete bool) {
	line, rest, ended := cutLine(b)
	if !ended || len(line) == 0 {
		return line, rest, ended
	}
	end := len(line)
	for len(rest) > 0 && (rest[0] == ' ' || rest[0] == '\t') {
		offset := len(b) - len(rest)
		line, rest, ended = cutLine(rest)
		end = offset + len(line)
		if !ended {
			return b[:end], nil, false
		}
	}
	return b[:end], rest, true
}

// addField reads one header field, continuation lines included.
func (m *Message) addField(field []byte) {
	if field[0] == ' ' || field[0] == '\t' {
		m.defect("header-line", "a continuation line follows the start line")
		return
	}
	name, value, ok := strings.Cut(string(field), ":")
	if !ok {
		m.defect("header-line", "%s has no colon", excerpt(string(field)))
		return
	}
	name = strings.TrimRight(name, " \t\r\n")
	if !isToken(name) {
		m.defect("header-name", "%s is not a header name", excerpt(name))
	}
	m.Headers = append(m.Headers, Header{Name: name, Value: unfold(value)})
}

// unfold joins the lines of a header value by single spaces.
func unfold(value string) string {
	if strings.IndexByte(value, '\n') < 0 {
		return trim(value)
	}
	lines := strings.Split(value, "\n")
	kept := lines[:0]
	for _, line := range lines {
		if line = trim(line); line != "" {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, " ")
}

// cutBody takes from rest what Content-Length covers.
func (m *Message) cutBody(rest []byte) {
	m.Body = rest
	length, present, err := m.contentLength()
	switch {
	case err != nil:
		m.defect("content-length", "%v", err)
	case !present:
	case length > len(rest):
		m.defect("content-length", "says %d bytes, there are %d", length, len(rest))
	case length < len(rest):
		m.defect("content-length", "says %d bytes, there are %d", length, len(rest))
		m.Body = rest[:length]
	}
}

// contentLength reads the Content-Length lines, which must agree.
func (m *Message) contentLength() (length int, present bool, err error) {
	for i, text := range m.Lines("Content-Length") {
		n, err := strconv.ParseUint(text, 10, 31)
		if err != nil {
			return 0, true, syntaxError("content-length", "%s is not a length", excerpt(text))
		}
		if i > 0 && int(n) != length {
			return 0, true, syntaxError("content-length", "two values: %d and %d", length, n)
		}
		length, present = int(n), true
	}
	return length, present, nil
}

// cutLine removes the first line from b and returns it without its LF or CRLF. If there is no line end, the line is
// all of b.
func cutLine(b []byte) (line, rest []byte, ended bool) {
	i := bytes.IndexByte(b, '\n')
	if i < 0 {
		return b, nil, false
	}
	return bytes.TrimSuffix(b[:i], []byte("\r")), b[i+1:], true
}

const bareLineFeedCause = "bare-line-feed"

func bareLineFeed(head []byte) bool {
	return bytes.Count(head, []byte("\n")) != bytes.Count(head, []byte("\r\n"))
}

// excerpt quotes the beginning of foreign text for an error message.
func excerpt(s string) string {
	const most = 60
	if len(s) > most {
		return strconv.Quote(s[:most]) + "…"
	}
	return strconv.Quote(s)
}

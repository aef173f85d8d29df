package picture

import (
	"bytes"
	"strconv"
	"strings"
)

// message is the text of a message, line by line.
type message struct {
	Lines []line
	Left  int // bytes that are left out
	size  int
}

// line is one line, and whether the mark of its row is about it.
type line struct {
	Text   string
	Marked bool
}

// newMessage cuts a message into lines. Starts are the beginnings of marked lines.
func newMessage(raw []byte, starts []string, most int) *message {
	m := new(message)
	rest := raw
	for len(rest) > 0 && m.size < most && len(m.Lines) < maxLines {
		text, after, _ := bytes.Cut(rest, []byte("\n"))
		text = bytes.TrimSuffix(text, []byte("\r"))
		l := line{Text: shortKeys(visible(string(text[:min(len(text), maxLine+4)]), maxLine))}
		l.Marked = begins(l.Text, len(m.Lines) == 0, starts)
		m.Lines = append(m.Lines, l)
		m.size += len(l.Text) + 1
		rest = after
	}
	m.Left = len(rest)
	return m
}

// begins reports whether a line has one of these beginnings, of which "" is the start line.
func begins(text string, first bool, starts []string) bool {
	lower := strings.ToLower(text)
	for _, start := range starts {
		if start == "" {
			if first {
				return true
			}
			continue
		}
		if strings.HasPrefix(lower, start) {
			return true
		}
		// The name of a field may have white space before its colon, or be in its short form.
		if name, isField := strings.CutSuffix(start, ":"); isField && !strings.Contains(start, "=") {
			field, _, ok := strings.Cut(lower, ":")
			if field = strings.TrimRight(field, " \t"); ok && (field == name || compact[field] == name) {
				return true
			}
		}
	}
	return false
}

// compact are the short forms of fields, RFC 3261 §7.3.3 and others.
var compact = map[string]string{
	"v": "via", "m": "contact", "f": "from", "t": "to", "i": "call-id", "l": "content-length", "c": "content-type",
	"k": "supported", "x": "session-expires",
}

func decimal(n int) string { return strconv.Itoa(n) }

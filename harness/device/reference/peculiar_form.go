package reference

import (
	"bytes"
	"slices"
	"strings"

	"github.com/sipconform/sipconform/mocks/sipwire"
)

// render returns the bytes of a message as the device writes it.
func (s *session) render(m *sipwire.Message) []byte {
	p := &s.peculiar
	written := *m
	written.Headers = slices.Clone(m.Headers)
	for _, h := range s.habits() {
		if h.on && h.concerns(m) {
			h.change(&written)
		}
	}
	if p.SplitsLists || p.JoinsLists {
		written.Headers = regroup(written.Headers, p.JoinsLists)
	}
	if !written.Has("Content-Length") {
		written.Add("Content-Length", length(written.Body))
	}
	if p.ReversesHeaders {
		written.Headers = reversed(written.Headers)
	}
	for i := range written.Headers {
		p.write(&written.Headers[i])
	}
	if !m.IsRequest() {
		switch {
		case p.PhrasesReasons:
			written.Reason = `Tout va bien, "ça" va: 你好 100 %`
		case p.OmitsReasons:
			written.Reason = ""
		}
	}
	return written.Bytes()
}

// listed are the header fields whose values the device joins and splits.
var listed = []string{"allow", "supported", "route", "record-route", "via", "contact"}

// regroup writes the values of each list in one header field, or each in a field of its own. The order of the values stays.
func regroup(headers []sipwire.Header, join bool) []sipwire.Header {
	var all []sipwire.Header
	at := make(map[string]int) // index of the joined field
	for _, h := range headers {
		name := sipwire.LongName(h.Name)
		i, begun := at[name]
		switch values := sipwire.SplitList(h.Value); {
		case !slices.Contains(listed, name):
			all = append(all, h)
		case join && begun:
			all[i].Value += " , " + h.Value
		case join:
			at[name] = len(all)
			all = append(all, h)
		default:
			for _, value := range values {
				all = append(all, sipwire.Header{Name: h.Name, Value: value})
			}
		}
	}
	return all
}

// reversed returns header fields in reverse order; those of one name keep their order (RFC 3261 §7.3.1).
func reversed(headers []sipwire.Header) []sipwire.Header {
	var names []string
	byName := make(map[string][]sipwire.Header)
	for _, h := range headers {
		name := sipwire.LongName(h.Name)
		if byName[name] == nil {
			names = append(names, name)
		}
		byName[name] = append(byName[name], h)
	}
	slices.Reverse(names)
	var all []sipwire.Header
	for _, name := range names {
		all = append(all, byName[name]...)
	}
	return all
}

// compact are the compact forms of RFC 3261 §7.3.3 and RFC 4028 §4.
var compact = map[string]string{
	"call-id": "i", "contact": "m", "content-encoding": "e", "content-length": "l", "content-type": "c", "from": "f",
	"session-expires": "x", "subject": "s", "supported": "k", "to": "t", "via": "v",
}

// write changes how a header field is written.
func (p *Peculiarities) write(h *sipwire.Header) {
	name := strings.ToLower(h.Name)
	switch {
	case p.AbbreviatesHeaders && compact[name] != "":
		h.Name = compact[name]
	case p.MixesCase:
		h.Name = oddCase(h.Name)
		switch name {
		case "via":
			h.Value = strings.Replace(h.Value, "SIP/2.0/TLS", "SIP/2.0/tls", 1)
		case "contact":
			h.Value = strings.Replace(h.Value, "transport=tls", "Transport=TLS", 1)
		case "content-type":
			h.Value = oddCase(h.Value)
		}
	case p.FoldsHeaders:
		h.Value = "\r\n " + strings.ReplaceAll(h.Value, ", ", ",\r\n\t")
	case p.SpreadsHeaders && name != "content-length":
		h.Name += " \t"
		switch name {
		case "via", "from", "to", "contact", "record-route", "route":
			h.Value = spread(h.Value)
		}
		h.Value = "\t " + h.Value + "  "
	}
}

// oddCase writes every other letter in capitals.
func oddCase(s string) string {
	text := []byte(strings.ToLower(s))
	for i := 1; i < len(text); i += 2 {
		copy(text[i:], bytes.ToUpper(text[i:i+1]))
	}
	return string(text)
}

// spread writes spaces around the separators that are neither quoted nor in angle brackets.
func spread(value string) string {
	var b strings.Builder
	quoted, angle := false, false
	for _, c := range value {
		switch {
		case c == '"':
			quoted = !quoted
		case c == '<':
			angle = true
		case c == '>':
			angle = false
		case !quoted && !angle && strings.ContainsRune(";=/", c):
			b.WriteString(" " + string(c) + " ")
			continue
		}
		b.WriteRune(c)
	}
	return b.String()
}

// pieces returns the writes that a message takes. The caller holds l.writing.
func (l *link) pieces(b []byte) [][]byte {
	p := &l.session.peculiar
	if p.JoinsMessages {
		joined := append(l.held, b...)
		l.held = nil
		if bytes.HasPrefix(b, []byte("SIP/2.0 1")) {
			l.held = joined
			return nil
		}
		b = joined
	}
	message := len(bytes.TrimSpace(b)) > 0
	switch {
	case p.BeginsWithLineBreak && message:
		b = append([]byte("\r\n"), b...)
	case p.SplitsMessages && message:
		return chop(b, len(b)/3)
	case p.SendsTinyRecords:
		return chop(b, 1)
	}
	return [][]byte{b}
}

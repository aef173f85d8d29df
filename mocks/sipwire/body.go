package sipwire

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime/quotedprintable"
	"slices"
	"strings"
)

// Limits of [Message.Parts]. What lies beyond them is left out.
const (
	maxParts    = 32
	maxNesting  = 4
	maxBoundary = 70 // RFC 2046 §5.1.1
)

// Part is the body of a message, or one part of a multipart body.
type Part struct {
	// Type is the media type in lower case without its parameters, "" if the message does not say.
	Type string
	// Disposition is what the part is for, in lower case without its parameters, "" if nothing says (RFC 3261 §20.11).
	Disposition string
	// Body is without its transfer encoding.
	Body []byte
}

// Parts returns what the body consists of: the body itself, or the parts of a multipart body and of those nested in
// it (RFC 5621 §3), the preferred one first. That is the last of multipart/alternative, the root of multipart/related,
// and else the first. An empty body has no parts. A part is left out if its encoding cannot be undone, or if it is
// beyond the bounds on number and nesting. Line breaks may be LF alone, and the closing delimiter may be missing.
func (m *Message) Parts() []Part {
	if len(m.Body) == 0 {
		return nil
	}
	return partsOf(m, "", maxNesting)
}

// partsOf returns the parts of an entity: a message, or a part with header fields of its own. The default is the type
// of an entity that does not say.
func partsOf(entity *Message, otherwise string, nesting int) []Part {
	kind := entity.ContentType()
	if kind == "" {
		kind = otherwise
	}
	if subtype, multipart := strings.CutPrefix(kind, "multipart/"); multipart {
		if nesting == 0 {
			return nil
		}
		return nested(entity, subtype, nesting)
	}
	body, ok := decoded(entity)
	if !ok {
		return nil
	}
	disposition, _ := SplitParams(entity.Get("Content-Disposition"))
	return []Part{{Type: kind, Disposition: strings.ToLower(disposition), Body: body}}
}

// nested returns the parts of a multipart entity, and of those within it.
func nested(entity *Message, subtype string, nesting int) []Part {
	_, params := SplitParams(entity.Get("Content-Type"))
	var groups [][]Part
	root := 0
	for i, raw := range splitAt(entity.Body, params.Get("boundary")) {
		part := new(Message)
		rest, ended := part.parseHeaders(raw)
		if !ended {
			continue
		}
		part.Body = rest
		if start := params.Get("start"); start != "" && part.Get("Content-ID") == start {
			root = len(groups)
		}
		if i < maxParts {
			groups = append(groups, partsOf(part, "text/plain", nesting-1)) // RFC 2046 §5.1
		}
	}
	switch {
	case subtype == "alternative":
		slices.Reverse(groups)
	case subtype == "related" && root > 0 && root < len(groups):
		groups[0], groups[root] = groups[root], groups[0]
	}
	all := slices.Concat(groups...)
	return all[:min(len(all), maxParts)]
}

// splitAt returns what is between the delimiter lines of a multipart body, RFC 2046 §5.1.1. The line break before a
// delimiter belongs to the delimiter; the parts of a body without a usable boundary are unknown.
func splitAt(body []byte, boundary string) [][]byte {
	if boundary == "" || len(boundary) > maxBoundary {
		return nil
	}
	var parts [][]byte
	begun, start := false, 0
	for at := 0; at < len(body); {
		line, rest, _ := cutLine(body[at:])
		next := len(body) - len(rest)
		tail, delimits := strings.CutPrefix(string(line), "--"+boundary)
		tail = strings.TrimRight(tail, " \t")
		if delimits && (tail == "" || tail == "--") {
			if begun {
				parts = append(parts, withoutLineBreak(body[start:at]))
			}
			if tail != "" || len(parts) > maxParts {
				return parts
			}
			begun, start = true, next
		}
		at = next
	}
	if begun {
		parts = append(parts, body[start:])
	}
	return parts
}

func withoutLineBreak(b []byte) []byte {
	return bytes.TrimSuffix(bytes.TrimSuffix(b, []byte("\n")), []byte("\r"))
}

// decoded undoes the transfer encoding of an entity's body (RFC 2045 §6). False means that it cannot.
func decoded(entity *Message) ([]byte, bool) {
	if coding := entity.Get("Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") {
		return nil, false
	}
	var from io.Reader
	switch strings.ToLower(entity.Get("Content-Transfer-Encoding")) {
	case "", "7bit", "8bit", "binary":
		return entity.Body, true
	case "base64":
		from = base64.NewDecoder(base64.StdEncoding, bytes.NewReader(entity.Body))
	case "quoted-printable":
		from = quotedprintable.NewReader(bytes.NewReader(entity.Body))
	default:
		return nil, false
	}
	body, err := io.ReadAll(from) // never longer than what it is made from
	return body, err == nil
}

package sipwire

import (
	"bytes"
	"net/netip"
	"strconv"
	"strings"
)

// NewRequest returns a request that has only its Request-Line.
func NewRequest(method, uri string) *Message {
	return &Message{Method: method, RequestURI: uri, Version: "SIP/2.0"}
}

// NewResponse returns a response with the header fields that §8.2.6.2 copies from the request: Via, From, To, Call-ID
// and CSeq, as they were sent. An empty reason means [ReasonPhrase]. The caller adds the tag of To: see
// [Message.SetToTag].
func NewResponse(request *Message, status int, reason string) *Message {
	if reason == "" {
		reason = ReasonPhrase(status)
	}
	m := &Message{Status: status, Reason: reason, Version: "SIP/2.0"}
	m.Copy(request, "Via", "From", "To", "Call-ID", "CSeq")
	return m
}

// Copy adds all header field lines of from that have those names, name by name.
func (m *Message) Copy(from *Message, names ...string) {
	for _, name := range names {
		for _, h := range from.Headers {
			if sameName(h.Name, name) {
				m.Headers = append(m.Headers, h)
			}
		}
	}
}

// Add adds a header field line at the end.
func (m *Message) Add(name, value string) {
	m.Headers = append(m.Headers, Header{Name: name, Value: value})
}

// Set gives the first header field of that name the value and removes the
// others; if there is none, it is added at the end.
func (m *Message) Set(name, value string) {
	kept, done := m.Headers[:0:0], false
	for _, h := range m.Headers {
		if !sameName(h.Name, name) {
			kept = append(kept, h)
		} else if !done {
			kept, done = append(kept, Header{Name: h.Name, Value: value}), true
		}
	}
	if !done {
		kept = append(kept, Header{Name: name, Value: value})
	}
	m.Headers = kept
}

// Del removes every header field of that name.
func (m *Message) Del(name string) {
	kept := m.Headers[:0:0]
	for _, h := range m.Headers {
		if !sameName(h.Name, name) {
			kept = append(kept, h)
		}
	}
	m.Headers = kept
}

// SetBody gives the message a body of that type. [Message.Bytes] adds Content-Length.
func (m *Message) SetBody(contentType string, body []byte) {
	m.Set("Content-Type", contentType)
	m.Del("Content-Length")
	m.Body = body
}

// SetToTag adds the tag to To unless it has one already (§8.2.6.2).
func (m *Message) SetToTag(tag string) {
	to := m.Get("To")
	if to == "" || tagOf(to) != "" {
		return
	}
	m.Set("To", to+";tag="+tag)
}

// MarkReceived adds a request's source to its topmost Via, as §18.2.1 and RFC 3581 §4 ask of a server before it
// answers: received if the sent-by is another host, rport if the client asked for it. The rest stays byte for byte, as
// clients compare it. It leaves a Via that it cannot read unchanged, and one with a quote that is never closed.
func (m *Message) MarkReceived(source netip.AddrPort) {
	via, err := m.TopVia()
	if err != nil {
		return
	}
	rport, asked := via.Params.Lookup("rport")
	asked = asked && rport == ""
	literal, err := netip.ParseAddr(strings.Trim(via.Host, "[]"))
	from := source.Addr().Unmap().WithZone("")
	for i, h := range m.Headers {
		if !sameName(h.Name, "Via") || len(SplitList(h.Value)) == 0 {
			continue
		}
		top, rest := cutElement(h.Value)
		if asked {
			top = setParam(top, "rport", strconv.Itoa(int(source.Port())))
		}
		if asked || err != nil || literal.Unmap() != from {
			top = setParam(top, "received", from.String()) // without brackets, also of IPv6: §25.1, RFC 5118 §4.5
		}
		if marked, err := ParseVia(SplitList(top)[0]); err != nil || marked.Branch() != via.Branch() {
			return
		}
		headers := append([]Header(nil), m.Headers...)
		headers[i].Value = top + rest
		m.Headers = headers
		return
	}
}

// cutElement cuts a list after its first element. Elements are not empty.
func cutElement(list string) (element, rest string) {
	for at := 0; at < len(list); {
		end := indexOutside(list[at:], ",")
		if end < 0 {
			break
		}
		if trim(list[at:at+end]) != "" {
			return list[:at+end], list[at+end:]
		}
		at += end + 1
	}
	return list, ""
}

// setParam gives the first parameter of that name, in the text of one header value, a value, or adds the parameter at
// the end.
func setParam(text, name, value string) string {
	end := len(strings.TrimRight(text, " \t"))
	for at := indexOutside(text, ";"); at >= 0 && at < end; {
		from, to := at+1, end
		if i := indexOutside(text[from:end], ";"); i >= 0 {
			to = from + i
		}
		param := strings.TrimRight(text[from:to], " \t")
		given, _, _ := strings.Cut(param, "=")
		if strings.EqualFold(trim(given), name) {
			return text[:from] + strings.TrimRight(given, " \t") + "=" + value + text[from+len(param):]
		}
		if at = to; to == end {
			break
		}
	}
	return text[:end] + ";" + name + "=" + value + text[end:]
}

// Bytes returns the message as it would be sent, errors included: it checks and escapes nothing. It adds
// Content-Length if the message has none.
func (m *Message) Bytes() []byte {
	var b bytes.Buffer
	if m.IsRequest() {
		b.WriteString(m.Method + " " + m.RequestURI + " " + m.Version + "\r\n")
	} else {
		b.WriteString(m.Version + " " + strconv.Itoa(m.Status) + " " + m.Reason + "\r\n")
	}
	for _, h := range m.Headers {
		b.WriteString(h.Name + ": " + h.Value + "\r\n")
	}
	if !m.Has("Content-Length") {
		b.WriteString("Content-Length: " + strconv.Itoa(len(m.Body)) + "\r\n")
	}
	b.WriteString("\r\n")
	b.Write(m.Body)
	return b.Bytes()
}

// ReasonPhrase returns the reason phrase of a status code, from RFC 3261 §21 and the extensions common on trunks, or
// else that of its class (§8.1.3.2).
func ReasonPhrase(status int) string {
	if reason, ok := reasons[status]; ok {
		return reason
	}
	return classes[status/100]
}

var classes = map[int]string{
	1: "Session Progress", 2: "OK", 3: "Multiple Choices", 4: "Bad Request", 5: "Server Internal Error", 6: "Busy Everywhere",
}

var reasons = map[int]string{
	100: "Trying", 180: "Ringing", 181: "Call Is Being Forwarded", 182: "Queued", 183: "Session Progress",
	200: "OK", 202: "Accepted",
	300: "Multiple Choices", 301: "Moved Permanently", 302: "Moved Temporarily", 305: "Use Proxy", 380: "Alternative Service",
	400: "Bad Request", 401: "Unauthorized", 402: "Payment Required", 403: "Forbidden", 404: "Not Found",
	405: "Method Not Allowed", 406: "Not Acceptable", 407: "Proxy Authentication Required", 408: "Request Timeout",
	410: "Gone", 413: "Request Entity Too Large", 414: "Request-URI Too Long", 415: "Unsupported Media Type",
	416: "Unsupported URI Scheme", 420: "Bad Extension", 421: "Extension Required", 422: "Session Interval Too Small",
	423: "Interval Too Brief", 480: "Temporarily Unavailable", 481: "Call/Transaction Does Not Exist",
	482: "Loop Detected", 483: "Too Many Hops", 484: "Address Incomplete", 485: "Ambiguous", 486: "Busy Here",
	487: "Request Terminated", 488: "Not Acceptable Here", 491: "Request Pending", 493: "Undecipherable",
	494: "Security Agreement Required",
	500: "Server Internal Error", 501: "Not Implemented", 502: "Bad Gateway", 503: "Service Unavailable",
	504: "Server Time-out", 505: "Version Not Supported", 513: "Message Too Large",
	600: "Busy Everywhere", 603: "Decline", 604: "Does Not Exist Anywhere", 606: "Not Acceptable",
}

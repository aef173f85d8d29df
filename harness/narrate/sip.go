package narrate

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sdes"
	"github.com/sipconform/sipconform/mocks/sdp"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// Bounds on what a line has of a message, whose texts are the device's.
const (
	maxURI     = 160
	maxPhrase  = 80
	shortID    = 8 // characters of a Call-ID, by which calls are told apart
	mostStream = 3
	mostCrypto = 4
)

func message(e *observation.Event) string {
	m, err := sipwire.Parse(e.Bytes)
	if err != nil {
		return malformed(e)
	}
	var b strings.Builder
	number, method := m.CSeq()
	if m.IsRequest() {
		fmt.Fprintf(&b, "%s %s (CSeq %d, call %s", brief(m.Method, maxPhrase), brief(m.RequestURI, maxURI), number, short(m.CallID()))
	} else {
		fmt.Fprintf(&b, "%d %s to %s (CSeq %d, call %s", m.Status, brief(m.Reason, maxPhrase), brief(method, maxPhrase), number,
			short(m.CallID()))
	}
	b.WriteByte(')')
	more(&b, "; %s", registration(m, method))
	if e.Dir == observation.In && m.IsRequest() && m.Method != "ACK" {
		more(&b, "; by %s", brief(m.Get("User-Agent"), maxPhrase))
	}
	if m.Status >= 300 {
		more(&b, "; %s", brief(m.Get("Warning"), maxPhrase))
	}
	if m.Has("Authorization") || m.Has("Proxy-Authorization") {
		b.WriteString("; with credentials")
	}
	if description, err := sdp.Of(m); err == nil && description != nil {
		more(&b, "; SDP %s", streams(description))
	}
	if e.Framing != "" {
		fmt.Fprintf(&b, "; framing: %s", e.Framing)
	}
	return b.String()
}

// registration says what a registration is about: for how long, and where the device is called.
func registration(m *sipwire.Message, method string) string {
	if method != "REGISTER" || !m.IsRequest() && m.Status != 200 {
		return ""
	}
	contact, err := m.Contact()
	if err != nil {
		return ""
	}
	text := "contact " + brief(contact.URI.String(), maxURI)
	if expires := or(contact.Params.Get("expires"), m.Get("Expires")); expires != "" {
		text += ", for " + brief(expires, shortID) + " s"
	}
	return text
}

// streams tells a session description: the streams with profile and address, and the crypto suites without their keys.
func streams(s *sdp.Session) string {
	var all []string
	for i := range s.Media[:min(len(s.Media), mostStream)] {
		m := &s.Media[i]
		text := fmt.Sprintf("%s %s", brief(m.Type, shortID), brief(m.Proto, maxPhrase))
		if m.Port == 0 {
			all = append(all, text+" refused")
			continue
		}
		at := "no c="
		if c := s.EffectiveConnection(m); c != nil {
			at = brief(c.Address, maxPhrase)
		}
		text += fmt.Sprintf(" at %s port %d %s", at, m.Port, s.Direction(m))
		if suites := cryptos(m); suites != "" {
			text += ", crypto " + suites
		}
		all = append(all, text)
	}
	if left := len(s.Media) - len(all); left > 0 {
		all = append(all, fmt.Sprintf("%d more", left))
	}
	return strings.Join(all, "; ")
}

// cryptos names the suites of a stream by their tags.
func cryptos(m *sdp.Media) string {
	var names []string
	values := m.Values("crypto")
	for _, value := range values[:min(len(values), mostCrypto)] {
		a, err := sdes.Parse(value)
		if err != nil {
			names = append(names, "invalid ("+string(sdes.CauseOf(err))+")")
			continue
		}
		name := fmt.Sprintf("%d %s", a.Tag, brief(a.Suite, maxPhrase))
		if a.HasMKI() {
			name += " with MKI"
		}
		names = append(names, name)
	}
	if left := len(values) - len(names); left > 0 {
		names = append(names, fmt.Sprintf("%d more", left))
	}
	return strings.Join(names, ", ")
}

func malformed(e *observation.Event) string {
	line, _, _ := bytes.Cut(e.Bytes, []byte("\n"))
	text := fmt.Sprintf("unreadable, %d bytes: %s", len(e.Bytes), brief(strings.TrimSuffix(string(line), "\r"), maxURI))
	if e.Framing != "" {
		text += "; framing: " + string(e.Framing)
	}
	return withReason(text, e.Text)
}

func keepAlive(e *observation.Event) string {
	if e.KeepAlive != nil && e.KeepAlive.Ping {
		return "keep-alive (double CRLF)"
	}
	return "keep-alive (CRLF)"
}

// short is enough of a Call-ID to tell calls apart.
func short(callID string) string {
	if callID == "" {
		return "without Call-ID"
	}
	return brief(callID, shortID)
}

// brief cuts a text of the device's at a rune.
func brief(text string, most int) string {
	if len(text) <= most {
		return text
	}
	for most > 0 && text[most]>>6 == 0b10 {
		most--
	}
	return text[:most] + "…"
}

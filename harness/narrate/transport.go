package narrate

import (
	"crypto/x509"
	"fmt"
	"strings"

	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/tlspeer"
)

// mostNamed is how many suites, groups or names of a list a line has.
const mostNamed = 3

// maxShown is how much of what is no message a line has, in bytes.
const maxShown = 48

func opened(e *observation.Event) string {
	t := e.Transport
	if t == nil {
		return "a connection"
	}
	text := fmt.Sprintf("%s from %s to %s", t.Protocol, t.Remote, t.Local)
	if t.Dialed {
		text = fmt.Sprintf("%s to the device at %s, from %s", t.Protocol, t.Remote, t.Local)
	}
	if t.Listener != "" {
		text += ", which is the listener " + string(t.Listener)
	}
	return text
}

func closed(e *observation.Event) string {
	text := "closed"
	if e.Transport != nil {
		text = closes(e.Transport.Cause)
	}
	return withReason(text, e.Text)
}

// closes says who ended a connection, and how.
func closes(cause observation.CloseCause) string {
	switch cause {
	case observation.ClosedByPeer:
		return "closed by the device"
	case observation.ResetByPeer:
		return "reset by the device"
	case observation.ClosedLocally:
		return "closed by the mock"
	case observation.TimedOut:
		return "closed by the mock, which waited too long"
	case observation.NotConnected:
		return "the device took no connection"
	}
	return "closed"
}

// withReason appends an event's own words, which may say the same.
func withReason(text, reason string) string {
	if reason == "" || reason == "EOF" || strings.HasSuffix(text, reason) {
		return text
	}
	return text + ": " + reason
}

func notTLS(e *observation.Event) string {
	return withReason("refused: the device began with "+sample(e.Bytes)+", which is no TLS", e.Text)
}

// sample shows the beginning of bytes.
func sample(raw []byte) string {
	if len(raw) <= maxShown {
		return `"` + string(raw) + `"`
	}
	return fmt.Sprintf("\"%s\" (of %d bytes)", raw[:maxShown], len(raw))
}

func hello(e *observation.Event) string {
	h := e.Hello
	if h == nil {
		return "ClientHello that cannot be read"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "ClientHello: %s", strings.Join(versions(h), ", "))
	fmt.Fprintf(&b, "; %d suites: %s", len(h.Suites), some(h.Suites, tlspeer.SuiteName))
	more(&b, "; groups %s", some(h.Groups, tlspeer.GroupName))
	more(&b, "; server name %s", h.ServerName)
	if h.ServerName == "" {
		b.WriteString("; no server name")
	}
	more(&b, "; ALPN %s", strings.Join(h.ALPN[:min(len(h.ALPN), mostNamed)], " "))
	for _, odd := range h.Oddities {
		fmt.Fprintf(&b, "; odd: %s", odd)
	}
	return b.String()
}

// versions names the versions that a hello offers.
func versions(h *observation.HelloInfo) []string {
	if len(h.Versions) == 0 {
		return []string{"up to " + tlspeer.VersionName(h.LegacyVersion)}
	}
	var names []string
	for _, v := range h.Versions {
		if v>>8 == 0x03 { // not GREASE, RFC 8701
			names = append(names, tlspeer.VersionName(v))
		}
	}
	return names
}

// some names the first of a list.
func some(all []uint16, name func(uint16) string) string {
	var names []string
	for _, id := range all[:min(len(all), mostNamed)] {
		names = append(names, name(id))
	}
	if len(all) > mostNamed {
		names = append(names, "…")
	}
	return strings.Join(names, " ")
}

func alert(e *observation.Event) string {
	a := e.Alert
	if a == nil {
		return "alert that cannot be read"
	}
	by := "the device"
	if e.Dir == observation.Out {
		by = "the mock"
	}
	level := "fatal"
	if a.Level == 1 {
		level = "warning"
	}
	text := fmt.Sprintf("alert by %s: %s %s (%d)", by, level, tlspeer.AlertName(a.Description), a.Description)
	if a.Refused != "" {
		text += ", it refused the mock's " + string(a.Refused)
	}
	return text
}

func handshake(e *observation.Event) string {
	h := e.Handshake
	if h == nil {
		return "handshake"
	}
	var b strings.Builder
	if !h.Complete {
		b.WriteString("handshake failed")
		more(&b, ", ended by the %s", string(h.EndedBy))
		more(&b, ", which refused the %s", string(h.Refused))
		more(&b, "; the device's certificate is rejected: %s", strings.Join(h.Rejected, ", "))
		more(&b, "; %s", h.Limit)
		more(&b, ": %s", h.Error)
		return b.String()
	}
	fmt.Fprintf(&b, "handshake: %s, %s", tlspeer.VersionName(h.Version), tlspeer.SuiteName(h.Suite))
	if h.Group != 0 {
		fmt.Fprintf(&b, ", %s", tlspeer.GroupName(h.Group))
	}
	more(&b, "; server name %s", h.ServerName)
	what := "client certificate"
	if h.Role == "client" {
		what = "the device's certificate"
	}
	switch {
	case len(h.PeerChain) > 0:
		fmt.Fprintf(&b, "; %s %s", what, certificate(h.PeerChain[0]))
	case h.Role == "server":
		b.WriteString("; no client certificate")
	}
	more(&b, ", rejected: %s", strings.Join(h.Rejected, ", "))
	return b.String()
}

// certificate names one by its subject and names.
func certificate(der []byte) string {
	c, err := x509.ParseCertificate(der)
	if err != nil {
		return "that cannot be read"
	}
	text := or(c.Subject.String(), "without a subject")
	if len(c.DNSNames) > 0 {
		text += " for " + strings.Join(c.DNSNames[:min(len(c.DNSNames), mostNamed)], ", ")
	}
	return text + ", until " + c.NotAfter.Format("2006-01-02")
}

func renegotiation(e *observation.Event) string {
	return withReason("the device asked for another handshake: the mock ends the connection", e.Text)
}

package livepage

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sdes"
	"github.com/sipconform/sipconform/mocks/sdp"
	"github.com/sipconform/sipconform/mocks/sipwire"
	"github.com/sipconform/sipconform/mocks/tlspeer"
)

// maxNames is how many names of a list are shown, such as those of cipher suites. A ClientHello has room for thousands.
const maxNames = 80

// offer is something that a ClientHello offers.
type offer struct {
	Name, Value string
	N           int // how many names the value has, if it is a list
}

// offered lists what a ClientHello offers.
func offered(h *observation.HelloInfo) []offer {
	if h == nil {
		return nil
	}
	versions := names("TLS versions", h.Versions, tlspeer.VersionName)
	if len(h.Versions) == 0 {
		versions.Value = "up to " + tlspeer.VersionName(h.LegacyVersion)
	}
	all := []offer{versions, {Name: "Server name", Value: cmp.Or(h.ServerName, "none")}, names("Cipher suites", h.Suites, tlspeer.SuiteName),
		names("Groups", h.Groups, tlspeer.GroupName), {Name: "Protocols (ALPN)", Value: strings.Join(h.ALPN[:min(len(h.ALPN), maxNames)], ", ")}}
	return slices.DeleteFunc(all, func(o offer) bool { return o.Value == "" })
}

// names lists numbers by their names, without those that keep servers tolerant and mean nothing.
func names(what string, numbers []uint16, name func(uint16) string) offer {
	var all []string
	for _, n := range numbers {
		if text := name(n); !strings.HasPrefix(text, "GREASE") {
			all = append(all, text)
		}
	}
	o := offer{Name: what, N: len(all)}
	if more := len(all) - maxNames; more > 0 {
		all = append(all[:maxNames], fmt.Sprintf("and %d more", more))
	}
	o.Value = strings.Join(all, ", ")
	return o
}

// agreed says what a handshake has agreed on; empty if there is none.
func agreed(h *observation.HandshakeInfo) string {
	if h == nil || !h.Complete {
		return ""
	}
	text := tlspeer.VersionName(h.Version) + ", " + tlspeer.SuiteName(h.Suite)
	if h.Group != 0 {
		text += ", " + tlspeer.GroupName(h.Group)
	}
	return text
}

// said is what a message says, for a person.
type said struct {
	Device bool // it is the device's
	Line   string
	Agent  string // how the device calls itself
	Crypto string // the SRTP suites that it offers or takes, never their keys
	// Refusal is true of a final response that is none of success.
	Refusal bool
}

// read reads a message.
func (w word) read() said {
	s := said{Device: w.dir == observation.In, Line: w.text}
	if !w.sip {
		return s
	}
	start, _, _ := bytes.Cut(w.bytes, []byte("\n"))
	s.Line = excerpt(string(bytes.TrimRight(start, "\r")))
	m, err := sipwire.Parse(w.bytes)
	if err != nil {
		return s
	}
	s.Refusal = m.Status >= 300 && m.Status != 401 && m.Status != 407
	if s.Device {
		s.Agent = excerpt(m.Get("User-Agent") + m.Get("Server"))
	}
	if session, err := sdp.Of(m); err == nil && session != nil {
		s.Crypto = suites(session)
	}
	return s
}

// suites lists the SRTP suites of a description, a media stream after the other.
func suites(session *sdp.Session) string {
	var streams []string
	for i := range session.Media {
		m := &session.Media[i]
		var all []string
		for _, value := range m.Values("crypto") {
			all = append(all, suiteOf(value))
		}
		if more := len(all) - maxNames; more > 0 {
			all = append(all[:maxNames], fmt.Sprintf("and %d more", more))
		}
		text := excerpt(m.Type + " " + m.Proto)
		if len(all) > 0 {
			text += ": " + strings.Join(all, ", ")
		}
		if streams = append(streams, text); len(streams) == maxWords {
			break
		}
	}
	return strings.Join(streams, "; ")
}

// suiteOf returns the suite of an a=crypto attribute. Of one that cannot be read, only a name that is known is shown: what
// stands in its place may be the key.
func suiteOf(value string) string {
	if a, err := sdes.Parse(value); err == nil {
		return excerpt(a.Suite)
	}
	if fields := strings.Fields(value); len(fields) > 1 {
		if suite, known := sdes.LookupSuite(fields[1]); known {
			return suite.Name + " (malformed)"
		}
	}
	return "malformed"
}

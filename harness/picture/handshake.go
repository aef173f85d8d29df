package picture

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/tlspeer"
)

// Bounds on the section of handshakes.
const (
	maxHandshakes = 12
	maxListed     = 80 // names in a column
	maxFolded     = 6  // that are shown of those that nobody else has
)

// handshakes is what the template of the TLS section shows.
type handshakes struct {
	All  []*handshake
	Left int // that are left out
}

// handshake is one, or several that differ in nothing.
type handshake struct {
	Conns  []string
	More   int // connections beyond those named
	Dialed bool
	Offers string   // heading of the first column
	Takes  string   // heading of the second one
	Groups []choice // one for each thing that is chosen
	Faults []string // what does not fit, in words
	Alerts []string // who sent which
	Result string
	Failed bool
	Marks  []*mark
	of     *meeting
}

// choice is one thing that a handshake chooses.
type choice struct {
	What    string
	Chosen  string
	Amiss   bool // the two sides have nothing in common
	Offered column
	Taken   column
}

// column is what one side has.
type column struct {
	Names []name
	Rest  []name // folded
	Lacks bool   // the other side has none of the rest
	Words string // instead of names
	Left  int
}

// name is one that a side offers or takes. Common is one that both have.
type name struct {
	Text           string
	Common, Chosen bool
}

// meeting is what was seen of one connection's handshake.
type meeting struct {
	conn      string
	dialed    bool
	hello     *observation.HelloInfo
	handshake *observation.HandshakeInfo
	alerts    []*observation.Event
	seqs      []int
}

// layHandshakes lays out the handshakes.
func layHandshakes(d *drawing, less int) any {
	if d.met == nil {
		d.met = meetings(d.events)
	}
	var all []*handshake
	left := 0
	for _, m := range d.met {
		marks := d.handshakeMarks(m)
		same := func(h *handshake) bool { return h.of.equals(m) && slices.Equal(h.Marks, marks) }
		at := slices.IndexFunc(all, same)
		switch {
		case at >= 0 && len(all[at].Conns) < 6:
			all[at].Conns = append(all[at].Conns, m.name())
		case at >= 0:
			all[at].More++
		case len(all) < max(1, halved(maxHandshakes, less)):
			h := newHandshake(m, halved(maxListed, less))
			h.Marks = marks
			all = append(all, h)
		default:
			left++
		}
	}
	if len(all) == 0 {
		return nil
	}
	return handshakes{all, left}
}

// handshakeMarks returns what blames the device for a handshake. What is about a certificate is told at its chain.
func (d *drawing) handshakeMarks(m *meeting) []*mark {
	var marks []*mark
	for _, seq := range m.seqs {
		for _, k := range d.marks.at(seq) {
			if k.grave() && !k.ofCertificate() && !slices.Contains(marks, k) && len(marks) < maxMarks {
				marks = append(marks, k)
			}
		}
	}
	return marks
}

func (m *meeting) name() string { return cmp.Or(connection(m.conn), "a connection") }

// equals reports whether two handshakes differ in nothing that is drawn.
func (m *meeting) equals(other *meeting) bool {
	alerts := func(a, b *observation.Event) bool { return a.Dir == b.Dir && reflect.DeepEqual(a.Alert, b.Alert) }
	if m.dialed != other.dialed || !slices.EqualFunc(m.alerts, other.alerts, alerts) || (m.handshake == nil) != (other.handshake == nil) {
		return false
	}
	if m.handshake != nil {
		a, b := *m.handshake, *other.handshake
		if len(a.PeerChain) != len(b.PeerChain) {
			return false
		}
		a.LocalChain, a.PeerChain, b.LocalChain, b.PeerChain = nil, nil, nil, nil
		if !reflect.DeepEqual(a, b) {
			return false
		}
	}
	return reflect.DeepEqual(m.hello, other.hello)
}

// meetings returns the handshakes of a log, in the order in which they began.
func meetings(events []observation.Event) []*meeting {
	var all []*meeting
	known := make(map[string]*meeting)
	of := func(e *observation.Event) *meeting {
		m := known[e.Conn]
		if m == nil {
			m = &meeting{conn: e.Conn}
			known[e.Conn] = m
			all = append(all, m)
		}
		m.seqs = append(m.seqs, e.Seq)
		return m
	}
	for i := range events {
		switch e := &events[i]; e.Kind {
		case observation.TransportOpen:
			if e.Transport != nil && e.Transport.Protocol == observation.TLS {
				of(e).dialed = e.Transport.Dialed
			}
		case observation.ClientHello:
			if m := of(e); m.hello == nil {
				m.hello = e.Hello
			}
		case observation.TLSHandshake:
			if m := of(e); m.handshake == nil {
				m.handshake = e.Handshake
			}
		case observation.TLSAlert:
			if m := of(e); len(m.alerts) < 4 {
				m.alerts = append(m.alerts, e)
			}
		}
	}
	return slices.DeleteFunc(all, func(m *meeting) bool { return m.hello == nil && m.handshake == nil })
}

func newHandshake(m *meeting, most int) *handshake {
	h := &handshake{Conns: []string{m.name()}, Dialed: m.dialed, of: m}
	h.Offers, h.Takes = "The device offers", "The vendor requires"
	info := m.handshake
	if info == nil {
		info = &observation.HandshakeInfo{Error: "it was not finished", EndedBy: ""}
	}
	rules := info.Rules
	hello := m.hello
	if hello == nil {
		hello = new(observation.HelloInfo)
	}
	if m.dialed || info.Role == "client" {
		h.Offers, h.Takes, rules = "The vendor offers", "The device chooses", nil
	}
	h.Failed, h.Result = !info.Complete, outcome(info)
	h.Groups = choices(m.hello, rules, info, m.dialed || info.Role == "client", most)
	if m.hello != nil && rules != nil {
		h.Faults = misfits(hello, rules)
	}
	for _, a := range m.alerts {
		if a.Alert != nil && (a.Alert.Level != 1 || a.Alert.Description != 0) {
			h.Alerts = append(h.Alerts, fmt.Sprintf("The %s sent alert %s (%d).", sender(a.Dir),
				tlspeer.AlertName(a.Alert.Description), a.Alert.Description))
		}
	}
	h.Alerts = slices.Compact(h.Alerts)
	return h
}

// choices returns what was offered, taken and chosen. Hello is nil if none was seen, rules if they are not known.
func choices(hello *observation.HelloInfo, rules *observation.TLSRules, info *observation.HandshakeInfo, dialed bool,
	most int) []choice {
	var all []choice
	add := func(what string, theirs, ours []uint16, free string, chosen uint16, show func(uint16) string) {
		c := choice{What: what}
		if chosen != 0 {
			c.Chosen = show(chosen)
		}
		c.Offered = newColumn(theirs, ours, chosen, most, show)
		c.Taken = newColumn(ours, theirs, chosen, most, show)
		switch {
		case hello == nil:
			c.Offered = column{Words: "not seen"}
		case len(theirs) == 0:
			c.Offered = column{Words: "none named"}
		}
		switch {
		case dialed && chosen != 0:
			c.Taken = column{Names: []name{{Text: c.Chosen, Common: true, Chosen: true}}}
		case dialed:
			c.Taken = column{Words: "nothing"}
		case rules == nil:
			c.Taken = column{Words: "not recorded"}
		case len(ours) == 0:
			c.Taken = column{Words: free}
		}
		c.Amiss = rules != nil && len(theirs) > 0 && len(ours) > 0 && !common(theirs, ours)
		all = append(all, c)
	}
	var theirs observation.HelloInfo
	if hello != nil {
		theirs = *hello
	}
	var ours observation.TLSRules
	if rules != nil {
		ours = *rules
	}
	var versions, takes []uint16
	if hello != nil {
		versions = offered(hello)
	}
	if rules != nil {
		takes = allowed(rules)
	}
	add("Version", versions, takes, "", info.Version, tlspeer.VersionName)
	add("Cipher suites", without(theirs.Suites), ours.Suites, "any that its TLS engine has", info.Suite, tlspeer.SuiteName)
	add("Groups", without(theirs.Groups), ours.Groups, "any that its TLS engine has", info.Group, tlspeer.GroupName)
	if len(theirs.Signatures) > 0 || info.SignatureScheme != 0 {
		add("Signature algorithms", without(theirs.Signatures), nil, "what suits its certificate", info.SignatureScheme, tlspeer.SchemeName)
	}
	sni := visible(theirs.ServerName, 255)
	if len(theirs.ALPN) > 0 {
		sni = cmp.Or(sni, "none") + "; ALPN " + visible(strings.Join(theirs.ALPN[:min(len(theirs.ALPN), 8)], ", "), 200)
	}
	all = append(all, choice{What: "Server name (SNI)", Offered: column{Words: cmp.Or(sni, "none")}, Taken: column{Words: "–"}})
	if !dialed && rules != nil && (rules.ClientCertificate != "" || len(info.PeerChain) > 0) {
		shown := "shows none"
		if len(info.PeerChain) > 0 {
			shown = "shows " + count(len(info.PeerChain), "certificate")
		}
		all = append(all, choice{What: "Client certificate", Offered: column{Words: shown},
			Taken: column{Words: demand(rules.ClientCertificate)}})
	}
	return all
}

func demand(d observation.CertificateDemand) string {
	switch d {
	case observation.CertificateAsked:
		return "asks for one"
	case observation.CertificateRequired:
		return "requires one"
	}
	return "asks for none"
}

// newColumn sorts one side's numbers into those that the other one has, and the rest.
func newColumn(own, other []uint16, chosen uint16, most int, show func(uint16) string) column {
	c := column{Lacks: len(other) > 0}
	for _, n := range own {
		one := name{Text: show(n), Common: slices.Contains(other, n), Chosen: n == chosen}
		switch {
		case len(c.Names)+len(c.Rest) >= most:
			c.Left++
		case one.Common || one.Chosen || len(c.Names) < maxFolded && len(other) == 0 || len(own) <= maxFolded:
			c.Names = append(c.Names, one)
		default:
			c.Rest = append(c.Rest, one)
		}
	}
	return c
}

func without(numbers []uint16) []uint16 {
	return slices.DeleteFunc(slices.Clone(numbers), grease)
}

func common(a, b []uint16) bool {
	return slices.ContainsFunc(a, func(n uint16) bool { return slices.Contains(b, n) })
}

// outcome says how a handshake ended.
func outcome(h *observation.HandshakeInfo) string {
	if h.Complete {
		return "complete"
	}
	who := "ended"
	switch h.EndedBy {
	case observation.DeviceSide:
		who = "ended by the device"
	case observation.MockSide:
		who = "ended by the vendor"
	}
	if h.Refused != "" {
		who += ", which refused the " + visible(string(h.Refused), 40)
	}
	if len(h.Rejected) > 0 {
		who += ", which rejected the device's certificate (" + visible(strings.Join(h.Rejected, ", "), 120) + ")"
	}
	if h.Error != "" {
		who += ": " + visible(h.Error, 240)
	}
	return who
}

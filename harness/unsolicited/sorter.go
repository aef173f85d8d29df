package unsolicited

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/mocks/sdp"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// Sorter sorts the events of a log into episodes. Its methods must be called one after the other.
type Sorter struct {
	product  *profile.Product
	settings func() map[string]string
	done     func(Episode)

	next    int // Seq of the event that should come next
	links   map[string]*link
	open    []*going // in the order in which they began
	calls   map[dialog]*going
	sockets map[netip.AddrPort]*going // by the mock's address
	named   map[profile.Role]int
	failed  map[netip.Addr]int // handshakes that are episodes, by device
	idle    int
	missed  int // episodes of which events were missed
}

// NewSorter returns a sorter for what devices do at a product. Settings returns the vendor's settings in force; done is
// given each episode that is over.
func NewSorter(product *profile.Product, settings func() map[string]string, done func(Episode)) *Sorter {
	return &Sorter{product: product, settings: settings, done: done, links: make(map[string]*link), calls: make(map[dialog]*going),
		sockets: make(map[netip.AddrPort]*going), named: make(map[profile.Role]int), failed: make(map[netip.Addr]int)}
}

// Idle returns over how many connections that are closed nothing was asked.
func (s *Sorter) Idle() int { return s.idle }

// Missed returns how many episodes were given up because events of theirs were missed.
func (s *Sorter) Missed() int { return s.missed }

// Open returns the episodes that go on, as far as they have come.
func (s *Sorter) Open() []Episode {
	var all []Episode
	for _, g := range s.open {
		all = append(all, g.episode())
	}
	return all
}

// Change ends all episodes: what follows happens at a vendor that was changed.
func (s *Sorter) Change() {
	for len(s.open) > 0 {
		s.end(s.open[0])
	}
}

// Take sorts an event. One that does not follow the event before it tells that events were missed, so that the episodes
// that go on cannot be judged.
func (s *Sorter) Take(e observation.Event) {
	if e.Seq > s.next {
		s.missed += len(s.open)
		for len(s.open) > 0 {
			s.forget(s.open[0])
		}
	}
	s.next = e.Seq + 1
	s.pass(e.At)
	l := s.links[e.Conn]
	switch e.Kind {
	case observation.TransportOpen:
		s.opened(e)
	case observation.SIP:
		if l != nil {
			s.message(e, l)
		}
	case observation.HTTP:
		if l != nil {
			s.exchange(e, l)
		}
	case observation.Media, observation.Playing, observation.MediaWithheld:
		if g := s.sockets[socket(&e)]; g != nil {
			g.add(e)
		}
	case observation.Console:
		for _, g := range s.open {
			if e.Console != nil && e.Console.CallID == g.key.call && e.Console.CallID != "" {
				g.add(e)
			}
		}
	case observation.Fault: // the mock's own: whatever goes on may be its doing
		for _, g := range s.open {
			g.add(e)
		}
	case observation.TransportClose:
		s.closed(e, l)
	case observation.Wire, observation.TLSKeyLog: // of a capture, which is not made
	default:
		if l != nil {
			l.head(e)
		}
	}
	s.bound()
}

// Pass ends the episodes that are over at a time of the log, whether or not anything was seen.
func (s *Sorter) Pass(at time.Duration) { s.pass(at) }

func (s *Sorter) pass(at time.Duration) {
	for _, g := range slices.Clone(s.open) {
		if g.over(at) {
			s.end(g)
		}
	}
}

// over tells whether an episode is over at a time.
func (g *going) over(at time.Duration) bool {
	silence := callSilence
	if g.Role == profile.Registering {
		silence = registrationSilence
	}
	return g.ends > 0 && at >= g.ends || at-g.last >= silence
}

// socket returns the mock's address of an event about media.
func socket(e *observation.Event) netip.AddrPort {
	if e.Media != nil {
		return e.Media.Local
	}
	if _, rest, ok := strings.Cut(e.Conn, "udp "); ok { // of a MediaWithheld
		local, _, _ := strings.Cut(rest, " ")
		if at, err := netip.ParseAddrPort(local); err == nil {
			return at
		}
	}
	return netip.AddrPort{}
}

func (s *Sorter) opened(e observation.Event) {
	if e.Transport == nil || len(s.links) >= mostLinks {
		return
	}
	l := &link{device: e.Transport.Remote.Addr().Unmap(), dialed: e.Transport.Dialed}
	l.head(e)
	s.links[e.Conn] = l
}

func (s *Sorter) closed(e observation.Event, l *link) {
	if l == nil {
		return
	}
	l.head(e)
	switch {
	case l.used:
	case l.failed() && s.tells(l.device):
		g := s.begin(profile.Connecting, dialog{device: l.device}, e.At)
		g.uses(l)
		s.end(g)
	default:
		s.idle++
	}
	if l.asked != nil {
		l.asked.ends = e.At
	}
	delete(s.links, e.Conn)
}

// failed tells whether the device's handshake failed, of a connection over which it asked nothing.
func (l *link) failed() bool {
	return !l.dialed && slices.ContainsFunc(l.heads, func(e observation.Event) bool { return e.Kind == observation.ClientHello }) &&
		slices.ContainsFunc(l.heads, func(e observation.Event) bool { return e.Handshake != nil && !e.Handshake.Complete })
}

// tells tells whether another handshake of a device that fails is an episode. A device that tries on and on, or scans
// ports, says nothing new by it.
func (s *Sorter) tells(device netip.Addr) bool {
	if _, known := s.failed[device]; !known && len(s.failed) >= mostFailing {
		return false
	}
	s.failed[device]++
	return s.failed[device] <= mostFailed
}

// head keeps what was seen of a connection beside messages, as far as there is room. How it ended is always kept.
func (l *link) head(e observation.Event) {
	if e.Kind != observation.TransportClose && (len(l.heads) >= headEvents || observation.Size(l.heads) > headBytes) {
		return
	}
	l.heads = append(l.heads, e)
}

// message sorts a SIP message into the episode of its Call-ID, or begins one.
func (s *Sorter) message(e observation.Event, l *link) {
	m, err := sipwire.Parse(e.Bytes)
	if err != nil {
		l.head(e)
		return
	}
	key := dialog{m.CallID(), l.device}
	g := s.calls[key]
	if g == nil {
		role, begins := s.begins(m, e.Dir, l)
		if !begins || len(s.open) >= mostOpen {
			return
		}
		g = s.begin(role, key, e.At)
		g.left(e)
	}
	g.uses(l)
	g.add(e)
	if e.Dir == observation.Out {
		s.describe(g, m)
	}
	g.follow(m, e)
}

// begins tells whether a message begins an episode, and in which role the device is in it.
func (s *Sorter) begins(m *sipwire.Message, dir observation.Direction, l *link) (profile.Role, bool) {
	if !m.IsRequest() || m.ToTag() != "" || m.CallID() == "" {
		return "", false
	}
	switch in := dir == observation.In; {
	case m.Method == "REGISTER" && in:
		return profile.Registering, true
	case m.Method == "INVITE" && in:
		return profile.CallingOut, true
	case m.Method == "INVITE" && l.dialed:
		return profile.Listening, true
	case m.Method == "INVITE":
		return profile.CalledIn, true
	case m.Method == "OPTIONS" && in && !s.product.TakesCalls():
		return profile.Asking, true
	}
	return "", false
}

func (s *Sorter) begin(role profile.Role, key dialog, at time.Duration) *going {
	s.named[role]++
	g := &going{Episode: Episode{Name: fmt.Sprintf("%s-%d", role, s.named[role]), Role: role, Device: key.device,
		Settings: maps.Clone(s.settings())},
		key: key, last: at}
	s.open = append(s.open, g)
	if key.call != "" {
		s.calls[key] = g
	}
	return g
}

// describe notes the mock's sockets that a session description names.
func (s *Sorter) describe(g *going, m *sipwire.Message) {
	description, err := sdp.Of(m)
	if err != nil || description == nil {
		return
	}
	for i := range description.Media {
		stream := &description.Media[i]
		if at, ok := description.RTP(stream); ok {
			s.sockets[at] = g
		}
		if at, ok := description.RTCP(stream, false); ok {
			s.sockets[at] = g
		}
	}
}

// follow sees whether a message ends the episode.
func (g *going) follow(m *sipwire.Message, e observation.Event) {
	_, method := m.CSeq()
	switch final := !m.IsRequest() && m.Status >= 200; {
	case g.Role == profile.Registering && m.IsRequest():
		g.gone = expires(m) == "0"
	case g.Role == profile.Registering:
		if final && m.Status < 300 && g.gone {
			g.ends = e.At + linger
		}
	case g.Role == profile.Asking:
		if final && m.Status != 401 && m.Status != 407 {
			g.ends = e.At + linger
		}
	case final && method == "BYE":
		g.ends = e.At + linger
	case final && method == "INVITE" && m.Status >= 300 && m.Status != 401 && m.Status != 407 && m.ToTag() != "" && !g.taken():
		g.ends = e.At + linger
	}
}

// taken tells whether a call was answered with a 2xx.
func (g *going) taken() bool {
	return slices.ContainsFunc(g.events, func(e observation.Event) bool {
		if e.Kind != observation.SIP {
			return false
		}
		m, err := sipwire.Parse(e.Bytes)
		if err != nil || m.IsRequest() {
			return false
		}
		_, method := m.CSeq()
		return method == "INVITE" && m.Status >= 200 && m.Status < 300
	})
}

// expires is for how long a REGISTER asks, as written.
func expires(m *sipwire.Message) string {
	if contact, err := m.Contact(); err == nil && contact.Params.Has("expires") {
		return contact.Params.Get("expires")
	}
	return strings.TrimSpace(m.Get("Expires"))
}

// exchange sorts HTTP: all that is asked over a connection is one episode.
func (s *Sorter) exchange(e observation.Event, l *link) {
	if l.asked == nil {
		if e.Dir != observation.In || len(s.open) >= mostOpen {
			return
		}
		l.asked = s.begin(profile.Fetching, dialog{device: l.device}, e.At)
	}
	l.asked.uses(l)
	l.asked.add(e)
}

// bound has the oldest episodes end for which there is no room.
func (s *Sorter) bound() {
	total := 0
	for _, g := range s.open {
		total += g.size
	}
	for total > openBytes {
		total -= s.open[0].size
		s.end(s.open[0])
	}
}

// end gives an episode away that is over.
func (s *Sorter) end(g *going) {
	s.forget(g)
	s.done(g.episode())
}

// forget takes an episode out of those that go on.
func (s *Sorter) forget(g *going) {
	s.open = slices.DeleteFunc(s.open, func(other *going) bool { return other == g })
	maps.DeleteFunc(s.calls, func(_ dialog, other *going) bool { return other == g })
	maps.DeleteFunc(s.sockets, func(_ netip.AddrPort, other *going) bool { return other == g })
	for _, l := range g.links {
		if l.asked == g {
			l.asked = nil
		}
	}
}

package observation

// The bounds on what logs keep, in bytes of memory as [Event] takes it: each event counts for eventBytes and for its own
// bytes and texts, so that the bounds hold for the number of events too. A scenario of a real device takes less than
// 1 MiB, so only a peer that floods a mock reaches them. What is beyond is counted, in [Flood] events.
const (
	// ConnectionBytes is for one connection or UDP peer: 2,048 small events, or a hundred messages of 4 KiB and the
	// segments that carried them.
	ConnectionBytes = 1 << 20
	// MediaBytes is for the datagrams between two media sockets, instead: 8,192 of them may come at once, when early
	// media is judged, and a call has 100 a second.
	MediaBytes = 12 << 20
	// ScenarioBytes is for a log: a call with media on both of its sockets.
	ScenarioBytes = 24 << 20
	// RunBytes is for all logs of a [Run] together, beyond the AssuredBytes that each of them can always take: what one
	// scenario sees cannot take away what another needs. It is enough for four floods at a time.
	RunBytes     = 96 << 20
	AssuredBytes = 2 << 20
	// WindowBytes is for a log that keeps what is newest: see [NewWindow].
	WindowBytes = 16 << 20
)

const (
	// eventBytes is what an event and its Info structure take.
	eventBytes = 512
	// grant is how much a log takes from its run at a time.
	grant = 256 << 10
	// maxFloods is how many connections, kinds and directions are counted apart. What is left out of further
	// connections is counted together, without a name.
	maxFloods = 64
	// maxOwn is how many events of the harness's own a log takes beyond all bounds. A scenario has a dozen.
	maxOwn = 1024
)

// rank is how much room there is for an event.
type rank int

const (
	// support is for what is there for captures and people: half of each bound.
	support rank = iota
	// bulk is for what a peer sends as often as it likes: seven eighths.
	bulk
	// decisive is for what begins and ends a connection, and what the mock made of it: all.
	decisive
	// own is for what the harness says of the scene and of itself: no bound but maxOwn.
	own
)

// rank returns an event's rank.
func (e *Event) rank() rank {
	switch e.Kind {
	case Wire, Note:
		return support
	case TransportOpen, TransportClose, NotTLS, ClientHello, TLSAlert, TLSHandshake, Renegotiation, TLSKeyLog, Playing:
		return decisive
	case Stage:
		if e.Stage == ListFetched || e.Stage == ResponderAsked { // by the device, as often as it likes
			return decisive
		}
		return own
	case Fault:
		return own
	case Device:
		if e.Device != nil && (e.Device.What == DeviceOutput || e.Device.What == DeviceEvent) {
			return support
		}
		return own
	}
	return bulk
}

// room returns how much of a bound there is for events of that rank.
func (r rank) room(bound int) int {
	switch r {
	case support:
		return bound / 2
	case bulk:
		return bound - bound/8
	}
	return bound
}

// FloodInfo is what a log has left out so far, of one kind of event, connection and direction.
type FloodInfo struct {
	Kind   Kind `json:"kind"`
	Events int  `json:"events"`
	// Bytes is what the events would have taken, by the measure of [ConnectionBytes].
	Bytes int `json:"bytes"`
}

// Judged reports whether verdicts can depend on what was left out. They do not on segments and key logs, which are for a
// capture, nor on notes, the device's own words and what a mock did not do for a peer.
func (f *FloodInfo) Judged() bool {
	switch f.Kind {
	case Wire, TLSKeyLog, Note, Device, Stranger, Limit:
		return false
	}
	return true
}

// Size returns what events take, by the measure of [ConnectionBytes].
func Size(events []Event) (bytes int) {
	for i := range events {
		bytes += events[i].size()
	}
	return bytes
}

// size returns what an event takes, by the measure of [ConnectionBytes].
func (e *Event) size() int {
	n := eventBytes + len(e.Conn) + len(e.Bytes) + len(e.Text) + sizeOf(e.Redacted)
	if h := e.Hello; h != nil {
		n += 2*(len(h.Versions)+len(h.Suites)+len(h.Groups)+len(h.Signatures)) + len(h.ServerName) + sizeOf(h.ALPN) +
			sizeOf(h.Oddities)
	}
	if h := e.Handshake; h != nil {
		n += len(h.Role) + len(h.Error) + len(h.EndedBy) + len(h.Refused) + len(h.ServerName) + len(h.Limit) + sizeOf(h.Sent) +
			sizeOf(h.Received) + sizeOf(h.Rejected) + sizeOf(h.LocalChain) + sizeOf(h.PeerChain)
		if r := h.Rules; r != nil {
			n += 2*(len(r.Suites)+len(r.Groups)) + len(r.ClientCertificate)
		}
	}
	if h := e.HTTP; h != nil {
		n += len(h.Method) + len(h.Host) + len(h.Path)
	}
	if d := e.DNS; d != nil {
		n += len(d.Protocol) + len(d.Name) + len(d.Type) + len(d.Code) + len(d.Reply) + sizeOf(d.Answers)
	}
	if c := e.Console; c != nil {
		n += len(c.Code) + len(c.Level) + len(c.Title) + len(c.CallID) + len(c.Detail) + len(c.Note)
	}
	if d := e.Device; d != nil {
		n += len(d.What) + len(d.Action)
	}
	if d := e.Denied; d != nil {
		n += len(d.Protocol) + len(d.Fault) + len(d.Bound)
	}
	return n
}

// sizeOf returns what the elements of a list take, with their headers.
func sizeOf[E ~string | ~[]byte](list []E) int {
	n := 0
	for _, element := range list {
		n += 24 + len(element)
	}
	return n
}

package media

import (
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/pion/rtcp"

	"github.com/sipconform/sipconform/mocks/observation"
)

// Bounds on what a peer can make a receiver keep and do.
const (
	// maxEarly is how many datagrams wait for keys: 80 s of two streams, for ring-back can be long.
	maxEarly = 8192
	// maxEarlyBytes is how many bytes they have together.
	maxEarlyBytes = 4 << 20
	// maxStreams is how many SSRCs are listened to. Packets of further ones are judged, but their audio is not
	// decoded.
	maxStreams = 32
	// maxSearches is how many packets get a search for a diagnosis that finds none, for each keying: a search takes
	// some thousand trials.
	maxSearches = 64
	// maxSearched is the longest packet that gets one: no audio is longer.
	maxSearched = 2048
	// maxForks is how many answers to one offer have their keys kept.
	maxForks = 16
	// maxKept is how many packets that no key opens are kept in their events, where datagrams are not.
	maxKept = 32
)

// datagram is what a socket has received.
type datagram struct {
	bytes         []byte
	local, remote netip.AddrPort
	at            time.Time // it came
}

// frame is the audio of one packet, for the echo.
type frame struct {
	payloadType uint8
	payload     []byte
}

// receiver judges datagrams and logs them.
type receiver struct {
	log     *observation.Log
	wire    bool
	waiting *Waiting
	latch   *latch // nil unless the peer is behind a NAT
	// echo takes the audio that is sent back. The receiver never waits for it.
	echo chan<- frame

	mu         sync.Mutex
	ready      bool // keys, or their absence, are known
	expects    int  // how many offers may bring new ones
	early      []datagram
	earlyBytes int
	keys       *opener                 // nil for plain RTP
	previous   *opener                 // before the last Update, nil if none
	forks      forks                   // of the answers to the newest offer, keys among them
	switched   map[netip.AddrPort]bool // the sockets to which a packet has come under keys since the last Update
	suspects   *suspects               // nil until a packet needs them
	own        *params                 // what we send with, nil for plain RTP
	strays     []Stray
	searches   int
	disagreed  bool // the implementations of SRTP have, and the log says so
	echoing    bool
	sent       uint32 // our SSRC
	first      uint16 // our first sequence number
	streams    map[uint32]*reception
	heard      bool   // any RTP
	last       uint32 // SSRC of the newest that was
	kept       map[stranger]bool
	samples    []int16 // of the last packet that was heard
	pair       pair    // of the last datagram, with its name
}

// stranger is a stream, or the reports about one, whose packets no known key opens.
type stranger struct {
	ssrc uint32
	rtcp bool
}

// prepare returns the opener for keys: the present one if they are the same.
func (r *receiver) prepare(keys *params) (*opener, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case keys == nil:
		return nil, nil
	case r.keys != nil && r.keys.equal(*keys):
		return r.keys, nil
	}
	if known := r.forks.find(*keys); known != nil {
		return known, nil
	}
	return newOpener(*keys, r.keys, r.disagree)
}

// disagree logs that the two implementations of SRTP disagree, once. The caller holds the lock.
func (r *receiver) disagree(text string) {
	if !r.disagreed {
		r.disagreed = true
		r.log.Append(observation.Event{Kind: observation.Fault, Fault: observation.SRTPDisagrees, Text: text})
	}
}

// session is what a receiver has to know of a session beside the peer's keys.
type session struct {
	own    *params // what we send with, nil for plain RTP
	strays []Stray
	echo   bool
	ssrc   uint32 // of the stream that we send, and its first sequence number
	first  uint16
}

// set has the receiver continue with what was prepared, and judges the waiting datagrams.
func (r *receiver) set(keys *opener, s session) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ready && keys != r.keys {
		r.previous, r.switched = r.keys, make(map[netip.AddrPort]bool)
	}
	r.ready, r.keys, r.own, r.strays, r.echoing = true, keys, s.own, s.strays, s.echo
	if r.expects == 0 {
		r.forks.renewed = true // outside an exchange, keys replace keys
	}
	r.forks.add(keys)
	r.sent, r.first, r.searches, r.suspects = s.ssrc, s.first, 0, nil
	r.release()
}

// expect has packets that the present keys do not open wait for new ones, until settled is called.
func (r *receiver) expect() (settled func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.expects++
	r.forks.renewed = true
	return sync.OnceFunc(func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.expects--; r.expects == 0 && r.ready {
			r.release()
		}
	})
}

// waits reports whether a packet is to be judged later.
func (r *receiver) waits(packet []byte) bool {
	k := demux(packet)
	switch {
	case k != kindRTP && k != kindRTCP:
		return false
	case !r.ready:
		return true
	case r.expects == 0 || r.keys == nil:
		return false
	case k == kindRTCP:
		_, ok := r.keys.openRTCP(packet)
		if !ok {
			_, ok = r.forks.openRTCP(packet)
		}
		return !ok
	}
	h, ok := parseRTP(packet)
	if ok {
		if _, ok = r.keys.openRTP(packet, h); !ok {
			_, fork := r.forks.openRTP(packet, h)
			ok = fork != nil
		}
	}
	return !ok
}

// take logs a datagram, or keeps a copy until keys are known. It does not keep d.bytes. What comes before any key and
// cannot be kept is logged without a judgement.
func (r *receiver) take(d datagram) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case !r.waits(d.bytes):
		r.see(d)
	case len(r.early) == maxEarly || r.earlyBytes+len(d.bytes) > maxEarlyBytes || !r.waiting.take(len(d.bytes)):
		r.record(d, &observation.MediaInfo{Class: observation.Unjudged, Payload: len(d.bytes)}, "")
	default:
		d.bytes = slices.Clone(d.bytes)
		r.early, r.earlyBytes = append(r.early, d), r.earlyBytes+len(d.bytes)
	}
}

// release judges the waiting datagrams by the present keys.
func (r *receiver) release() {
	for _, d := range r.early {
		r.see(d)
	}
	r.waiting.giveBack(r.earlyBytes)
	r.early, r.earlyBytes = nil, 0
}

// see judges a datagram and logs it.
func (r *receiver) see(d datagram) {
	info, text := new(observation.MediaInfo), ""
	switch k := demux(d.bytes); k {
	case kindRTP:
		r.judgeRTP(d, info)
	case kindRTCP:
		r.judgeRTCP(d, info)
	default:
		text = string(k)
		info.Class, info.Payload, info.Protocol = observation.Foreign, len(d.bytes), text
	}
	r.record(d, info, text)
}

// record logs what a datagram is.
func (r *receiver) record(d datagram, info *observation.MediaInfo, text string) {
	info.Local, info.Remote = d.local, d.remote
	if !d.at.IsZero() {
		info.Arrived = d.at.Sub(r.log.Start())
	}
	e := observation.Event{Kind: observation.Media, Dir: observation.In, Conn: r.pair.conn(d.local, d.remote), Media: info, Text: text}
	if r.wire || r.keeps(d.bytes, info) {
		e.Bytes = slices.Clone(d.bytes)
	}
	r.log.Append(e)
	if r.latch != nil {
		r.latch.hear(d, info, r.ready && r.keys == nil)
	}
}

// keeps reports whether a packet is the first of its stream that no known key opens, so that a judge who knows more keys
// can try them on it.
func (r *receiver) keeps(packet []byte, info *observation.MediaInfo) bool {
	if info.Diagnosis != UnknownKey || len(packet) > maxSearched || len(r.kept) == maxKept {
		return false
	}
	if r.kept == nil {
		r.kept = make(map[stranger]bool)
	}
	s := stranger{info.SSRC, demux(packet) == kindRTCP}
	first := !r.kept[s]
	r.kept[s] = true
	return first
}

// conn names a socket with a remote address.
func conn(local, remote netip.AddrPort) string {
	return "udp " + local.String() + " " + remote.String()
}

// pair is a socket with a remote address, and its name: most datagrams come from where the last one did, or go there.
type pair struct {
	local, remote netip.AddrPort
	name          string
}

// conn is [conn], of the pair that was asked for last without a new string.
func (p *pair) conn(local, remote netip.AddrPort) string {
	if p.name == "" || p.local != local || p.remote != remote {
		*p = pair{local, remote, conn(local, remote)}
	}
	return p.name
}

// hear counts a packet of audio and decodes it, and sends it back if fit is set.
func (r *receiver) hear(h header, payload []byte, info *observation.MediaInfo, fit bool) {
	info.Payload = len(payload)
	samples, isAudio := decodeAudio(r.samples[:0], h.payloadType, payload)
	r.samples = samples
	sound := loudnessOf(samples)
	if info.Content = contentOf(h.payloadType, payload, sound); info.Content == observation.Events {
		info.Event = int(payload[0]) + 1
	}
	r.heard, r.last = true, h.ssrc
	stream, ok := r.streams[h.ssrc]
	if !ok {
		if len(r.streams) == maxStreams {
			return
		}
		stream = new(reception)
		r.streams[h.ssrc] = stream
	}
	newer := stream.packet(h.sequence, h.timestamp, time.Now())
	if isAudio && newer {
		info.Level = sound.level()
		stream.sound.feed(samples)
		if fit && r.echoing {
			select {
			case r.echo <- frame{h.payloadType, slices.Clone(payload)}:
			default: // the sender is behind, so the frame is dropped
			}
		}
	}
	info.Tone = stream.sound.tone()
}

// newest returns the SSRC of the newest RTP that was heard, and whether there is any.
func (r *receiver) newest() (ssrc uint32, known bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.last, r.heard
}

// reported reads what RTCP in clear says about our stream, and reports whether the packet is RTCP.
func (r *receiver) reported(packet []byte, info *observation.MediaInfo) bool {
	c, ok := parseRTCP(packet)
	if !ok {
		return false
	}
	for _, block := range c.reports {
		if block.ssrc == r.sent {
			count := int64(block.highest) - int64(r.first) + 1 - int64(block.lost)
			info.Received = uint32(max(0, min(count, 1<<32-1)))
		}
	}
	if stream, ok := r.streams[c.sender]; ok && c.ntp != 0 {
		stream.ntp, stream.ntpAt = c.ntp, time.Now()
	}
	return true
}

// reports returns the report blocks for all streams, at most the 31 that fit into a packet.
func (r *receiver) reports(now time.Time) []rtcp.ReceptionReport {
	r.mu.Lock()
	defer r.mu.Unlock()
	var blocks []rtcp.ReceptionReport
	for ssrc, stream := range r.streams {
		if len(blocks) < 31 {
			blocks = append(blocks, stream.report(ssrc, now))
		}
	}
	return blocks
}

package media

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"

	"github.com/sipconform/sipconform/mocks/observation"
)

// Bounds on what a peer can make a receiver keep and do.
const (
	// maxEarly is how many datagrams wait for keys: 5 s of one stream.
	maxEarly = 256
	// maxStreams is how many SSRCs are listened to. Packets of further ones are judged, but their audio is not
	// decoded.
	maxStreams = 32
	// maxSearches is how many packets get a search for a diagnosis that finds none, for each keying: a search takes
	// some hundred trials.
	maxSearches = 64
)

// datagram is what a socket has received.
type datagram struct {
	bytes         []byte
	local, remote netip.AddrPort
}

// frame is the audio of one packet, for the echo.
type frame struct {
	payloadType uint8
	payload     []byte
}

// receiver judges datagrams and logs them.
type receiver struct {
	log  *observation.Log
	wire bool
	// echo takes the audio that is sent back. The receiver never waits for it.
	echo chan<- frame

	mu       sync.Mutex
	ready    bool // keys, or their absence, are known
	expects  int  // how many offers may bring new ones
	early    []datagram
	keys     *opener // nil for plain RTP
	previous *opener // before the last Update, nil if none
	switched bool    // a packet has come under keys since the last Update
	own      *params // what we send with, nil for plain RTP
	searches int
	echoing  bool
	sent     uint32 // our SSRC
	first    uint16 // our first sequence number
	streams  map[uint32]*reception
}

// prepare returns the opener for keys, which is the present one if they are the same.
func (r *receiver) prepare(keys *params) (*opener, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case keys == nil:
		return nil, nil
	case r.keys != nil && r.keys.equal(*keys):
		return r.keys, nil
	}
	return newOpener(*keys, r.keys)
}

// set has the receiver continue with what was prepared, and judges the waiting datagrams. ssrc and first are those of
// the stream that we send.
func (r *receiver) set(keys *opener, own *params, echo bool, ssrc uint32, first uint16) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ready && keys != r.keys {
		r.previous, r.switched = r.keys, false
	}
	r.ready, r.keys, r.own, r.echoing = true, keys, own, echo
	r.sent, r.first, r.searches = ssrc, first, 0
	r.release()
}

// expect has packets that the present keys do not open wait for new ones, until settled is called.
func (r *receiver) expect() (settled func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.expects++
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
	switch k := demux(packet); {
	case k != kindRTP && k != kindRTCP:
		return false
	case !r.ready:
		return true
	case r.expects == 0 || r.keys == nil:
		return false
	case k == kindRTCP:
		_, _, ok := r.keys.openRTCP(packet)
		return !ok
	default:
		var h rtp.Header
		if _, err := h.Unmarshal(packet); err != nil {
			return false
		}
		_, ok := r.keys.openRTP(packet, &h)
		return !ok
	}
}

// take logs a datagram, or keeps a copy until keys are known. It does not keep
// d.bytes.
func (r *receiver) take(d datagram) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.waits(d.bytes) {
		r.see(d)
		return
	}
	if len(r.early) == maxEarly {
		r.see(r.early[0])
		r.early = slices.Delete(r.early, 0, 1)
	}
	d.bytes = slices.Clone(d.bytes)
	r.early = append(r.early, d)
}

// release judges the waiting datagrams by the present keys.
func (r *receiver) release() {
	for _, d := range r.early {
		r.see(d)
	}
	r.early = nil
}

// see judges a datagram and logs it.
func (r *receiver) see(d datagram) {
	e := observation.Event{Kind: observation.Media, Dir: observation.In, Conn: conn(d.local, d.remote)}
	info := &observation.MediaInfo{Local: d.local, Remote: d.remote}
	switch k := demux(d.bytes); k {
	case kindRTP:
		r.judgeRTP(d.bytes, info)
	case kindRTCP:
		r.judgeRTCP(d.bytes, info)
	default:
		info.Class, info.Payload, info.Protocol = observation.Foreign, len(d.bytes), string(k)
		e.Text = string(k)
	}
	e.Media = info
	if r.wire {
		e.Bytes = slices.Clone(d.bytes)
	}
	r.log.Append(e)
}

// conn names a socket with a remote address.
func conn(local, remote netip.AddrPort) string {
	return "udp " + local.String() + " " + remote.String()
}

func (r *receiver) judgeRTP(packet []byte, info *observation.MediaInfo) {
	var h rtp.Header
	headerLength, err := h.Unmarshal(packet)
	if err != nil {
		return // demux has already unmarshalled it
	}
	info.SSRC, info.Sequence, info.PayloadType = h.SSRC, h.SequenceNumber, h.PayloadType
	onWire := packet[headerLength:]
	info.Payload = len(onWire)

	if r.keys == nil {
		info.Class = observation.ClearRTP
		if protectedWithoutKey(h.PayloadType, onWire) {
			info.Class, info.Diagnosis = observation.BadTag, NoKey
			return
		}
		r.hear(&h, payloadOf(packet, headerLength), info, true)
		return
	}

	if plain, ok := r.keys.openRTP(packet, &h); ok {
		r.switched = true
		r.authentic(r.keys, packet, plain, &h, headerLength, info)
		return
	}
	if r.previous != nil && !r.switched {
		if plain, ok := r.previous.openRTP(packet, &h); ok {
			r.authentic(r.previous, packet, plain, &h, headerLength, info)
			info.Diagnosis = observation.PreviousKey
			return
		}
	}
	info.Diagnosis = r.search(func(s suspects) observation.Diagnosis {
		return s.rtp(packet, &h, headerLength, r.keys.rollover(h.SSRC))
	})
	switch {
	case info.Diagnosis != "":
		info.Class = observation.BadTag
	case clearInSecure(h.PayloadType, onWire, r.keys.suite.TagRTP):
		info.Class = observation.ClearRTP
		r.hear(&h, payloadOf(packet, headerLength), info, false)
	default:
		info.Class, info.Diagnosis = observation.BadTag, UnknownKey
	}
}

// authentic fills in info for a packet that o has opened.
func (r *receiver) authentic(o *opener, packet, plain []byte, h *rtp.Header, headerLength int, info *observation.MediaInfo) {
	info.Class = observation.AuthenticRTP
	// If a device authenticates without encrypting, decryption turns its audio into noise.
	onWire := packet[headerLength : len(packet)-o.suite.TagRTP-o.mkiLength()]
	if !o.aead() && len(onWire) >= minContent && !looksRandom(onWire) && looksRandom(plain[headerLength:]) {
		info.Diagnosis = observation.NotEncrypted
		plain = packet[:headerLength+len(onWire)]
	}
	payload := payloadOf(plain, headerLength)
	info.Payload = len(payload)
	r.hear(h, payload, info, true)
}

// search looks for a diagnosis unless maxSearches searches have found none.
func (r *receiver) search(try func(suspects) observation.Diagnosis) observation.Diagnosis {
	if r.searches >= maxSearches {
		return ""
	}
	s := suspects{agreed: r.keys.params, own: r.own}
	if r.previous != nil {
		s.previous = &r.previous.params
	}
	found := try(s)
	if found == "" {
		r.searches++
	}
	return found
}

// hear counts a packet of audio and decodes it, and sends it back if fit is set.
func (r *receiver) hear(h *rtp.Header, payload []byte, info *observation.MediaInfo, fit bool) {
	info.Payload = len(payload)
	stream, ok := r.streams[h.SSRC]
	if !ok {
		if len(r.streams) == maxStreams {
			return
		}
		stream = new(reception)
		r.streams[h.SSRC] = stream
	}
	newer := stream.packet(h.SequenceNumber, h.Timestamp, time.Now())
	if samples, ok := decodeAudio(h.PayloadType, payload); ok && newer {
		stream.sound.feed(samples)
		if fit && r.echoing {
			select {
			case r.echo <- frame{h.PayloadType, slices.Clone(payload)}:
			default: // the sender is behind, so the frame is dropped
			}
		}
	}
	info.Tone = stream.sound.tone()
}

func (r *receiver) judgeRTCP(packet []byte, info *observation.MediaInfo) {
	info.SSRC = binary.BigEndian.Uint32(packet[4:])
	info.PayloadType = packet[1] // the packet type: 200 is a sender report
	info.Payload = len(packet)
	if r.keys != nil {
		if plain, encrypted, ok := r.keys.openRTCP(packet); ok {
			info.Class, info.Payload = observation.AuthenticRTCP, len(plain)
			if !encrypted {
				info.Diagnosis = observation.NotEncrypted
			}
			r.reported(plain, info)
			return
		}
		if r.previous != nil && !r.switched {
			if plain, _, ok := r.previous.openRTCP(packet); ok {
				info.Class, info.Payload, info.Diagnosis = observation.AuthenticRTCP, len(plain), observation.PreviousKey
				r.reported(plain, info)
				return
			}
		}
	}
	switch {
	case r.reported(packet, info):
		info.Class = observation.ClearRTCP
	case r.keys == nil:
		info.Class, info.Diagnosis = observation.BadTag, NoKey
	default:
		info.Class = observation.BadTag
		if info.Diagnosis = r.search(func(s suspects) observation.Diagnosis { return s.rtcp(packet) }); info.Diagnosis == "" {
			info.Diagnosis = UnknownKey
		}
	}
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

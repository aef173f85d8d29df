package media

import (
	"encoding/binary"
	"net/netip"

	"github.com/sipconform/sipconform/mocks/observation"
)

// This file says of each packet of RTP and RTCP what it is.

// former returns the keying from before the last update if packets under it can be right: those that come to a socket
// before one under the new keys does. Two sockets are read beside each other, so their packets have no order.
func (r *receiver) former(at netip.AddrPort) *opener {
	if r.switched[at] {
		return nil
	}
	return r.previous
}

// renewed notes that a packet under the present keys has come to a socket.
func (r *receiver) renewed(at netip.AddrPort) {
	if r.switched != nil {
		r.switched[at] = true
	}
}

func (r *receiver) judgeRTP(d datagram, info *observation.MediaInfo) {
	packet := d.bytes
	h, ok := parseRTP(packet)
	if !ok {
		return // demux has already parsed it
	}
	info.SSRC, info.Sequence, info.Timestamp = h.ssrc, h.sequence, h.timestamp
	info.Marker, info.PayloadType = h.marker, h.payloadType
	onWire := packet[h.length:]
	info.Payload = len(onWire)

	if r.keys == nil {
		info.Class = observation.ClearRTP
		if protectedWithoutKey(h.payloadType, onWire) {
			info.Class, info.Diagnosis = observation.BadTag, NoKey
			return
		}
		r.hear(h, payloadOf(packet, h.length), info, true)
		return
	}

	if p, ok := r.keys.openRTP(packet, h); ok {
		r.renewed(d.local)
		r.authentic(r.keys, packet, p, h, info)
		return
	}
	if p, fork := r.forks.openRTP(packet, h); fork != nil {
		r.authentic(fork, packet, p, h, info)
		return
	}
	if former := r.former(d.local); former != nil {
		if p, ok := former.openRTP(packet, h); ok {
			r.authentic(former, packet, p, h, info)
			info.Diagnosis = observation.PreviousKey
			return
		}
	}
	want := r.keys.counters(h)[0]
	found := r.search(packet, func(s *suspects) finding { return s.rtp(packet, h, want) })
	switch {
	case found.diagnosis != "":
		info.Class = observation.BadTag
		info.Diagnosis, info.Got, info.Want = found.diagnosis, found.got, found.want
	case clearInSecure(h.payloadType, onWire, r.keys.suite.TagRTP):
		info.Class = observation.ClearRTP
		r.hear(h, payloadOf(packet, h.length), info, false)
	default:
		info.Class, info.Diagnosis = observation.BadTag, UnknownKey
	}
}

// authentic fills in info for a packet that o has opened.
func (r *receiver) authentic(o *opener, packet []byte, p opened, h header, info *observation.MediaInfo) {
	info.Class, info.Key, info.Suite, info.Rollover = observation.AuthenticRTP, p.key, o.suite.Name, p.rollover
	onWire := packet[h.length : len(packet)-o.suite.TagRTP-len(o.mki())]
	plain := p.plain
	if enough := len(onWire) >= minContent; enough && looksRandom(plain[h.length:]) && isG711(h.payloadType) {
		// Where the cipher is not the tag's, a device can get one right without the other. Without encryption, its
		// audio is on the wire, and decrypting turns it into noise; under another key there is noise in both places.
		info.Diagnosis = observation.Noise
		if !looksRandom(onWire) {
			info.Diagnosis = observation.NotEncrypted
			plain = packet[:h.length+len(onWire)]
		}
	}
	r.hear(h, payloadOf(plain, h.length), info, true)
}

// search looks for a diagnosis of a packet unless maxSearches searches have found none.
func (r *receiver) search(packet []byte, try func(*suspects) finding) finding {
	if r.searches >= maxSearches || len(packet) > maxSearched {
		return finding{}
	}
	if r.suspects == nil {
		var previous *params
		if r.previous != nil {
			previous = &r.previous.params
		}
		s := newSuspects(r.keys, r.own, previous, r.strays)
		r.suspects = &s
	}
	found := try(r.suspects)
	if found == (finding{}) {
		r.searches++
	}
	return found
}

func (r *receiver) judgeRTCP(d datagram, info *observation.MediaInfo) {
	packet := d.bytes
	info.SSRC = binary.BigEndian.Uint32(packet[4:])
	info.PayloadType = packet[1] // the packet type: 200 is a sender report
	info.Payload = len(packet)
	if r.keys != nil {
		p, ok := r.keys.openRTCP(packet)
		if !ok {
			p, ok = r.forks.openRTCP(packet)
		}
		if ok {
			r.authenticReport(p, info)
			return
		}
		if former := r.former(d.local); former != nil {
			if p, ok := former.openRTCP(packet); ok {
				r.authenticReport(p, info)
				info.Diagnosis = observation.PreviousKey
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
		found := r.search(packet, func(s *suspects) finding { return s.rtcp(packet) })
		if found.diagnosis == "" {
			found.diagnosis = UnknownKey
		}
		info.Class, info.Diagnosis, info.Got, info.Want = observation.BadTag, found.diagnosis, found.got, found.want
	}
}

// authenticReport fills in info for RTCP that has been opened.
func (r *receiver) authenticReport(p opened, info *observation.MediaInfo) {
	info.Class, info.Payload = observation.AuthenticRTCP, len(p.plain)
	info.Key, info.Index = p.key, p.index
	is := r.reported(p.plain, info)
	switch {
	case !p.encrypted:
		info.Diagnosis = observation.NotEncrypted
	case !is:
		info.Diagnosis = observation.NotRTCP
	}
}

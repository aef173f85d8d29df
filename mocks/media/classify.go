package media

import (
	"encoding/binary"

	"github.com/sipconform/sipconform/mocks/observation"
)

// This file says of each packet of RTP and RTCP what it is.

func (r *receiver) judgeRTP(packet []byte, info *observation.MediaInfo) {
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
		r.switched = true
		r.authentic(r.keys, packet, p, h, info)
		return
	}
	if r.previous != nil && !r.switched {
		if p, ok := r.previous.openRTP(packet, h); ok {
			r.authentic(r.previous, packet, p, h, info)
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
	info.Class, info.Key, info.Rollover = observation.AuthenticRTP, p.key, p.rollover
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

func (r *receiver) judgeRTCP(packet []byte, info *observation.MediaInfo) {
	info.SSRC = binary.BigEndian.Uint32(packet[4:])
	info.PayloadType = packet[1] // the packet type: 200 is a sender report
	info.Payload = len(packet)
	if r.keys != nil {
		if p, ok := r.keys.openRTCP(packet); ok {
			r.authenticReport(p, info)
			return
		}
		if r.previous != nil && !r.switched {
			if p, ok := r.previous.openRTCP(packet); ok {
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

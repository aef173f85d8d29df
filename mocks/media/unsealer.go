package media

import (
	"slices"

	"github.com/sipconform/sipconform/mocks/observation"
)

// Unsealer opens recorded packets of SRTP and SRTCP, of both sides, with the keys that were described. Both
// implementations of SRTP have to agree on each. It serves one goroutine, which brings the packets in their order.
type Unsealer struct {
	openers  []*opener
	disagree bool // on the packet that is being opened
}

// Plain is a packet of RTP or RTCP in clear.
type Plain struct {
	Packet []byte
	// RTCP tells that it is no RTP, of which it has all that follows.
	RTCP        bool
	SSRC        uint32
	Timestamp   uint32
	PayloadType uint8
	Payload     []byte // without padding
}

// NewUnsealer returns an unsealer for keys. It leaves out those that cannot be used.
func NewUnsealer(keys []Keying) *Unsealer {
	u := new(Unsealer)
	for i := range keys {
		p, err := keys[i].check()
		if err != nil || p == nil {
			continue
		}
		if o, err := newOpener(*p, nil, func(string) { u.disagree = true }); err == nil {
			u.openers = append(u.openers, o)
		}
	}
	return u
}

// Unseal returns the packet of a [observation.Media] event in clear. It reports false for what is none, and for what no key
// opens.
func (u *Unsealer) Unseal(e *observation.Event) (Plain, bool) {
	if e.Media == nil {
		return Plain{}, false
	}
	packet, ok := e.Bytes, true
	switch e.Media.Class {
	case observation.ClearRTP, observation.ClearRTCP:
	case observation.AuthenticRTP, observation.AuthenticRTCP:
		packet, ok = u.open(e)
	default:
		return Plain{}, false
	}
	if !ok {
		return Plain{}, false
	}
	if demux(packet) == kindRTCP {
		return Plain{Packet: packet, RTCP: true}, true
	}
	h, ok := parseRTP(packet)
	if !ok {
		return Plain{}, false
	}
	return Plain{Packet: packet, SSRC: h.ssrc, Timestamp: h.timestamp, PayloadType: h.payloadType, Payload: payloadOf(packet, h.length)}, true
}

// open tries the keys, the one first that opened the last packet.
func (u *Unsealer) open(e *observation.Event) ([]byte, bool) {
	for i, o := range u.openers {
		if e.Media.Key != "" && !slices.Contains(o.names, e.Media.Key) {
			continue
		}
		u.disagree = false
		plain, ok := o.unseal(e)
		if ok && !u.disagree {
			copy(u.openers[1:], u.openers[:i])
			u.openers[0] = o
			return plain, true
		}
	}
	return nil, false
}

// unseal opens the packet of an event: under the counter that the event names with the key, or under the stream's.
func (o *opener) unseal(e *observation.Event) ([]byte, bool) {
	if demux(e.Bytes) == kindRTCP {
		p, ok := o.openRTCP(e.Bytes)
		return p.plain, ok
	}
	h, ok := parseRTP(e.Bytes)
	if !ok {
		return nil, false
	}
	var p opened
	if e.Media.Key != "" {
		p, ok = o.openUnder(e.Bytes, h, e.Media.Rollover)
	} else {
		p, ok = o.openRTP(e.Bytes, h)
	}
	if ok && e.Media.Diagnosis == observation.NotEncrypted { // decrypting has made noise of it
		return e.Bytes[:len(e.Bytes)-o.suite.TagRTP-len(o.mki())], true
	}
	return p.plain, ok
}

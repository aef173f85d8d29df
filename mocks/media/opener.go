package media

import (
	"encoding/binary"

	"github.com/pion/rtp"
	"github.com/pion/srtp/v2"
)

// opener opens what a peer protects with one keying.
type opener struct {
	params
	context *srtp.Context
	// rollovers are the counters of streams that continue from the keying before.
	rollovers map[uint32]uint32
	// open are the streams with at least one authentic packet.
	open map[uint32]bool
}

// newOpener returns an opener for p; before is the one that it replaces, or nil.
func newOpener(p params, before *opener) (*opener, error) {
	c, err := p.context()
	if err != nil {
		return nil, err
	}
	o := &opener{params: p, context: c, rollovers: make(map[uint32]uint32), open: make(map[uint32]bool)}
	if before != nil {
		for ssrc := range before.open {
			o.rollovers[ssrc] = before.rollover(ssrc)
		}
	}
	return o, nil
}

// rollover returns the counter that the stream's next packet should have.
func (o *opener) rollover(ssrc uint32) uint32 {
	if roc, ok := o.context.ROC(ssrc); ok {
		return roc
	}
	return o.rollovers[ssrc]
}

// openRTP authenticates and decrypts a packet.
//
// A new master key does not change the rollover counter (RFC 3711 §3.3.1), but some devices start again from zero,
// and a sequence number that begins near its end may have rolled over before the first packet arrives. So the first
// packet of a stream is tried with all three counters.
func (o *opener) openRTP(packet []byte, h *rtp.Header) ([]byte, bool) {
	if o.open[h.SSRC] {
		plain, err := o.context.DecryptRTP(nil, packet, nil)
		return plain, err == nil
	}
	kept := o.rollovers[h.SSRC]
	for _, roc := range []uint32{kept, 0, 1} {
		o.context.SetROC(h.SSRC, roc)
		if plain, err := o.context.DecryptRTP(nil, packet, nil); err == nil {
			o.open[h.SSRC] = true
			return plain, true
		}
	}
	o.context.SetROC(h.SSRC, kept)
	return nil, false
}

// openRTCP authenticates and decrypts a compound packet. The result encrypted is its E bit: SRTCP may be
// authenticated only.
func (o *opener) openRTCP(packet []byte) (plain []byte, encrypted, ok bool) {
	plain, err := o.context.DecryptRTCP(nil, packet, nil)
	if err != nil {
		return nil, false, false
	}
	index := len(packet) - o.mkiLength() - 4
	if !o.aead() {
		index -= o.suite.TagRTCP
	}
	return plain, packet[index]&0x80 != 0, true
}

// sealer protects what we send with one keying.
type sealer struct {
	params
	context *srtp.Context
}

// newSealer returns a sealer for p; before is the one that it replaces, or nil. The rollover counter of ssrc
// continues from before. If all of p's keys are in before, the context stays the same and only the MKI changes, since
// an SRTCP index must not be used twice under a key.
func newSealer(p params, before *sealer, ssrc uint32) (*sealer, error) {
	if before != nil && p.equal(before.params) {
		if p.Key.HasMKI {
			if err := before.context.SetSendMKI(p.Key.MKI); err != nil {
				return nil, err
			}
		}
		return &sealer{params: p, context: before.context}, nil
	}
	c, err := p.context()
	if err != nil {
		return nil, err
	}
	if before != nil {
		if roc, ok := before.context.ROC(ssrc); ok {
			c.SetROC(ssrc, roc)
		}
	}
	return &sealer{params: p, context: c}, nil
}

// keystream returns a packet's payload, decrypted by key i in counter mode, whether or not there is a tag. Encrypting
// and decrypting are the same in counter mode, so it encrypts a packet with the same number.
func (p params) keystream(i int, h *rtp.Header, roc uint32, payload []byte) ([]byte, bool) {
	c, err := p.bare(p.keys()[i], p.profile)
	if err != nil {
		return nil, false
	}
	c.SetROC(h.SSRC, roc)
	plain := rtp.Packet{Header: rtp.Header{Version: 2, SSRC: h.SSRC, SequenceNumber: h.SequenceNumber}, Payload: payload}
	raw, err := plain.Marshal()
	if err != nil {
		return nil, false
	}
	sealed, err := c.EncryptRTP(nil, raw, nil)
	if err != nil {
		return nil, false
	}
	return sealed[len(raw)-len(payload) : len(raw)], true
}

// resealsWith4 reports whether an SRTCP packet is right under p's key i, but with a tag of 4 bytes instead of 10. The
// library has no such tag, so the packet is decrypted by encrypting it, and encrypted again to get the whole tag.
func (p params) resealsWith4(i int, packet []byte) bool {
	const tagLength = 4
	trailer := 4 + p.mkiLength() + tagLength
	if p.aead() || len(packet) < rtcpHeader+trailer {
		return false
	}
	body := packet[:len(packet)-trailer]
	index := binary.BigEndian.Uint32(packet[len(body):]) &^ (1 << 31)
	if index == 0 {
		return false
	}
	seal := func(plain []byte) []byte {
		c, err := p.bare(p.keys()[i], p.profile)
		if err != nil {
			return nil
		}
		c.SetIndex(binary.BigEndian.Uint32(packet[4:]), index-1)
		sealed, err := c.EncryptRTCP(nil, plain, nil)
		if err != nil {
			return nil
		}
		return sealed
	}
	decrypted := seal(body)
	if decrypted == nil {
		return false
	}
	sealed := seal(decrypted[:len(body)])
	return sealed != nil && string(sealed[len(body)+4:][:tagLength]) == string(packet[len(packet)-tagLength:])
}

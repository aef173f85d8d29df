package media

import (
	"math/rand/v2"
	"net/netip"
	"testing"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/srtp/v2"

	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sdes"
)

// key returns a key for suite that depends on seed, with the MKI unless that is empty.
func key(t testing.TB, suite string, seed uint64, mki ...byte) sdes.Key {
	t.Helper()
	k, err := sdes.NewKey(suite, rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8)}))
	if err != nil {
		t.Fatal(err)
	}
	if len(mki) > 0 {
		k.HasMKI, k.MKI, k.MKILength = true, mki, len(mki)
	}
	return k
}

func keying(t testing.TB, suite string, seed uint64, mki ...byte) *Keying {
	t.Helper()
	return &Keying{Suite: suite, Key: key(t, suite, seed, mki...)}
}

// device makes the datagrams of a device, right or wrong.
type device struct {
	t       testing.TB
	context *srtp.Context
	ssrc    uint32
	seq     uint16
	packets int
}

func newDevice(t testing.TB, k *Keying, options ...srtp.ContextOption) *device {
	t.Helper()
	if k.Key.HasMKI {
		options = append(options, srtp.MasterKeyIndicator(k.Key.MKI))
	}
	suite, _ := sdes.LookupSuite(k.Suite)
	c, err := srtp.CreateContext(k.Key.Material[:suite.MasterKey], k.Key.Material[suite.MasterKey:], profiles[k.Suite], options...)
	if err != nil {
		t.Fatal(err)
	}
	return &device{t: t, context: c, ssrc: 0xcafe0001, seq: 1000}
}

// clear returns the next packet of 20 ms of a tone, unprotected.
func (d *device) clear(law uint8, hz int) []byte {
	d.t.Helper()
	tone := sine(hz)[d.packets%50*samplesPerPacket:][:samplesPerPacket]
	return d.packet(law, encodeAudio(law, tone))
}

func (d *device) packet(payloadType uint8, payload []byte) []byte {
	d.t.Helper()
	p := rtp.Packet{
		Header: rtp.Header{Version: 2, PayloadType: payloadType, SSRC: d.ssrc, SequenceNumber: d.seq,
			Timestamp: uint32(d.packets * samplesPerPacket)},
		Payload: payload,
	}
	d.seq++
	d.packets++
	raw, err := p.Marshal()
	if err != nil {
		d.t.Fatal(err)
	}
	return raw
}

func (d *device) seal(packet []byte) []byte {
	d.t.Helper()
	sealed, err := d.context.EncryptRTP(nil, packet, nil)
	if err != nil {
		d.t.Fatal(err)
	}
	return sealed
}

// tone returns the next packet of a 1004 Hz tone, protected.
func (d *device) tone() []byte { d.t.Helper(); return d.seal(d.clear(PCMU, DefaultTone)) }

// report returns a receiver report about one stream, in clear.
func (d *device) report(ssrc, highest, lost uint32) []byte {
	d.t.Helper()
	raw, err := rtcp.Marshal([]rtcp.Packet{
		&rtcp.ReceiverReport{SSRC: d.ssrc, Reports: []rtcp.ReceptionReport{{SSRC: ssrc, LastSequenceNumber: highest, TotalLost: lost}}},
		&rtcp.SourceDescription{Chunks: []rtcp.SourceDescriptionChunk{{Source: d.ssrc,
			Items: []rtcp.SourceDescriptionItem{{Type: rtcp.SDESCNAME, Text: "device"}}}}},
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return raw
}

func (d *device) sealRTCP(packet []byte) []byte {
	d.t.Helper()
	sealed, err := d.context.EncryptRTCP(nil, packet, nil)
	if err != nil {
		d.t.Fatal(err)
	}
	return sealed
}

// insert returns packet with n bytes before the last tagLength.
func insert(packet []byte, n, tagLength int) []byte {
	end := len(packet) - tagLength
	stray := make([]byte, n)
	stray[n-1] = 1
	return append(append(append([]byte(nil), packet[:end]...), stray...), packet[end:]...)
}

const (
	ourSSRC  = 0x11112222
	ourFirst = 500
)

// newReceiver returns a receiver for a session in which the peer protects with receive and we with send; nil means
// plain RTP.
func newReceiver(t testing.TB, send, receive *Keying) *receiver {
	t.Helper()
	r := &receiver{log: observation.NewLog(), waiting: new(Waiting), streams: make(map[uint32]*reception)}
	agree(t, r, send, receive)
	return r
}

func agree(t testing.TB, r *receiver, send, receive *Keying, strays ...Stray) {
	t.Helper()
	own, err := send.check()
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := receive.check()
	if err != nil {
		t.Fatal(err)
	}
	o, err := r.prepare(theirs)
	if err != nil {
		t.Fatal(err)
	}
	r.set(o, session{own: own, strays: strays, ssrc: ourSSRC, first: ourFirst})
}

// judged gives a datagram to r and returns the event.
func judged(r *receiver, packet []byte) observation.Event {
	r.take(datagram{
		bytes: packet, local: netip.MustParseAddrPort("127.0.0.1:4000"), remote: netip.MustParseAddrPort("127.0.0.2:5000"),
	})
	events := r.log.Events()
	return events[len(events)-1]
}

const (
	cm80   = "AES_CM_128_HMAC_SHA1_80"
	cm32   = "AES_CM_128_HMAC_SHA1_32"
	cm256  = "AES_256_CM_HMAC_SHA1_80"
	gcm128 = "AEAD_AES_128_GCM"
	gcm256 = "AEAD_AES_256_GCM"
)

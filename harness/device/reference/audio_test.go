package reference

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"math"
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/srtp/v2"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/sdes"
)

const (
	cm80 = "AES_CM_128_HMAC_SHA1_80"
	cm32 = "AES_CM_128_HMAC_SHA1_32"
)

// sound is the peer's end of a stream.
type sound struct {
	t         testing.TB
	rtp, rtcp *net.UDPConn
	sequence  uint16
	ssrc      uint32
}

func newSound(t testing.TB) *sound {
	t.Helper()
	for range 100 {
		a, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(loopback, 0)))
		if err != nil {
			t.Fatal(err)
		}
		b, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(loopback, port(a.LocalAddr())^1)))
		if err != nil {
			_ = a.Close()
			continue
		}
		if port(a.LocalAddr())&1 == 1 {
			a, b = b, a
		}
		t.Cleanup(func() { _, _ = a.Close(), b.Close() })
		return &sound{t: t, rtp: a, rtcp: b, sequence: 1000, ssrc: 77}
	}
	t.Fatal("no pair of ports")
	return nil
}

// describe returns a session description with one audio stream.
func (s *sound) describe(proto string, crypto ...string) string {
	return describe(stream(port(s.rtp.LocalAddr()), proto, crypto...))
}

func describe(streams ...string) string {
	return "v=0\r\no=root 1 1 IN IP4 127.0.0.1\r\ns=Media Gateway\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n" + strings.Join(streams, "")
}

func stream(port uint16, proto string, crypto ...string) string {
	text := fmt.Sprintf("m=audio %d %s 0 8 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n"+
		"a=rtpmap:101 telephone-event/8000\r\na=ptime:20\r\n", port, proto)
	for _, c := range crypto {
		text += "a=crypto:" + c + "\r\n"
	}
	return text
}

// attribute returns an a=crypto with a fresh key, followed by after.
func attribute(t testing.TB, tag int, suite, after string) (string, sdes.Attribute) {
	t.Helper()
	key, err := sdes.NewKey(suite, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	text := sdes.Attribute{Tag: tag, Suite: suite, Keys: []sdes.Key{key}}.String() + after
	parsed, err := sdes.Parse(text)
	if err != nil {
		return text, sdes.Attribute{}
	}
	return text, parsed
}

func parseAttribute(t testing.TB, text string) sdes.Attribute {
	t.Helper()
	a, err := sdes.Parse(text)
	if err != nil {
		t.Fatalf("a=crypto of the device: %v", err)
	}
	return a
}

// context returns the pion context for an attribute, as the peer reads it.
func keysOf(t testing.TB, a sdes.Attribute) *srtp.Context {
	t.Helper()
	profiles := map[string]srtp.ProtectionProfile{
		cm80: srtp.ProtectionProfileAes128CmHmacSha1_80, cm32: srtp.ProtectionProfileAes128CmHmacSha1_32,
		"AES_256_CM_HMAC_SHA1_80": srtp.ProtectionProfileAes256CmHmacSha1_80,
		"AES_256_CM_HMAC_SHA1_32": srtp.ProtectionProfileAes256CmHmacSha1_32,
		"AEAD_AES_128_GCM":        srtp.ProtectionProfileAeadAes128Gcm, "AEAD_AES_256_GCM": srtp.ProtectionProfileAeadAes256Gcm,
	}
	suite, _ := a.Known()
	var options []srtp.ContextOption
	if a.Keys[0].HasMKI {
		options = append(options, srtp.MasterKeyIndicator(a.Keys[0].MKI))
	}
	material := a.Keys[0].Material
	context, err := srtp.CreateContext(material[:suite.MasterKey], material[suite.MasterKey:], profiles[a.Suite], options...)
	if err != nil {
		t.Fatal("key of the wrong length")
	}
	return context
}

// hear returns the first packet from the device, decrypted if context is not nil.
func (s *sound) hear(context *srtp.Context) (*rtp.Packet, error) {
	s.t.Helper()
	raw := s.receive()
	if context != nil {
		var err error
		if raw, err = context.DecryptRTP(nil, raw, nil); err != nil {
			return nil, err
		}
	}
	packet := new(rtp.Packet)
	return packet, packet.Unmarshal(raw)
}

func (s *sound) receive() []byte {
	s.t.Helper()
	buffer := make([]byte, 2048)
	_ = s.rtp.SetReadDeadline(time.Now().Add(testkit.Patience))
	n, err := s.rtp.Read(buffer)
	if err != nil {
		s.t.Fatalf("no media: %v", err)
	}
	return buffer[:n]
}

// say sends a packet to the device.
func (s *sound) say(to netip.AddrPort, context *srtp.Context, payload []byte) {
	s.t.Helper()
	packet := rtp.Packet{Header: rtp.Header{Version: 2, SequenceNumber: s.sequence, SSRC: s.ssrc}, Payload: payload}
	s.sequence++
	raw, err := packet.Marshal()
	if err != nil {
		s.t.Fatal(err)
	}
	if context != nil {
		if raw, err = context.EncryptRTP(nil, raw, nil); err != nil {
			s.t.Fatal(err)
		}
	}
	if _, err := s.rtp.WriteToUDPAddrPort(raw, to); err != nil {
		s.t.Fatal(err)
	}
}

// echoed sends audio until it comes back, and fails the test if it does not.
func (s *sound) echoed(to netip.AddrPort, send, receive *srtp.Context) {
	s.t.Helper()
	payload := bytes.Repeat([]byte{0x5A}, packetSamples)
	for range 1000 {
		s.say(to, send, payload)
		packet, err := s.hear(receive)
		if err != nil {
			s.t.Fatalf("packet of the device: %v", err)
		}
		if bytes.Equal(packet.Payload, payload) {
			return
		}
	}
	s.t.Fatal("the device does not send back what it hears")
}

// silent tells whether there is nothing to read.
func (s *sound) silent() bool {
	_ = s.rtp.SetReadDeadline(time.Now())
	_, err := s.rtp.Read(make([]byte, 2048))
	return errors.Is(err, os.ErrDeadlineExceeded)
}

// drain reads what was sent before now. It sends a packet to its own socket, which on loopback arrives after the others.
func (s *sound) drain() (packets int) {
	s.t.Helper()
	mark := []byte("mark")
	if _, err := s.rtp.WriteToUDPAddrPort(mark, s.rtp.LocalAddr().(*net.UDPAddr).AddrPort()); err != nil {
		s.t.Fatal(err)
	}
	for !bytes.Equal(s.receive(), mark) {
		packets++
	}
	return packets
}

// report returns the first RTCP report of the device.
func (s *sound) report(context *srtp.Context) (*rtcp.SenderReport, error) {
	s.t.Helper()
	buffer := make([]byte, 2048)
	_ = s.rtcp.SetReadDeadline(time.Now().Add(testkit.Patience))
	n, err := s.rtcp.Read(buffer)
	if err != nil {
		s.t.Fatalf("no report: %v", err)
	}
	raw := buffer[:n]
	if context != nil {
		if raw, err = context.DecryptRTCP(nil, raw, nil); err != nil {
			return nil, err
		}
	}
	packets, err := rtcp.Unmarshal(raw)
	if err != nil {
		return nil, err
	}
	report, ok := packets[0].(*rtcp.SenderReport)
	if !ok || len(packets) != 2 {
		return nil, fmt.Errorf("no compound packet that begins with a sender report: %v", packets)
	}
	return report, nil
}

// decodeMuLaw decodes by the table of G.711, which the device does not use.
func decodeMuLaw(code byte) int {
	code = ^code
	magnitude := (int(code&0x0F)<<3+0x84)<<(code>>4&7) - 0x84
	if code&0x80 != 0 {
		return -magnitude
	}
	return magnitude
}

func decodeALaw(code byte) int {
	code ^= 0x55
	magnitude := int(code&0x0F)<<4 + 8
	if exponent := code >> 4 & 7; exponent > 0 {
		magnitude = (magnitude + 0x100) << (exponent - 1)
	}
	if code&0x80 == 0 {
		return -magnitude
	}
	return magnitude
}

func TestCompanding(t *testing.T) {
	t.Parallel()
	for sample := -32768; sample <= 32767; sample++ {
		for name, decoded := range map[string]int{"µ-law": decodeMuLaw(encodeMuLaw(sample)), "A-law": decodeALaw(encodeALaw(sample))} {
			// A step is at most 1/16 of the sample, or 16 near silence. µ-law clips a little below full scale.
			if tolerance := math.Max(16, math.Abs(float64(sample))/16); math.Abs(float64(decoded-sample)) > tolerance {
				t.Fatalf("%s: %d became %d", name, sample, decoded)
			}
		}
	}
}

func TestTone(t *testing.T) {
	t.Parallel()
	for payloadType, decode := range map[uint8]func(byte) int{0: decodeMuLaw, 8: decodeALaw} {
		source := newSource(&Peculiarities{})
		var samples []int
		for range sampleRate / packetSamples {
			for _, code := range source.tone(payloadType, toneFrequency) {
				samples = append(samples, decode(code))
			}
		}
		crossings := 0
		for i := 1; i < len(samples); i++ {
			if samples[i-1] < 0 && samples[i] >= 0 {
				crossings++
			}
		}
		if crossings < toneFrequency-1 || crossings > toneFrequency+1 {
			t.Errorf("payload type %d: %d Hz", payloadType, crossings)
		}
	}
}

func TestReception(t *testing.T) {
	t.Parallel()
	var r reception
	if r.heard() || !r.note(1, 65534) || r.note(1, 65535) || r.note(1, 1) || r.note(1, 65535) {
		t.Error("first packets")
	}
	if r.highest != 1<<16+1 || r.received != 4 || r.lost() != 0 {
		t.Errorf("%+v, %d lost", r, r.lost())
	}
	r.note(1, 11)
	if r.lost() != 9 {
		t.Errorf("%+v, %d lost", r, r.lost())
	}
	if !r.note(2, 5) || r.received != 1 {
		t.Error("another source")
	}
}

func TestNTPTime(t *testing.T) {
	t.Parallel()
	if got := ntpTime(time.Unix(0, int64(time.Second/2))); got != 2208988800<<32|1<<31 {
		t.Errorf("%x", got)
	}
}

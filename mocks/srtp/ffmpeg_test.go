package srtp

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/sipconform/sipconform/internal/testkit"
)

// ffmpegSuites are the names of suites in ffmpeg, which has its own SRTP. Under the name of a=crypto it shortens the tag
// of SRTCP too, against RFC 4568 §6.2.2; under the name of DTLS-SRTP it does not.
func ffmpegSuites() map[string]stream {
	material := bytes.Repeat([]byte{1, 2, 4, 8, 16}, 6)
	return map[string]stream{
		"AES_CM_128_HMAC_SHA1_80":     {suite: "AES_CM_128_HMAC_SHA1_80", material: material},
		"AES_CM_128_HMAC_SHA1_32":     {suite: "AES_CM_128_HMAC_SHA1_32", material: material, tag: 4},
		"SRTP_AES128_CM_HMAC_SHA1_32": {suite: "AES_CM_128_HMAC_SHA1_32", material: material},
	}
}

// TestFromFfmpeg opens what ffmpeg sends: a second of audio, whose sequence number wraps, and its reports.
func TestFromFfmpeg(t *testing.T) {
	t.Parallel()
	for name, s := range ffmpegSuites() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const samples = 8000
			audio, reports := listenUDP(t), listenUDP(t)
			output, status := testkit.Run(t, testkit.Command(t, "ffmpeg", "-hide_banner", "-nostdin",
				"-f", "lavfi", "-i", "sine=sample_rate=8000:duration=1", "-c:a", "pcm_mulaw",
				"-f", "rtp", "-seq", strconv.Itoa(firstSequence), "-rtpflags", "send_bye",
				"-srtp_out_suite", name, "-srtp_out_params", base64.StdEncoding.EncodeToString(s.material),
				fmt.Sprintf("srtp://%s?rtcpport=%d&pkt_size=186", audio.LocalAddr(), reports.LocalAddr().(*net.UDPAddr).Port)))
			if status != 0 {
				t.Fatal(output)
			}
			own, pion := newOurs(t, s), newPion(t, s)
			for i, received := 0, 0; received < samples; i++ {
				packet := receiveUDP(t, audio)
				opened, err := own.openRTP(packet, uint32((firstSequence+i)>>16))
				if err != nil || len(opened) <= rtpHeader || binary.BigEndian.Uint16(opened[2:]) != uint16(firstSequence+i) {
					t.Fatalf("RTP packet %d: %x opens to %x (%v)", i, packet, opened, err)
				}
				received += len(opened) - rtpHeader
				if pion == nil {
					continue
				}
				if there, err := pion.openRTP(packet, 0); err != nil || !bytes.Equal(there, opened) {
					t.Fatalf("pion opens RTP packet %d, %x, to %x (%v)", i, packet, there, err)
				}
			}
			for i, kind := range []byte{200, 203} { // of the packets, sender report and BYE
				packet := receiveUDP(t, reports)
				r, ok := own.key.OpenRTCP(packet, own.rtcp)
				if !ok || !r.Encrypted || r.Index != uint32(i) || !bytes.Contains(r.Plain, []byte{kind, 0}) {
					t.Errorf("SRTCP packet %d: %x opens to %+v (%v)", i, packet, r, ok)
				}
				if pion == nil {
					continue
				}
				if there, err := pion.openRTCP(packet); err != nil || !bytes.Equal(there, r.Plain) {
					t.Errorf("pion opens SRTCP packet %d, %x, to %x (%v)", i, packet, there, err)
				}
			}
		})
	}
}

// TestToFfmpeg has ffmpeg open what this package and pion/srtp seal.
func TestToFfmpeg(t *testing.T) {
	t.Parallel()
	for name, s := range ffmpegSuites() {
		for sealer, i := range map[string]implementation{"this package": newOurs(t, s), "pion": newPion(t, s)} {
			if i == nil {
				continue
			}
			t.Run(name+" sealed by "+sealer, func(t *testing.T) {
				t.Parallel()
				f := startFfmpeg(t, name, s.material)
				for n, packet := range rtpPackets() {
					sealed, err := i.sealRTP(packet, uint32((firstSequence+n)>>16))
					f.passes(t, f.audio, packet, sealed, err)
				}
				for n, packet := range rtcpPackets() {
					sealed, err := i.sealRTCP(packet, uint32(n+1))
					f.passes(t, f.reports, packet, sealed, err)
				}
			})
		}
	}
}

// ffmpeg is a running ffmpeg that writes the packets that it opens, one behind the other.
type ffmpeg struct {
	audio, reports net.Conn
	stdout         io.Reader
}

func startFfmpeg(t *testing.T, suite string, material []byte) *ffmpeg {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("ffmpeg needs a loopback address of its own")
	}
	// ffmpeg does not say which ports the system gives it, so it gets fixed ones, on an address that nothing else uses.
	const audio, reports = 5004, 5005
	address := netip.AddrFrom4([4]byte{127, byte(64 + rand.IntN(64)), byte(rand.IntN(256)), byte(1 + rand.IntN(254))})
	cmd := testkit.Command(t, "ffmpeg", "-loglevel", "error", "-nostdin", "-probesize", "32", "-analyzeduration", "0",
		"-srtp_in_suite", suite, "-srtp_in_params", base64.StdEncoding.EncodeToString(material),
		"-f", "data", "-i", fmt.Sprintf("srtp://%s:%d?localaddr=%s&localrtcpport=%d", address, audio, address, reports),
		"-map", "0", "-c", "copy", "-f", "data", "-flush_packets", "1", "pipe:1")
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait() // "signal: killed"
	})
	f := &ffmpeg{stdout: stdout}
	f.audio = dialListener(t, netip.AddrPortFrom(address, audio))
	f.reports = dialListener(t, netip.AddrPortFrom(address, reports))
	return f
}

// dialListener returns a socket that is connected to an address, once something listens there: until then the system
// refuses a datagram, and says so of the next.
func dialListener(t *testing.T, address netip.AddrPort) net.Conn {
	t.Helper()
	c, err := net.Dial("udp4", address.String())
	testkit.Started(t, c, err)
	ctx := testkit.Context(t)
	retry := time.NewTicker(10 * time.Millisecond)
	defer retry.Stop()
	for {
		c.Write([]byte{0})
		if _, err := c.Write([]byte{0}); err == nil {
			return c
		}
		select {
		case <-retry.C:
		case <-ctx.Done():
			t.Fatalf("ffmpeg does not listen at %s", c.RemoteAddr())
		}
	}
}

// passes sends a packet that was sealed, unless that failed with err, and checks that ffmpeg opens it.
func (f *ffmpeg) passes(t *testing.T, to net.Conn, packet, sealed []byte, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := to.Write(sealed); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, len(packet))
	if n, err := io.ReadFull(f.stdout, got); err != nil || !bytes.Equal(got, packet) {
		t.Fatalf("%x was sealed as %x and comes out as %x (%v)", packet, sealed, got[:n], err)
	}
}

func listenUDP(t *testing.T) *net.UDPConn {
	t.Helper()
	c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	return testkit.Started(t, c, err)
}

func receiveUDP(t *testing.T, c net.PacketConn) []byte {
	t.Helper()
	c.SetReadDeadline(time.Now().Add(testkit.Patience))
	packet := make([]byte, 2048)
	n, _, err := c.ReadFrom(packet)
	if err != nil {
		t.Fatal(err)
	}
	return packet[:n]
}

package evidence

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"

	"github.com/sipconform/sipconform/mocks/observation"
)

// captureOf returns the packets of a capture of the events.
func captureOf(t testing.TB, events []observation.Event) []gopacket.Packet {
	t.Helper()
	var out bytes.Buffer
	if err := writeCapture(bufio.NewWriter(&out), events, Options{Start: time.Unix(1e9, 0)}); err != nil {
		t.Fatal(err)
	}
	r, err := pcapgo.NewNgReader(&out, pcapgo.DefaultNgReaderOptions)
	if err != nil {
		t.Fatal(err)
	}
	var packets []gopacket.Packet
	for {
		data, info, err := r.ReadPacketData()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		packet := gopacket.NewPacket(data, layers.LayerTypeEthernet, gopacket.Default)
		packet.Metadata().CaptureInfo = info
		if failure := packet.ErrorLayer(); failure != nil {
			t.Fatalf("packet %d: %v", len(packets), failure.Error())
		}
		packets = append(packets, packet)
	}
	return packets
}

// describe writes a packet as "2>1 SA 0:1 3": from, to, flags, seq:ack, payload length.
func describe(p gopacket.Packet) string {
	if udp, ok := p.TransportLayer().(*layers.UDP); ok {
		return fmt.Sprintf("%d>%d udp %d", udp.SrcPort, udp.DstPort, len(udp.Payload))
	}
	tcp := p.TransportLayer().(*layers.TCP)
	var flags strings.Builder
	for _, f := range []struct {
		set  bool
		name byte
	}{{tcp.SYN, 'S'}, {tcp.FIN, 'F'}, {tcp.RST, 'R'}, {tcp.PSH, 'P'}, {tcp.ACK, 'A'}} {
		if f.set {
			flags.WriteByte(f.name)
		}
	}
	return fmt.Sprintf("%d>%d %s %d:%d %d", tcp.SrcPort, tcp.DstPort, flags.String(), tcp.Seq, tcp.Ack, len(tcp.Payload))
}

func TestCapture(t *testing.T) {
	t.Parallel()
	mock, device := netip.MustParseAddrPort("127.0.0.1:1"), netip.MustParseAddrPort("127.0.0.2:2")
	mock6, device6 := netip.MustParseAddrPort("[::1]:1"), netip.MustParseAddrPort("[fe80::2%lo]:2")
	open := func(protocol string, local, remote netip.AddrPort, dialed bool) observation.Event {
		return observation.Event{Kind: observation.TransportOpen, Conn: "c", Transport: &observation.TransportInfo{
			Protocol: protocol, Local: local, Remote: remote, Dialed: dialed}}
	}
	closed := func(cause observation.CloseCause) observation.Event {
		return observation.Event{Kind: observation.TransportClose, Conn: "c", Transport: &observation.TransportInfo{Cause: cause}}
	}
	data := func(kind observation.Kind, dir observation.Direction, n int) observation.Event {
		return observation.Event{Kind: kind, Conn: "c", Dir: dir, Bytes: make([]byte, n)}
	}
	media := func(dir observation.Direction, local, remote netip.AddrPort) observation.Event {
		return observation.Event{Kind: observation.Media, Dir: dir, Bytes: make([]byte, 182),
			Media: &observation.MediaInfo{Local: local, Remote: remote}}
	}
	const in, out = observation.In, observation.Out
	for _, test := range []struct {
		name   string
		events []observation.Event
		want   []string
	}{
		{"accepted, ended by the device", []observation.Event{
			open("tls", mock, device, false), data(observation.Wire, in, 10), data(observation.Wire, out, 20),
			data(observation.SIP, in, 5), closed("eof"),
		}, []string{
			"2>1 S 0:0 0", "1>2 SA 0:1 0", "2>1 A 1:1 0",
			"2>1 PA 1:1 10", "1>2 PA 1:11 20",
			"2>1 FA 11:21 0", "1>2 FA 21:12 0", "2>1 A 12:22 0",
		}},
		{"dialled, ended by the mock", []observation.Event{
			open("tcp", mock, device, true), data(observation.Wire, out, 4), closed("local"), closed("local"),
		}, []string{
			"1>2 S 0:0 0", "2>1 SA 0:1 0", "1>2 A 1:1 0",
			"1>2 PA 1:1 4",
			"1>2 FA 5:1 0", "2>1 FA 1:6 0", "1>2 A 6:2 0",
		}},
		{"reset", []observation.Event{open("tcp", mock, device, false), closed("reset")},
			[]string{"2>1 S 0:0 0", "1>2 SA 0:1 0", "2>1 A 1:1 0", "2>1 RA 1:1 0"}},
		{"segment too large for a packet", []observation.Event{open("tcp", mock, device, false), data(observation.Wire, in, 70000)},
			[]string{"2>1 S 0:0 0", "1>2 SA 0:1 0", "2>1 A 1:1 0", "2>1 PA 1:1 65495", "2>1 PA 65496:1 4505"}},
		{"clear TCP without segments", []observation.Event{open("tcp", mock, device, false), data(observation.SIP, in, 9), data(observation.KeepAlive, in, 4)},
			[]string{"2>1 S 0:0 0", "1>2 SA 0:1 0", "2>1 A 1:1 0", "2>1 PA 1:1 9", "2>1 PA 10:1 4"}},
		{"TLS without segments", []observation.Event{open("tls", mock, device, false), data(observation.SIP, in, 9)},
			[]string{"2>1 S 0:0 0", "1>2 SA 0:1 0", "2>1 A 1:1 0"}},
		{"UDP", []observation.Event{open("udp", mock, device, false), data(observation.SIP, in, 9), data(observation.SIPMalformed, in, 3), data(observation.SIP, out, 7), closed("local")},
			[]string{"2>1 udp 9", "2>1 udp 3", "1>2 udp 7"}},
		{"UDP with segments", []observation.Event{open("udp", mock, device, false), data(observation.Wire, in, 9), data(observation.SIP, in, 9)},
			[]string{"2>1 udp 9"}},
		{"IPv6 with a zone", []observation.Event{open("udp", mock6, device6, false), data(observation.Wire, in, 9), media(out, mock6, device6)},
			[]string{"2>1 udp 9", "1>2 udp 182"}},
		{"IPv4 in IPv6", []observation.Event{media(in, mock, netip.MustParseAddrPort("[::ffff:127.0.0.2]:2"))},
			[]string{"2>1 udp 182"}},
		{"addresses of two versions, or none", []observation.Event{media(in, mock6, device), media(in, mock, netip.AddrPort{}), open("tcp", mock, netip.AddrPort{}, false), data(observation.Wire, in, 1), closed("eof")},
			nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			packets := captureOf(t, test.events)
			var got []string
			for _, p := range packets {
				got = append(got, describe(p))
			}
			if strings.Join(got, "\n") != strings.Join(test.want, "\n") {
				t.Errorf("packets:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(test.want, "\n"))
			}
		})
	}
}

func TestCaptureTimes(t *testing.T) {
	t.Parallel()
	events := []observation.Event{{Kind: observation.Media, At: 1500 * time.Millisecond, Bytes: []byte{0x80},
		Media: &observation.MediaInfo{Local: mockMedia, Remote: phoneMedia}}}
	packets := captureOf(t, events)
	if got, want := packets[0].Metadata().Timestamp, time.Unix(1e9+1, 5e8); !got.Equal(want) {
		t.Errorf("packet is of %v, want %v", got, want)
	}
}

// FuzzCapture: no payload and no address makes the writer fail.
func FuzzCapture(f *testing.F) {
	f.Add([]byte(register), "127.0.0.1", "127.0.0.2", uint16(5061), true)
	f.Add([]byte{}, "::1", "127.0.0.2", uint16(0), false)
	f.Fuzz(func(t *testing.T, payload []byte, local, remote string, port uint16, udp bool) {
		l, _ := netip.ParseAddr(local)
		r, _ := netip.ParseAddr(remote)
		open := observation.TransportInfo{Protocol: "tls", Local: netip.AddrPortFrom(l, port), Remote: netip.AddrPortFrom(r, 2)}
		if udp {
			open.Protocol = "udp"
		}
		events := []observation.Event{
			{Kind: observation.TransportOpen, Conn: "c", Transport: &open},
			{Kind: observation.TLSKeyLog, Text: string(payload)},
			{Kind: observation.Wire, Conn: "c", Dir: observation.In, Bytes: payload},
			{Kind: observation.Media, Dir: observation.Out, Bytes: payload, Media: &observation.MediaInfo{Local: open.Local, Remote: open.Remote}},
			{Kind: observation.TransportClose, Conn: "c", Transport: &open},
		}
		var out bytes.Buffer
		if err := writeCapture(bufio.NewWriter(&out), events, Options{}); err != nil {
			t.Fatal(err)
		}
	})
}

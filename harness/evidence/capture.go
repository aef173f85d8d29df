package evidence

import (
	"bufio"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"

	"github.com/sipconform/sipconform/mocks/observation"
)

// writeCapture writes the packets of every connection, media socket and question about a name as pcapng,
// with the TLS keys in a Decryption Secrets Block before them. The payloads are
// what crossed the wire. The Ethernet, IP, TCP and UDP headers are made up from
// the addresses seen, so that no packet socket, and no right to open one, is
// needed.
//
// A connection whose segments were not recorded is shown by its SIP messages if
// they crossed the wire in clear, and left out otherwise.
func writeCapture(out *bufio.Writer, events []observation.Event, opts Options) error {
	c, err := newCapture(out, opts.Start, "Payloads, addresses and times are as seen; Ethernet, IP, TCP and UDP headers are "+
		"made up around them."+
		missing(events))
	if err != nil {
		return err
	}
	if keys := keyLog(events); keys != "" {
		if err := c.w.WriteDecryptionSecretsBlock(pcapgo.DSB_SECRETS_TYPE_TLS, []byte(keys)); err != nil {
			return err
		}
	}
	c.recorded = make(map[string]bool)
	for i := range events {
		if events[i].Kind == observation.Wire && len(events[i].Bytes) > 0 {
			c.recorded[events[i].Conn] = true
		}
	}
	for i := range events {
		if err := c.event(&events[i]); err != nil {
			return fmt.Errorf("observation %d: %w", events[i].Seq, err)
		}
	}
	return c.w.Flush()
}

// keyLog returns every key-log line seen, in the NSS format that Wireshark reads.
func keyLog(events []observation.Event) string {
	var keys strings.Builder
	for i := range events {
		if e := &events[i]; e.Kind == observation.TLSKeyLog {
			for line := range strings.Lines(e.Text) {
				keys.WriteString(strings.TrimRight(line, "\r\n"))
				keys.WriteByte('\n')
			}
		}
	}
	return keys.String()
}

// The largest payloads in one packet. IPv6 would allow 20 bytes more.
const (
	maxSegment  = 65535 - 20 - 20
	maxDatagram = 65535 - 20 - 8
)

// capture turns observations into packets.
type capture struct {
	w        *pcapgo.NgWriter
	start    time.Time
	buf      gopacket.SerializeBuffer
	streams  map[string]*stream
	recorded map[string]bool // connections whose segments were recorded

	// The layers of the packet being made, reused for every packet.
	ethernet layers.Ethernet
	ip4      layers.IPv4
	ip6      layers.IPv6
	tcp      layers.TCP
	udp      layers.UDP
}

// missing returns a sentence on the packets that the log left out, empty if it has all.
func missing(events []observation.Event) string {
	last := make(map[string]int)
	for i := range events {
		if e := &events[i]; e.Kind == observation.Flood && e.Flood != nil {
			switch e.Flood.Kind {
			case observation.Wire, observation.Media, observation.DNS, observation.SIP, observation.SIPMalformed, observation.KeepAlive:
				last[e.Conn+" "+string(e.Flood.Kind)+" "+string(e.Dir)] = e.Flood.Events
			}
		}
	}
	n := 0
	for _, left := range last {
		n += left
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(" Incomplete: %d segments, messages and datagrams were left out for want of room.", n)
}

// newCapture returns a capture without packets, with a comment for its reader.
func newCapture(out *bufio.Writer, start time.Time, comment string) (*capture, error) {
	if start.IsZero() {
		start = time.Unix(0, 0)
	}
	nic := pcapgo.NgInterface{
		Name:                "sipconform",
		Description:         "headers made up around recorded payloads",
		LinkType:            layers.LinkTypeEthernet,
		TimestampResolution: 9,
	}
	w, err := pcapgo.NewNgWriterInterface(out, nic, pcapgo.NgWriterOptions{
		SectionInfo: pcapgo.NgSectionInfo{
			Application: "sipconform",
			Comment:     comment,
		},
	})
	if err != nil {
		return nil, err
	}
	return &capture{
		w:       w,
		start:   start,
		buf:     gopacket.NewSerializeBufferExpectedSize(64, 2048),
		streams: make(map[string]*stream),
	}, nil
}

func (c *capture) event(e *observation.Event) error {
	switch e.Kind {
	case observation.TransportOpen:
		return c.open(e)
	case observation.TransportClose:
		return c.close(e)
	case observation.Wire:
		return c.payload(e)
	case observation.SIP, observation.SIPMalformed, observation.KeepAlive:
		s := c.streams[e.Conn]
		if e.Framing == observation.Incomplete {
			return nil // its bytes come again, in the whole message
		}
		if s != nil && !c.recorded[e.Conn] && s.protocol != observation.TLS {
			return c.payload(e)
		}
	case observation.DNS:
		return c.question(e)
	case observation.Media:
		m := e.Media
		if m == nil || len(e.Bytes) == 0 {
			return nil
		}
		if path, ok := newRoute(m.Remote, m.Local, e.Dir == observation.Out); ok {
			return c.datagram(e.At, path, e.Bytes)
		}
	}
	return nil
}

// payload writes the bytes of an event on its connection.
func (c *capture) payload(e *observation.Event) error {
	s := c.streams[e.Conn]
	if s == nil {
		return nil
	}
	if s.protocol == observation.UDP {
		return c.datagram(e.At, s.route(e.Dir == observation.Out), e.Bytes)
	}
	return c.segments(e.At, s, e.Dir == observation.Out, e.Bytes)
}

// route is where a packet goes from and to.
type route struct {
	from, to netip.AddrPort
	out      bool // from the mock
}

// newRoute returns the route between a device's and a mock's address. It reports
// whether there is one: both addresses must be known and of one IP version.
func newRoute(device, mock netip.AddrPort, out bool) (route, bool) {
	device = netip.AddrPortFrom(device.Addr().Unmap(), device.Port())
	mock = netip.AddrPortFrom(mock.Addr().Unmap(), mock.Port())
	ok := device.IsValid() && mock.IsValid() && device.Addr().Is4() == mock.Addr().Is4()
	if out {
		return route{mock, device, true}, ok
	}
	return route{device, mock, false}, ok
}

func (c *capture) datagram(at time.Duration, path route, payload []byte) error {
	c.udp = layers.UDP{
		SrcPort: layers.UDPPort(path.from.Port()),
		DstPort: layers.UDPPort(path.to.Port()),
	}
	return c.packet(at, path, &c.udp, layers.IPProtocolUDP, payload[:min(len(payload), maxDatagram)])
}

// transport is a layer whose checksum covers addresses of the network layer.
type transport interface {
	gopacket.SerializableLayer
	SetNetworkLayerForChecksum(gopacket.NetworkLayer) error
}

// Locally administered addresses, which belong to no hardware.
var (
	deviceMAC = []byte{2, 0, 0, 0, 0, 1}
	mockMAC   = []byte{2, 0, 0, 0, 0, 2}
)

// packet writes one packet. All packets made for one event share its time.
func (c *capture) packet(at time.Duration, path route, upper transport, protocol layers.IPProtocol, payload []byte) error {
	c.ethernet = layers.Ethernet{SrcMAC: deviceMAC, DstMAC: mockMAC, EthernetType: layers.EthernetTypeIPv4}
	if path.out {
		c.ethernet.SrcMAC, c.ethernet.DstMAC = mockMAC, deviceMAC
	}
	from, to := path.from.Addr().WithZone(""), path.to.Addr().WithZone("")
	var network interface {
		gopacket.NetworkLayer
		gopacket.SerializableLayer
	}
	if from.Is4() {
		c.ip4 = layers.IPv4{
			Version: 4, IHL: 5, TTL: 64, Flags: layers.IPv4DontFragment, Protocol: protocol,
			SrcIP: from.AsSlice(), DstIP: to.AsSlice(),
		}
		network = &c.ip4
	} else {
		c.ethernet.EthernetType = layers.EthernetTypeIPv6
		c.ip6 = layers.IPv6{
			Version: 6, HopLimit: 64, NextHeader: protocol,
			SrcIP: from.AsSlice(), DstIP: to.AsSlice(),
		}
		network = &c.ip6
	}
	if err := upper.SetNetworkLayerForChecksum(network); err != nil {
		return err
	}
	options := gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}
	if err := gopacket.SerializeLayers(c.buf, options, &c.ethernet, network, upper, gopacket.Payload(payload)); err != nil {
		return err
	}
	data := c.buf.Bytes()
	return c.w.WritePacket(gopacket.CaptureInfo{
		Timestamp:     c.start.Add(at),
		CaptureLength: len(data),
		Length:        len(data),
	}, data)
}

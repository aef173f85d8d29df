package media

import (
	"encoding/binary"
	"testing"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"

	"github.com/sipconform/sipconform/mocks/observation"
)

func TestForeign(t *testing.T) {
	t.Parallel()
	for name, packet := range map[string][]byte{
		"STUN":             {0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42},
		"ZRTP":             {16, 0, 0, 0},
		"DTLS":             {22, 254, 253, 0},
		"TURN channel":     {64, 0, 0, 0},
		"unknown protocol": {255, 1, 2, 3},
		"empty datagram":   {},
		"truncated RTP":    {0x80, 0, 0, 1},
		"truncated RTCP":   {0x80, 200, 0, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, keys := range []*Keying{nil, keying(t, cm80, 1)} {
				e := judged(newReceiver(t, nil, keys), packet)
				if e.Media.Class != observation.Foreign || e.Text != name || e.Media.Payload != len(packet) {
					t.Errorf("%s %q of %d bytes", e.Media.Class, e.Text, e.Media.Payload)
				}
			}
		})
	}
	if got := demux([]byte{0x80, 0xc8 &^ 0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}); got != kindRTP {
		t.Errorf("marker and payload type 8 are %s", got)
	}
}

// TestReceived reads the peer's count from reports, sound or not.
func TestReceived(t *testing.T) {
	t.Parallel()
	r, d := newReceiver(t, nil, nil), newDevice(t, keying(t, cm80, 1))
	for _, tt := range []struct {
		ssrc, highest, lost, want uint32
	}{
		{ourSSRC, ourFirst, 0, 1},
		{ourSSRC, ourFirst + 9, 3, 7},
		{ourSSRC, 1<<16 + ourFirst - 1, 0, 1 << 16},
		{ourSSRC, 0, 0, 0},           // before anything was heard
		{ourSSRC, 10, 100000, 0},     // nonsense
		{0xdeadbeef, ourFirst, 0, 0}, // somebody else's stream
	} {
		if got := judged(r, d.report(tt.ssrc, tt.highest, tt.lost)).Media.Received; got != tt.want {
			t.Errorf("highest %d, lost %d: %d, want %d", tt.highest, tt.lost, got, tt.want)
		}
	}
	negative := d.report(ourSSRC, ourFirst+9, 0) // duplicates make the loss negative
	copy(negative[13:], []byte{0xff, 0xff, 0xfe})
	if got := judged(r, negative).Media.Received; got != 12 {
		t.Errorf("with a loss of -2: %d, want 12", got)
	}
}

func TestParseRTCP(t *testing.T) {
	t.Parallel()
	d := newDevice(t, keying(t, cm80, 1))
	good := d.report(1, 2, 3)
	tests := []struct {
		name   string
		packet []byte
		want   bool
	}{
		{"receiver report and description", good, true},
		{"feedback only", []byte{0x81, 205, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2}, true},
		{"too long by a byte", append(good[:len(good):len(good)], 0), false},
		{"too short by a byte", good[:len(good)-1], false},
		{"wrong version behind", append(good[:len(good):len(good)], 0x40, 202, 0, 0), false},
		{"audio behind", append(good[:len(good):len(good)], 0x80, 0, 0, 0), false},
		{"more blocks than room", []byte{0x82, 201, 0, 1, 0, 0, 0, 1}, false},
		{"sender report without its numbers", []byte{0x80, 200, 0, 1, 0, 0, 0, 1}, false},
		{"empty", nil, false},
	}
	for _, tt := range tests {
		if _, ok := parseRTCP(tt.packet); ok != tt.want {
			t.Errorf("%s: %v", tt.name, ok)
		}
	}
}

// FuzzDemux checks that what passes for RTP or RTCP has a header, and that every other datagram has a name.
func FuzzDemux(f *testing.F) {
	for _, seed := range [][]byte{
		{}, {0, 1}, {16}, {22}, {64}, {128}, {255}, {0x80, 200, 0, 1, 0, 0, 0, 1}, {0x80, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 9},
		{0xb1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 2, 3, 4, 0xbe, 0xde, 0, 1, 0x10, 1, 0, 0, 7, 7, 7, 2},
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, datagram []byte) {
		switch got := demux(datagram); got {
		case kindRTP:
			h, ok := parseRTP(datagram)
			if !ok || h.length < 12 || h.length > len(datagram) || datagram[0]>>6 != 2 {
				t.Fatalf("%x passes for RTP, with a header of %d bytes (%v)", datagram, h.length, ok)
			}
			if payload := payloadOf(datagram, h.length); len(payload) > len(datagram)-h.length {
				t.Fatalf("%x has a payload of %d bytes", datagram, len(payload))
			}
			var theirs rtp.Header
			if n, err := theirs.Unmarshal(datagram); err == nil && (header{
				marker: theirs.Marker, payloadType: theirs.PayloadType, sequence: theirs.SequenceNumber,
				timestamp: theirs.Timestamp, ssrc: theirs.SSRC, length: n,
			}) != h {
				t.Fatalf("the header of %x is %+v for pion/rtp, %+v here", datagram, theirs, h)
			}
		case kindRTCP:
			if len(datagram) < rtcpHeader || datagram[0]>>6 != 2 {
				t.Fatalf("%x passes for RTCP", datagram)
			}
		case "":
			t.Fatalf("%x has no name", datagram)
		default:
			if _, ok := parseRTCP(datagram); ok {
				t.Fatalf("%x passes for %s, but is RTCP", datagram, got)
			}
		}
	})
}

// FuzzParseRTCP compares what a compound says with what pion/rtcp reads.
func FuzzParseRTCP(f *testing.F) {
	d := newDevice(f, keying(f, cm80, 1))
	sr, err := rtcp.Marshal([]rtcp.Packet{
		&rtcp.SenderReport{SSRC: 1, NTPTime: 1 << 40, Reports: []rtcp.ReceptionReport{{SSRC: 2, TotalLost: 3, LastSequenceNumber: 4}}},
		&rtcp.Goodbye{Sources: []uint32{1}, Reason: "over"},
	})
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range [][]byte{
		d.report(1, 2, 3), sr, {0x81, 205, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2}, {0x82, 201, 0, 1, 0, 0, 0, 1}, {0x80, 200, 0, 1, 0, 0, 0, 1}, {},
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, datagram []byte) {
		c, ok := parseRTCP(datagram)
		if !ok {
			return
		}
		if c.sender != binary.BigEndian.Uint32(datagram[4:]) || len(datagram)%4 != 0 || 24*len(c.reports) > len(datagram) {
			t.Fatalf("%x is read as %+v", datagram, c)
		}
		if _, ok := parseRTCP(datagram[:len(datagram)-1]); ok {
			t.Fatalf("%x without its last byte is RTCP", datagram)
		}
		packets, err := rtcp.Unmarshal(datagram)
		if err != nil {
			return // it reads more of each packet
		}
		var theirs []rtcp.ReceptionReport
		for _, p := range packets {
			switch p := p.(type) {
			case *rtcp.SenderReport:
				theirs = append(theirs, p.Reports...)
			case *rtcp.ReceiverReport:
				theirs = append(theirs, p.Reports...)
			}
		}
		if len(theirs) != len(c.reports) {
			t.Fatalf("%x has %d report blocks for pion/rtcp, %d here", datagram, len(theirs), len(c.reports))
		}
		for i, r := range c.reports {
			if r.ssrc != theirs[i].SSRC || uint32(r.lost)&0xffffff != theirs[i].TotalLost || r.highest != theirs[i].LastSequenceNumber {
				t.Fatalf("block %d of %x is %+v for pion/rtcp, %+v here", i, datagram, theirs[i], r)
			}
		}
	})
}

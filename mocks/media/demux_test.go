package media

import (
	"testing"

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

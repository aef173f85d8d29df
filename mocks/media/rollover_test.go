package media

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"github.com/sipconform/sipconform/mocks/srtp"
)

func TestRollover(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		highest  uint64
		sequence uint16
		want     uint32
	}{
		"the next packet":                     {highest: 5<<16 | 10, sequence: 11, want: 5},
		"the same packet":                     {highest: 5<<16 | 10, sequence: 10, want: 5},
		"behind the end":                      {highest: 5<<16 | 0xffff, sequence: 0, want: 6},
		"late, from before the end":           {highest: 5<<16 | 1, sequence: 0xfffe, want: 4},
		"half the range ahead":                {highest: 5<<16 | 10, sequence: 10 + 1<<15, want: 5},
		"more than half the range ahead":      {highest: 5<<16 | 10, sequence: 11 + 1<<15, want: 4},
		"half the range behind":               {highest: 5<<16 | 0xffff, sequence: 0x7fff, want: 5},
		"more than half the range behind":     {highest: 5<<16 | 0xffff, sequence: 0x7ffe, want: 6},
		"a jump ahead before any rollover":    {highest: 10, sequence: 40000, want: 0},
		"a late packet before any rollover":   {highest: 1, sequence: 0xffff, want: 0},
		"the last counter wraps, RFC 3711 §9": {highest: 0xffffffff<<16 | 0xffff, sequence: 0, want: 0},
	} {
		if got := rollover(tt.highest, tt.sequence); got != tt.want {
			t.Errorf("%s: %d, want %d", name, got, tt.want)
		}
	}
}

// TestRolloverLikePion has pion/srtp follow a stream of random sequence numbers on its own: it estimates as we do.
func TestRolloverLikePion(t *testing.T) {
	t.Parallel()
	p, err := keying(t, cm80, 1).check()
	if err != nil {
		t.Fatal(err)
	}
	second, err := p.second()
	if err != nil {
		t.Fatal(err)
	}
	engine, err := srtp.New(p.Suite, p.Key.Material)
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	packet := append([]byte{0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, "sound"...)
	streams := make(indexes)
	counter := uint32(0)
	for range 5000 {
		sequence := uint16(random.Uint32())
		if highest, begun := streams[1]; begun {
			counter = rollover(highest, sequence)
		}
		streams.note(1, counter, sequence)
		binary.BigEndian.PutUint16(packet[2:], sequence)
		sealed, _ := engine.SealRTP(packet, counter, engine.RTP())
		if _, err := second.DecryptRTP(nil, sealed, nil); err != nil {
			t.Fatalf("sequence number %d after index %d: pion expects another counter than %d", sequence, streams[1], counter)
		}
	}
	if counter < 100 {
		t.Errorf("the stream came to rollover counter %d only", counter)
	}
}

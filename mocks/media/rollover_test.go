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

// TestManySources sends packets of ever new sources, most of which do not authenticate, beside a stream whose counter rises:
// what the other implementation keeps of them is bounded, and the two go on agreeing on the stream.
func TestManySources(t *testing.T) {
	t.Parallel()
	p, err := keying(t, cm80, 1).check()
	if err != nil {
		t.Fatal(err)
	}
	engine, err := srtp.New(p.Suite, p.Key.Material)
	if err != nil {
		t.Fatal(err)
	}
	o, err := newOpener(*p, nil, func(text string) { t.Error(text) })
	if err != nil {
		t.Fatal(err)
	}
	first, contexts := o.second, 1
	packet := append([]byte{0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, "sound"...)
	foreign := append([]byte{0x80, 0, 0, 0, 0, 0, 0, 0, 0xff, 0, 0, 1}, "noise that has no tag of the key"...)
	for i := range 3 * maxFed {
		binary.BigEndian.PutUint16(packet[2:], uint16(i*64))
		sealed, _ := engine.SealRTP(packet, uint32(i>>10), engine.RTP())
		h, _ := parseRTP(sealed)
		if opened, ok := o.openRTP(sealed, h); !ok || opened.rollover != uint32(i>>10) {
			t.Fatalf("packet %d opens: %v, under counter %d", i, ok, opened.rollover)
		}
		binary.BigEndian.PutUint32(foreign[8:], uint32(i)|1<<31)
		h, _ = parseRTP(foreign)
		if _, ok := o.openRTP(foreign, h); ok {
			t.Fatal("a packet without a tag opens")
		}
		if o.fed >= maxFed {
			t.Fatalf("a context has seen %d packets", o.fed)
		}
		if o.second != first {
			first, contexts = o.second, contexts+1
		}
	}
	if contexts < 6 {
		t.Errorf("there were %d contexts", contexts)
	}
}

package media

import (
	"slices"
	"testing"

	"github.com/pion/rtp"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
)

// TestDressed checks that a dressed stream has all that a packet can have, pauses, and can be heard.
func TestDressed(t *testing.T) {
	t.Parallel()
	wire := func(c *Config) { c.Wire = true }
	mock, log := listenOn(t, wire)
	phone, heardLog := listenOn(t)
	start(t, phone, Session{Remote: mock.Addr()})
	start(t, mock, Session{Remote: phone.Addr(), Dressed: true})
	var last rtp.Header
	sent := 0
	testkit.Await(t, log, observation.Media, func(e observation.Event) bool {
		if e.Dir != observation.Out || e.Media.Class != observation.ClearRTP {
			return false
		}
		var p rtp.Packet
		if err := p.Unmarshal(e.Bytes); err != nil {
			t.Error(err)
		}
		if len(p.CSRC) != dressedContributors || p.GetExtension(1) == nil || p.PaddingSize != dressedPadding || len(p.Payload) != samplesPerPacket {
			t.Errorf("packet %d is %v", sent, p)
		}
		gap := uint32(samplesPerPacket)
		if sent%dressedTalk == 0 {
			gap += dressedPause * samplesPerPacket
		}
		if sent > 0 && (p.SequenceNumber != last.SequenceNumber+1 || p.Timestamp != last.Timestamp+gap) || p.Marker != (sent%dressedTalk == 0) {
			t.Errorf("packet %d is %v, after %v", sent, p.Header, last)
		}
		last = p.Header
		sent++
		return sent > 2*dressedTalk
	})
	testkit.Await(t, heardLog, observation.Media, func(e observation.Event) bool {
		off := e.Media.Tone - DefaultTone
		return e.Media.Class == observation.ClearRTP && e.Media.Payload == samplesPerPacket && abs(off) <= ToneTolerance
	})
}

// TestNobodyPlaysTheDressing checks that no device which plays what is not audio is taken for one that plays a tone,
// whatever the tone is: whether it knows none of what a packet carries, or all but one thing.
func TestNobodyPlaysTheDressing(t *testing.T) {
	t.Parallel()
	for _, law := range []uint8{PCMU, PCMA} {
		d := newDressing(law)
		header := encodeAudio(law, noise(4*dressedContributors))
		elements := slices.Repeat(append([]byte{2<<4 | mostElement - 1}, d.element...), dressedElements)
		extension := slices.Concat([]byte{0xbe, 0xde, 0, 18, 1 << 4, 20}, elements, []byte{0, 0})
		padding := append(slices.Clone(d.padding), dressedPadding)
		for name, around := range map[string][2][]byte{
			"contributors":     {header},
			"the extension":    {extension},
			"padding":          {nil, padding},
			"the whole header": {slices.Concat(header, extension)},
			"everything":       {slices.Concat(header, extension), padding},
		} {
			for hz := 300; hz <= 2900; hz += 50 {
				if most := heardDressed(law, hz, around); most > 2 { // those with which it begins, after a pause
					t.Fatalf("%d Hz is heard by who plays %s, in %d packets of 25 under payload type %d", hz, name, most, law)
				}
			}
			if most := heardDressed(law, 1000, [2][]byte{}); most < 17 {
				t.Errorf("the tone is found in %d packets of 25 of who plays nothing else, under payload type %d", most, law)
			}
		}
	}
}

// heardDressed returns in how many of 25 packets, at most, a tone is found that come back from a device that plays what is
// around the audio of a dressed stream too. It sends silence in a pause, and its packets begin anywhere in ours.
func heardDressed(law uint8, hz int, around [2][]byte) (most int) {
	const turn = dressedTalk + dressedPause
	var back []int16
	tone := sine(hz)
	for i := range 4 * turn {
		if i%turn >= dressedTalk {
			back = append(back, make([]int16, samplesPerPacket)...)
			continue
		}
		audio := encodeAudio(law, tone[i%50*samplesPerPacket:][:samplesPerPacket])
		played, _ := decodeAudio(nil, law, slices.Concat(around[0], audio, around[1]))
		back = append(back, played...)
	}
	for first := 0; first < samplesPerPacket; first += 20 {
		var d detector
		var heard []int // packets with the tone
		n := 0
		for packet := range slices.Chunk(back[first:], samplesPerPacket) {
			n++
			d.feed(packet)
			if abs(d.tone()-hz) <= ToneTolerance {
				heard = append(heard, n)
			}
			for len(heard) > 0 && heard[0] <= n-25 {
				heard = heard[1:]
			}
			most = max(most, len(heard))
		}
	}
	return most
}

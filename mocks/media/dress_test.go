package media

import (
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
		if len(p.CSRC) != 2 || p.GetExtension(1) == nil || p.PaddingSize != 8 || len(p.Payload) != samplesPerPacket {
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

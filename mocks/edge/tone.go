package edge

import (
	"encoding/binary"

	"github.com/sipconform/sipconform/mocks/media"
)

// Tones are drawn between these frequencies in Hz: below, small loudspeakers are deaf; above, some codecs are.
const (
	lowestTone  = 300
	highestTone = 2900
	// Of a multiple of this frequency a packet of 20 ms has whole periods, so that the tone goes on where the packets
	// before are lost or out of order.
	toneStep = 50
)

// tone draws the frequency in Hz of a tone that is far from before, and from the test frequency that devices play by
// themselves.
func (e *Edge) tone(before int) int {
	const apart = 5 * media.ToneTolerance
	for {
		var b [2]byte
		randomness{e}.Read(b[:])
		tone := lowestTone + int(binary.BigEndian.Uint16(b[:]))%((highestTone-lowestTone)/toneStep)*toneStep
		if max(tone-before, before-tone) > apart && max(tone-media.DefaultTone, media.DefaultTone-tone) > apart {
			return tone
		}
	}
}

// Retune changes the tone that the device hears in each of its calls. A device that sends the new one back has heard
// it.
func (e *Edge) Retune() {
	for _, c := range e.open() {
		c.retune()
	}
}

func (c *call) retune() {
	c.negotiating.Lock()
	defer c.negotiating.Unlock()
	if c.agreed == nil || c.over() {
		return
	}
	c.tone = c.edge.tone(c.tone)
	s := *c.agreed
	s.Tone = c.tone
	if err := c.begin(s); err != nil && !c.over() {
		c.unexpected(err)
	}
}

// Collide has the vendor's media go on under the SSRC of the device's own, with another tone. It reports whether the device
// has sent media to take that from.
func (c *Call) Collide() bool {
	c.call.negotiating.Lock()
	defer c.call.negotiating.Unlock()
	if c.call.agreed == nil || c.call.over() {
		return false
	}
	c.call.tone = c.call.edge.tone(c.call.tone)
	return c.call.media.Collide(c.call.tone)
}

// NewSource has the vendor's media go on under another SSRC, with another tone. After so
// many packets its sequence numbers wrap, and the tone changes once more.
func (c *Call) NewSource(wrapsAfter uint16) {
	c.call.negotiating.Lock()
	defer c.call.negotiating.Unlock()
	if c.call.agreed == nil || c.call.over() {
		return
	}
	first := c.call.edge.tone(c.call.tone)
	c.call.tone = c.call.edge.tone(first)
	c.call.media.NewSource(wrapsAfter, first, c.call.tone)
}

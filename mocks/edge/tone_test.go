package edge

import (
	"testing"

	"github.com/sipconform/sipconform/mocks/media"
)

// TestTones checks that tones are far from each other and from the one that devices play by themselves, and that a packet
// has whole periods of each.
func TestTones(t *testing.T) {
	t.Parallel()
	e := started(t, config(product(t, "twilio-voice"), nil))
	before := 0
	for range 1000 {
		tone := e.tone(before)
		near := func(other int) bool { return max(tone-other, other-tone) <= 5*media.ToneTolerance }
		if tone < lowestTone || tone >= highestTone || tone*20%1000 != 0 || near(before) || near(media.DefaultTone) {
			t.Fatalf("after %d Hz comes %d", before, tone)
		}
		before = tone
	}
}

package media

import (
	"testing"

	"github.com/sipconform/sipconform/mocks/observation"
)

// TestDerivationRate: with a key derivation rate, packets and reports of every round authenticate, though one implementation
// alone opens them. Those of a device that derives once do not, beyond the first round.
func TestDerivationRate(t *testing.T) {
	t.Parallel()
	for suite := range profiles {
		theirs := keying(t, suite, 1)
		theirs.Rate = 4
		s, r, d := sealerOf(t, theirs), newReceiver(t, nil, theirs), newDevice(t, theirs)
		for i := range 10 {
			packet, err := s.rtp(d.clear(PCMU, DefaultTone))
			if err != nil {
				t.Fatal(err)
			}
			if m := judged(r, packet).Media; m.Class != observation.AuthenticRTP || m.Diagnosis != "" || m.Payload != 160 {
				t.Errorf("%s, packet %d: %+v", suite, i, m)
			}
			report, err := s.rtcp(d.report(ourSSRC, ourFirst, 0))
			if err != nil {
				t.Fatal(err)
			}
			if m := judged(r, report).Media; m.Class != observation.AuthenticRTCP || m.Index != uint32(i) {
				t.Errorf("%s, report %d: %+v", suite, i, m)
			}
		}
		if m := judged(r, d.tone()).Media; m.Class != observation.BadTag || m.Diagnosis != NoDerivation {
			t.Errorf("%s, derived once: %+v", suite, m)
		}
		for _, e := range r.log.Events() {
			if e.Kind == observation.Fault {
				t.Errorf("%s: %s", suite, e.Text)
			}
		}
	}
}

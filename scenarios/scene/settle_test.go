package scene

import (
	"testing"
	"time"

	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/mocks/observation"
)

// TestTalksOn: a call that goes on and on is seen through once enough of it was heard and nothing else came for a while.
func TestTalksOn(t *testing.T) {
	t.Parallel()
	const packet = 20 * time.Millisecond
	for name, c := range map[string]struct {
		dir    observation.Direction
		other  observation.Kind // at each packet of its number
		at     int
		packet time.Duration
		want   time.Duration // 0 for never in 20 s
	}{
		"nothing but media":               {observation.In, "", 0, packet, talkWait},
		"only the vendor sends":           {observation.Out, "", 0, packet, 0},
		"a message after four seconds":    {observation.In, observation.SIP, 200, packet, 4*time.Second + talkWait},
		"statistics after four seconds":   {observation.In, observation.Device, 200, packet, talkWait},
		"a connection after four seconds": {observation.In, observation.TransportOpen, 200, packet, 4*time.Second + talkWait},
		"too few packets":                 {observation.In, "", 0, 5 * time.Second, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			over := talksOn()
			var got time.Duration
			for i, at := 0, time.Second; got == 0 && at < 21*time.Second; i, at = i+1, at+c.packet {
				if c.other != "" && i == c.at && over(observation.Event{At: at, Kind: c.other}) {
					t.Error("it is over at something else than media")
				}
				if over(observation.Event{At: at, Kind: observation.Media, Dir: c.dir}) {
					got = at - time.Second
				}
			}
			if got != c.want {
				t.Errorf("it is over after %s, want %s", got, c.want)
			}
		})
	}
	if judge.MediaAwaited*packet >= talkWait {
		t.Error("the packets that are waited for take longer than the wait")
	}
}

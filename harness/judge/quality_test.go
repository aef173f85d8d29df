package judge_test

import (
	"strings"
	"testing"

	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/mocks/observation"
)

// TestQuality: what a report says of a stream besides the verdict. A story has a packet of 20 ms every millisecond.
func TestQuality(t *testing.T) {
	t.Parallel()
	digit := func(i int, m *observation.MediaInfo, at, event int) {
		if i >= at && i < at+3 {
			m.PayloadType, m.Payload, m.Event, m.Timestamp = 101, 4, event, uint32(event)
		}
	}
	for name, c := range map[string]struct {
		change func(i int, m *observation.MediaInfo)
		want   string
	}{
		"as agreed": {nil, "agreed: 20 ms a packet, 0 lost, jitter 129 (16.1 ms)"},
		"short packets": {func(i int, m *observation.MediaInfo) { m.Payload, m.Timestamp = 80, uint32(80*i) },
			"agreed: 10 ms a packet, 0 lost, jitter 61 (7.6 ms)"},
		"loss": {func(i int, m *observation.MediaInfo) {
			if i > 10 {
				m.Sequence += 7
			}
		}, "agreed: 20 ms a packet, 7 lost, jitter 129 (16.1 ms)"},
		"a level": {func(i int, m *observation.MediaInfo) { m.Level = -20 },
			"agreed: 20 ms a packet, 0 lost, jitter 129 (16.1 ms), level -20 dBov"},
		"the level of audio and silence": {func(i int, m *observation.MediaInfo) { m.Level = []int{-127, -20}[i%2] },
			"agreed: 20 ms a packet, 0 lost, jitter 129 (16.1 ms), level -23 dBov"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if r := judge.SoundRTP(judge.NewView(conversing().speaks(30, c.change).events)); !strings.HasSuffix(r.Observed, c.want) {
				t.Errorf("%s (%s), want %s", r.Observed, r.Cause, c.want)
			}
		})
	}
	dialling := conversing().out("tls-1", "INVITE 2", strings.Replace(sdp("audio 4000 RTP/SAVP"), "SAVP 0", "SAVP 0 101", 1)).
		speaks(30, func(i int, m *observation.MediaInfo) { digit(i, m, 4, 6); digit(i, m, 9, 12); digit(i, m, 15, 20) })
	if r := judge.SoundRTP(judge.NewView(dialling.events)); !strings.HasSuffix(r.Observed, ", digits 5#") {
		t.Errorf("%s (%s)", r.Observed, r.Cause)
	}
}

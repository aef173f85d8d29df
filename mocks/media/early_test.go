package media

import (
	"testing"

	"github.com/sipconform/sipconform/mocks/observation"
)

// TestEarlyMediaOfManyCalls has early media wait at many endpoints of one mock: what all of them keep is bounded, what is
// beyond is logged without a judgement, and the room is free again once they have judged.
func TestEarlyMediaOfManyCalls(t *testing.T) {
	t.Parallel()
	log, waiting := observation.NewLog(), new(Waiting)
	packet := append([]byte{0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, make([]byte, 32<<10)...)
	var all []*receiver
	for range 3 * maxWaiting / maxEarlyBytes {
		r := &receiver{log: log, waiting: waiting, streams: make(map[uint32]*reception)}
		for range maxEarlyBytes / len(packet) {
			r.take(datagram{bytes: packet})
		}
		all = append(all, r)
	}
	kept := 0
	for _, r := range all {
		for _, d := range r.early {
			kept += len(d.bytes)
		}
	}
	if kept > maxWaiting || kept < maxWaiting/2 {
		t.Errorf("%d bytes wait", kept)
	}
	if e := log.Events(); len(e) == 0 || e[0].Media.Class != observation.Unjudged {
		t.Error("what cannot wait is not logged")
	}
	for _, r := range all {
		r.release()
	}
	if waiting.used != 0 {
		t.Errorf("%d bytes are still taken", waiting.used)
	}
}

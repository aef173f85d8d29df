package media

import (
	"testing"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
)

// TestForks has several answers come to one offer: packets under any of their keys are good, also after the final one,
// until the next offer is answered.
func TestForks(t *testing.T) {
	t.Parallel()
	for name, suites := range map[string][2]string{"one suite": {cm80, cm80}, "two suites": {gcm128, cm32}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			first, second, later := keying(t, suites[0], 1), keying(t, suites[1], 3), keying(t, cm80, 5)
			a, b, c := newDevice(t, first), newDevice(t, second), newDevice(t, later)
			r := &receiver{log: observation.NewLog(), waiting: new(Waiting), streams: make(map[uint32]*reception)}
			authentic := func(d *device) {
				t.Helper()
				for _, packet := range [][]byte{d.tone(), d.sealRTCP(d.report(1, 2, 3))} {
					m := judged(r, packet).Media
					if m.Diagnosis != "" || m.Class != observation.AuthenticRTP && m.Class != observation.AuthenticRTCP {
						t.Errorf("%s %q", m.Class, m.Diagnosis)
					}
				}
			}
			settled := r.expect()
			agree(t, r, nil, first)
			authentic(a)
			fork := func(keys *Keying) {
				t.Helper()
				checked, err := keys.check()
				if err != nil {
					t.Fatal(err)
				}
				if err := r.fork(*checked); err != nil {
					t.Fatal(err)
				}
			}
			fork(second)
			fork(second)
			fork(first)
			authentic(b)
			authentic(a)
			if n := len(r.forks.openers); n != 2 {
				t.Errorf("%d openers", n)
			}
			agree(t, r, nil, second) // which wins
			settled()
			authentic(b)
			authentic(a)

			settled = r.expect()
			agree(t, r, nil, later)
			settled()
			authentic(c)
			for _, d := range []*device{a, b} {
				if m := judged(r, d.tone()).Media; m.Class != observation.BadTag {
					t.Errorf("after the next offer: %s %q", m.Class, m.Diagnosis)
				}
			}
			settled = r.expect()
			agree(t, r, nil, later)
			for i := range uint64(2 * maxForks) {
				fork(keying(t, cm80, 10+i))
			}
			settled()
			if n := len(r.forks.openers); n != maxForks {
				t.Errorf("%d openers, want %d", n, maxForks)
			}
		})
	}
}

// TestProvisional checks which answer starts the stream, which changes it, and which adds keys alone.
func TestProvisional(t *testing.T) {
	t.Parallel()
	device, log := listenOn(t)
	mock, seen := listenOn(t)
	own, first, second, third := keying(t, cm80, 1), keying(t, cm80, 3), keying(t, cm80, 5), keying(t, cm80, 7)
	speaks := func(k *Keying) {
		t.Helper()
		s := Session{Remote: mock.Addr(), Send: k, Receive: own}
		if device.Update(s) != nil {
			start(t, device, s)
		}
	}
	provisional := func(k *Keying) {
		t.Helper()
		if err := mock.Provisional(Session{Remote: device.Addr(), Send: own, Receive: k}); err != nil {
			t.Fatal(err)
		}
	}
	hears := func(on *observation.Log, from int) {
		t.Helper()
		testkit.AwaitFrom(t, on, from, observation.Media, func(e observation.Event) bool {
			return e.Media.Class == observation.AuthenticRTP && e.Media.Diagnosis == ""
		})
	}
	settled := mock.Expect()
	provisional(first)
	speaks(first)
	hears(seen, 0)
	hears(log, 0) // the mock speaks before the final answer
	provisional(second)
	from := len(seen.Events())
	speaks(second)
	hears(seen, from)
	if err := mock.Update(Session{Remote: device.Addr(), Send: own, Receive: second}); err != nil {
		t.Fatal(err)
	}
	settled()
	none(t, seen)
	settled = mock.Expect()
	provisional(third) // of the next offer, so that it replaces them
	settled()
	from = len(seen.Events())
	speaks(third)
	hears(seen, from)
	if mock.Provisional(Session{Remote: device.Addr(), Send: own, Receive: &Keying{Suite: "NO_SUCH_SUITE"}}) == nil {
		t.Error("it takes a suite that it does not have")
	}
	mock.Close()
	if err := mock.Provisional(Session{}); err != ErrClosed {
		t.Errorf("after Close: %v", err)
	}
}

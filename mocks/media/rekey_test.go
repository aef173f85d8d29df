package media

import (
	"net/netip"
	"slices"
	"testing"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sdes"
)

// TestEarlyMedia sends packets before the keys are known.
func TestEarlyMedia(t *testing.T) {
	t.Parallel()
	theirs := keying(t, cm80, 1)
	early := func() (*receiver, *device) {
		return &receiver{log: observation.NewLog(), waiting: new(Waiting), streams: make(map[uint32]*reception)}, newDevice(t, theirs)
	}
	at := datagram{local: netip.MustParseAddrPort("127.0.0.1:4000"), remote: netip.MustParseAddrPort("127.0.0.2:5000")}
	t.Run("waits for its keys", func(t *testing.T) {
		t.Parallel()
		r, d := early()
		buffer := make([]byte, 2000)
		for range 5 {
			at := at
			at.bytes = buffer[:copy(buffer, d.tone())] // the reader's buffer is used again
			r.take(at)
		}
		if e := judged(r, []byte{0, 1}); e.Media.Class != observation.Foreign || e.Seq != 0 {
			t.Fatalf("STUN waits too: %+v", e)
		}
		agree(t, r, nil, theirs)
		events := r.log.Events()
		if len(events) != 6 {
			t.Fatalf("%d events", len(events))
		}
		for i, e := range events[1:] {
			if e.Media.Class != observation.AuthenticRTP || e.Media.Sequence != uint16(1000+i) {
				t.Errorf("event %d: %+v", i, e.Media)
			}
		}
		if got := events[5].Media.Tone; abs(got-1004) > ToneTolerance {
			t.Errorf("tone %d", got)
		}
	})
	t.Run("is bounded", func(t *testing.T) {
		t.Parallel()
		r, d := early()
		at := at
		at.bytes = make([]byte, 1<<16-1)
		copy(at.bytes, d.tone())
		kept := maxEarlyBytes / len(at.bytes)
		for range kept + 3 {
			r.take(at)
		}
		events := r.log.Events()
		if len(events) != 3 || events[0].Media.Class != observation.Unjudged {
			t.Errorf("%d events before the keys", len(events))
		}
		agree(t, r, nil, theirs)
		if n := len(r.log.Events()); n != 3+kept {
			t.Errorf("%d events, want %d", n, 3+kept)
		}
	})
}

// TestRekey changes the key by a new offer and answer, RFC 4568 §7.1.4.
func TestRekey(t *testing.T) {
	t.Parallel()
	for _, suite := range []string{cm80, gcm128} {
		t.Run(suite, func(t *testing.T) {
			t.Parallel()
			before, after := keying(t, suite, 1), keying(t, suite, 3)
			r, old := newReceiver(t, nil, before), newDevice(t, before)
			expect := func(packet []byte, class observation.MediaClass, diagnosis observation.Diagnosis) {
				t.Helper()
				if m := judged(r, packet).Media; m.Class != class || m.Diagnosis != diagnosis {
					t.Fatalf("%s %q, want %s %q", m.Class, m.Diagnosis, class, diagnosis)
				}
			}
			expect(old.tone(), observation.AuthenticRTP, "")
			agree(t, r, nil, before) // the same keys again change nothing
			expect(old.tone(), observation.AuthenticRTP, "")

			agree(t, r, nil, after)
			expect(old.tone(), observation.AuthenticRTP, observation.PreviousKey)
			expect(old.sealRTCP(old.report(1, 2, 3)), observation.AuthenticRTCP, observation.PreviousKey)
			next := newDevice(t, after)
			next.seq = old.seq
			expect(next.tone(), observation.AuthenticRTP, "")
			expect(old.tone(), observation.BadTag, observation.PreviousKey)
			expect(old.sealRTCP(old.report(1, 2, 3)), observation.BadTag, observation.PreviousKey)
			expect(next.tone(), observation.AuthenticRTP, "")
		})
	}
}

// TestRekeyAtTwoSockets: packets under the old key and the new one that come to two sockets have no order.
func TestRekeyAtTwoSockets(t *testing.T) {
	t.Parallel()
	before, after := keying(t, cm80, 1), keying(t, cm80, 3)
	r, old, next := newReceiver(t, nil, before), newDevice(t, before), newDevice(t, after)
	at := func(port uint16, packet []byte) *observation.MediaInfo {
		r.take(datagram{bytes: packet, local: netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), port)})
		events := r.log.Events()
		return events[len(events)-1].Media
	}
	at(4000, old.tone())
	agree(t, r, nil, after)
	next.seq = old.seq + 5
	if m := at(4002, next.tone()); m.Class != observation.AuthenticRTP {
		t.Errorf("at the new port: %s %q", m.Class, m.Diagnosis)
	}
	if m := at(4000, old.tone()); m.Class != observation.AuthenticRTP || m.Diagnosis != observation.PreviousKey {
		t.Errorf("at the old port: %s %q", m.Class, m.Diagnosis)
	}
	if m := at(4002, old.tone()); m.Class != observation.BadTag || m.Diagnosis != observation.PreviousKey {
		t.Errorf("at the new port, under the old key: %s %q", m.Class, m.Diagnosis)
	}
}

// TestExpectedKeys has packets arrive before the answer that brings their keys.
func TestExpectedKeys(t *testing.T) {
	t.Parallel()
	before, after := keying(t, cm80, 1), keying(t, cm80, 3)
	begin := func() (r *receiver, old, next *device, settled func()) {
		r, old, next = newReceiver(t, nil, before), newDevice(t, before), newDevice(t, after)
		if m := judged(r, old.tone()).Media; m.Class != observation.AuthenticRTP {
			t.Fatalf("%s %q", m.Class, m.Diagnosis)
		}
		settled = r.expect()
		next.seq = old.seq + 1
		r.take(datagram{bytes: next.tone()})
		r.take(datagram{bytes: next.sealRTCP(next.report(1, 2, 3))})
		if m := judged(r, old.tone()).Media; m.Class != observation.AuthenticRTP || len(r.log.Events()) != 2 {
			t.Fatalf("under the present key: %s, %d events", m.Class, len(r.log.Events()))
		}
		return r, old, next, settled
	}
	classes := func(r *receiver) (list []observation.MediaClass) {
		for _, e := range r.log.Events()[2:] {
			list = append(list, e.Media.Class)
		}
		return list
	}
	t.Run("they come", func(t *testing.T) {
		t.Parallel()
		r, _, next, settled := begin()
		agree(t, r, nil, after)
		settled()
		settled()
		judged(r, next.tone())
		if got, want := classes(r), []observation.MediaClass{observation.AuthenticRTP, observation.AuthenticRTCP,
			observation.AuthenticRTP}; !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
	t.Run("they do not", func(t *testing.T) {
		t.Parallel()
		r, old, next, settled := begin()
		settled()
		judged(r, next.tone())
		judged(r, old.tone())
		if got, want := classes(r), []observation.MediaClass{observation.BadTag, observation.BadTag, observation.BadTag,
			observation.AuthenticRTP}; !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
	t.Run("two offers at once", func(t *testing.T) {
		t.Parallel()
		r, _, _, settled := begin()
		other := r.expect()
		settled()
		if got := classes(r); len(got) != 0 {
			t.Errorf("judged too early: %q", got)
		}
		agree(t, r, nil, after)
		other()
		if got := classes(r); len(got) != 2 || got[0] != observation.AuthenticRTP {
			t.Errorf("got %q", got)
		}
	})
}

// TestRolloverCounter rolls the sequence number over and then changes the key, both as RFC 3711 says, which keeps the
// counter, and from zero, as some devices do.
func TestRolloverCounter(t *testing.T) {
	t.Parallel()
	for name, roc := range map[string]uint32{"kept": 1, "reset": 0} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before, after := keying(t, cm80, 1), keying(t, cm80, 3)
			r, d := newReceiver(t, nil, before), newDevice(t, before)
			d.seq = 65530
			for range 12 {
				if m := judged(r, d.tone()).Media; m.Class != observation.AuthenticRTP {
					t.Fatalf("sequence number %d: %s %q", m.Sequence, m.Class, m.Diagnosis)
				}
			}
			agree(t, r, nil, after)
			next := newDevice(t, after)
			next.seq = d.seq
			next.context.SetROC(next.ssrc, roc)
			for range 3 {
				if m := judged(r, next.tone()).Media; m.Class != observation.AuthenticRTP || m.Diagnosis != "" {
					t.Fatalf("after the change: %s %q", m.Class, m.Diagnosis)
				}
			}
		})
	}
}

// TestRolloverFaults are the field's: a counter that does not rise when the sequence number wraps, one that begins anew
// under the same key, and one that does not begin with 0 (RFC 3711 §3.3.1).
func TestRolloverFaults(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		began     uint16 // good packets before, from this sequence number
		good      int
		sequence  uint16 // of the faulty packet, and its counter
		counter   uint32
		got, want int
	}{
		"not raised":          {65530, 6, 0, 0, 0, 1},
		"reset":               {65530, 20, 14, 0, 0, 1},
		"begins with 1":       {50, 0, 50, 1, 1, 0},
		"raised without wrap": {1000, 5, 1005, 1, 1, 0},
		"raised by two":       {65530, 6, 0, 2, 2, 1},
	}
	for _, suite := range []string{cm80, cm32, gcm256} {
		for name, tt := range tests {
			t.Run(name+" under "+suite, func(t *testing.T) {
				t.Parallel()
				theirs := keying(t, suite, 1)
				r, d := newReceiver(t, nil, theirs), newDevice(t, theirs)
				d.seq = tt.began
				for range tt.good {
					if m := judged(r, d.tone()).Media; m.Class != observation.AuthenticRTP || m.Diagnosis != "" {
						t.Fatalf("sequence number %d: %s %q", m.Sequence, m.Class, m.Diagnosis)
					}
				}
				d.seq = tt.sequence
				d.context.SetROC(d.ssrc, tt.counter)
				m := judged(r, d.tone()).Media
				if m.Class != observation.BadTag || m.Diagnosis != RolloverCounter || m.Got != tt.got || m.Want != tt.want {
					t.Errorf("%s %q, %d instead of %d", m.Class, m.Diagnosis, m.Got, m.Want)
				}
			})
		}
	}
}

// TestWrapsBeforeTheFirst: a stream whose first packets a network lost may have wrapped already.
func TestWrapsBeforeTheFirst(t *testing.T) {
	t.Parallel()
	theirs := keying(t, gcm256, 1)
	r, d := newReceiver(t, nil, theirs), newDevice(t, theirs)
	d.seq = 2
	d.context.SetROC(d.ssrc, 1)
	for range 3 {
		if m := judged(r, d.tone()).Media; m.Class != observation.AuthenticRTP || m.Rollover != 1 {
			t.Errorf("%s %q, rollover counter %d", m.Class, m.Diagnosis, m.Rollover)
		}
	}
}

// TestSeveralKeys receives under any of the declared keys.
func TestSeveralKeys(t *testing.T) {
	t.Parallel()
	one, two := keying(t, cm80, 1, 0, 1), keying(t, cm80, 2, 0, 2)
	r := newReceiver(t, nil, &Keying{Suite: cm80, Key: one.Key, Others: []sdes.Key{two.Key}})
	d := newDevice(t, two)
	if m := judged(r, d.tone()).Media; m.Class != observation.AuthenticRTP {
		t.Errorf("second key: %s %q", m.Class, m.Diagnosis)
	}
	other := newDevice(t, one)
	other.seq = d.seq
	if m := judged(r, other.tone()).Media; m.Class != observation.AuthenticRTP {
		t.Errorf("first key: %s %q", m.Class, m.Diagnosis)
	}
}

// TestRekeyInCall changes both keys, and then the MKI to send with.
func TestRekeyInCall(t *testing.T) {
	t.Parallel()
	mock, mockLog := listenOn(t)
	phone, phoneLog := listenOn(t)
	a, b := keying(t, cm80, 1, 1), keying(t, cm80, 2)
	start(t, mock, Session{Remote: phone.Addr(), Send: a, Receive: b})
	start(t, phone, Session{Remote: mock.Addr(), Send: b, Receive: a, Tone: 440})
	testkit.Await(t, mockLog, observation.Media, heard(440))

	a2 := &Keying{Suite: cm80, Key: key(t, cm80, 3, 1), Others: []sdes.Key{key(t, cm80, 4, 2)}}
	b2 := keying(t, cm80, 5)
	update := func(e *Endpoint, s Session) {
		t.Helper()
		if err := e.Update(s); err != nil {
			t.Fatal(err)
		}
	}
	before := len(mockLog.Events())
	update(mock, Session{Remote: phone.Addr(), Send: a2, Receive: b2})
	testkit.AwaitFrom(t, mockLog, before, observation.Media, func(e observation.Event) bool {
		return e.Media.Class == observation.AuthenticRTP && e.Media.Diagnosis == observation.PreviousKey
	})
	update(phone, Session{Remote: mock.Addr(), Send: b2, Receive: a2, Tone: 2000})
	after := testkit.AwaitFrom(t, mockLog, before, observation.Media, heard(2000))
	if first := datagrams(mockLog)[0].Media; first.SSRC != after.Media.SSRC {
		t.Error("a new key began a new stream")
	}

	mark := len(phoneLog.Events())
	swapped := &Keying{Suite: cm80, Key: a2.Others[0], Others: []sdes.Key{a2.Key}}
	update(mock, Session{Remote: phone.Addr(), Send: swapped, Receive: b2, Tone: 440})
	testkit.AwaitFrom(t, phoneLog, mark, observation.Media, heard(440))
	for _, e := range phoneLog.Events()[mark:] {
		if e.Kind == observation.Media && e.Media.Class == observation.BadTag {
			t.Fatalf("%+v", e.Media)
		}
	}
}

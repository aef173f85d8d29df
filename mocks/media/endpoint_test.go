package media

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sdes"
)

// TestBackToBack has one endpoint send a tone and another echo it, under every suite, with and without MKI.
func TestBackToBack(t *testing.T) {
	t.Parallel()
	for _, suite := range sdes.SuiteNames() {
		for name, mki := range map[string][]byte{"": nil, " with MKI": {0, 1}} {
			t.Run(suite+name, func(t *testing.T) {
				t.Parallel()
				mock, mockLog := listenOn(t)
				phone, phoneLog := listenOn(t)
				a, b := keying(t, suite, 1, mki...), keying(t, suite, 2)
				start(t, mock, Session{Remote: phone.Addr(), Send: a, Receive: b})
				start(t, phone, Session{Remote: mock.Addr(), Send: b, Receive: a, Echo: true, PayloadType: PCMA})

				testkit.Await(t, phoneLog, observation.Media, heard(1004))
				testkit.Await(t, mockLog, observation.Media, heard(1004))
				reported := func(e observation.Event) bool {
					return e.Media.Class == observation.AuthenticRTCP && e.Media.Received > 0
				}
				testkit.Await(t, mockLog, observation.Media, reported)
				e := testkit.Await(t, phoneLog, observation.Media, reported)
				if _, rtcp := phone.Ports(); e.Media.Local.Port() != rtcp {
					t.Errorf("the report came to port %d", e.Media.Local.Port())
				}
				none(t, mockLog)
				none(t, phoneLog)
			})
		}
	}
}

func TestTwoTones(t *testing.T) {
	t.Parallel()
	a, aLog := listenOn(t)
	b, bLog := listenOn(t)
	ka, kb := keying(t, gcm256, 1), keying(t, gcm256, 2)
	start(t, a, Session{Remote: b.Addr(), Send: ka, Receive: kb, Tone: 440})
	start(t, b, Session{Remote: a.Addr(), Send: kb, Receive: ka, Tone: 2600})
	testkit.Await(t, aLog, observation.Media, heard(2600))
	testkit.Await(t, bLog, observation.Media, heard(440))
}

// TestPlain exchanges RTP without keys, with RTCP on the same port.
func TestPlain(t *testing.T) {
	t.Parallel()
	a, aLog := listenOn(t)
	b, bLog := listenOn(t)
	start(t, a, Session{Remote: b.Addr(), RemoteRTCP: b.Addr()})
	start(t, b, Session{Remote: a.Addr(), RemoteRTCP: a.Addr(), Echo: true})
	testkit.Await(t, aLog, observation.Media, func(e observation.Event) bool {
		return e.Media.Class == observation.ClearRTP && abs(e.Media.Tone-1004) <= ToneTolerance
	})
	e := testkit.Await(t, bLog, observation.Media,
		func(e observation.Event) bool { return e.Media.Class == observation.ClearRTCP && e.Media.Received > 0 })
	if e.Media.Local != b.Addr() || e.Media.Remote != a.Addr() {
		t.Errorf("multiplexed report from %s to %s", e.Media.Remote, e.Media.Local)
	}
}

// TestPlainIntoSecure has a phone send plain RTP to an endpoint that expects SRTP.
func TestPlainIntoSecure(t *testing.T) {
	t.Parallel()
	mock, mockLog := listenOn(t)
	phone, phoneLog := listenOn(t)
	a, b := keying(t, cm80, 1), keying(t, cm80, 2)
	start(t, mock, Session{Remote: phone.Addr(), Send: a, Receive: b})
	start(t, phone, Session{Remote: mock.Addr()})
	testkit.Await(t, mockLog, observation.Media, func(e observation.Event) bool {
		return e.Media.Class == observation.ClearRTP && abs(e.Media.Tone-1004) <= ToneTolerance
	})
	testkit.Await(t, mockLog, observation.Media, func(e observation.Event) bool { return e.Media.Class == observation.ClearRTCP })
	testkit.Await(t, phoneLog, observation.Media, func(e observation.Event) bool {
		return e.Media.Class == observation.BadTag && e.Media.Diagnosis == NoKey
	})
}

// TestStartAfterMedia starts one side late: earlier packets are judged with its keys.
func TestStartAfterMedia(t *testing.T) {
	t.Parallel()
	mock, mockLog := listenOn(t)
	phone, phoneLog := listenOn(t, func(c *Config) { c.Wire = true })
	a, b := keying(t, cm32, 1), keying(t, cm32, 2)
	start(t, phone, Session{Remote: mock.Addr(), Send: b, Receive: a})
	testkit.Await(t, phoneLog, observation.Media, func(e observation.Event) bool { return e.Dir == observation.Out && e.Seq >= 10 })
	if n := len(mockLog.Events()); n != 0 {
		t.Errorf("%d events before the start", n)
	}
	start(t, mock, Session{Remote: phone.Addr(), Send: a, Receive: b})
	testkit.Await(t, mockLog, observation.Media, heard(1004))
	first := datagrams(mockLog)[0]
	if sent := datagrams(phoneLog)[0]; first.Media.Sequence != sent.Media.Sequence {
		t.Errorf("first packet is %d, sent was %d", first.Media.Sequence, sent.Media.Sequence)
	}
	none(t, mockLog)
}

// TestNeverStarted closes an endpoint that has received plain RTP and SRTP, without a Start.
func TestNeverStarted(t *testing.T) {
	t.Parallel()
	mock, mockLog := listenOn(t)
	probe := dial(t, mock)
	d := newDevice(t, keying(t, cm80, 1))
	for _, p := range [][]byte{d.clear(PCMU, 1004), d.tone(), {0, 1}} {
		if _, err := probe.Write(p); err != nil {
			t.Fatal(err)
		}
	}
	testkit.Await(t, mockLog, observation.Media, func(e observation.Event) bool { return e.Media.Class == observation.Foreign })
	mock.Close()
	events := mockLog.Events()
	if len(events) != 3 || events[1].Media.Class != observation.ClearRTP || events[2].Media.Class != observation.BadTag ||
		events[2].Media.Diagnosis != NoKey {
		t.Fatalf("%d events: %+v", len(events), events[len(events)-1].Media)
	}
}

// TestWire checks that events have datagrams only if Config.Wire is set.
func TestWire(t *testing.T) {
	t.Parallel()
	a, aLog := listenOn(t, func(c *Config) { c.Wire = true })
	b, bLog := listenOn(t)
	k := keying(t, cm80, 1)
	start(t, a, Session{Remote: b.Addr(), Send: k, Receive: k})
	start(t, b, Session{Remote: a.Addr(), Send: k, Receive: k})
	testkit.Await(t, aLog, observation.Media, heard(1004))
	testkit.Await(t, aLog, observation.Media, func(e observation.Event) bool {
		return e.Dir == observation.Out && e.Media.Class == observation.AuthenticRTCP
	})
	testkit.Await(t, bLog, observation.Media, heard(1004))
	sent, came := 0, 0
	for _, e := range aLog.Events() {
		switch {
		case e.Kind == observation.Playing:
		case e.Dir == observation.Out && e.Media.Class == observation.AuthenticRTP:
			sent++
			if len(e.Bytes) != 12+160+10 || e.Media.Payload != 160 || e.Media.Local != a.Addr() || e.Media.Remote != b.Addr() {
				t.Fatalf("%d bytes: %+v", len(e.Bytes), e.Media)
			}
		case e.Dir == observation.In:
			came++
			if len(e.Bytes) == 0 {
				t.Fatalf("no bytes: %+v", e.Media)
			}
		}
		if e.Conn == "" {
			t.Fatal("no connection")
		}
	}
	if sent == 0 || came == 0 {
		t.Errorf("%d sent, %d came", sent, came)
	}
	for _, e := range datagrams(bLog) {
		if e.Bytes != nil || e.Dir != observation.In {
			t.Fatalf("wire in the log that did not ask for it: %+v", e)
		}
	}
}

// TestEchoOfEchoes has two endpoints echo each other: the exchange must neither stop nor grow.
func TestEchoOfEchoes(t *testing.T) {
	t.Parallel()
	a, aLog := listenOn(t)
	b, bLog := listenOn(t)
	start(t, a, Session{Remote: b.Addr(), Echo: true})
	start(t, b, Session{Remote: a.Addr(), Echo: true})
	enough := func(e observation.Event) bool { return e.Seq >= 50 }
	last := testkit.Await(t, aLog, observation.Media, enough)
	testkit.Await(t, bLog, observation.Media, enough)
	// At most what the queue holds is sent in an interval.
	if limit := int(last.At/(2*time.Millisecond)+2) * (cap(a.echo) + 1); last.Seq > limit {
		t.Errorf("%d packets in %v", last.Seq, last.At)
	}
}

func TestMuteAndStop(t *testing.T) {
	t.Parallel()
	a, aLog := listenOn(t)
	b, bLog := listenOn(t)
	start(t, a, Session{Remote: b.Addr(), Mute: true})
	start(t, b, Session{Remote: a.Addr()})
	testkit.Await(t, aLog, observation.Media, func(e observation.Event) bool { return e.Seq >= 20 })
	if n := len(datagrams(bLog)); n != 0 {
		t.Errorf("%d packets from a mute endpoint", n)
	}
	b.Stop()
	b.Stop()
	probe := dial(t, a) // this datagram comes after the last of b's
	if _, err := probe.Write([]byte{0, 1}); err != nil {
		t.Fatal(err)
	}
	mark := testkit.Await(t, aLog, observation.Media, func(e observation.Event) bool { return e.Media.Class == observation.Foreign })
	start(t, b, Session{Remote: a.Addr(), Tone: 440})
	e := testkit.AwaitFrom(t, aLog, mark.Seq+1, observation.Media,
		func(e observation.Event) bool { return e.Media.Class == observation.ClearRTP })
	if first := aLog.Events()[0].Media; e.Media.SSRC == first.SSRC {
		t.Error("the old stream went on")
	}
}

// TestUnreachable sends to an address that a loopback socket cannot reach: this is noted once, and the sender goes
// on.
func TestUnreachable(t *testing.T) {
	t.Parallel()
	a, aLog := listenOn(t)
	b, _ := listenOn(t)
	start(t, a, Session{Remote: netip.MustParseAddrPort("[::1]:9")})
	start(t, b, Session{Remote: a.Addr()})
	testkit.Await(t, aLog, observation.Media, func(e observation.Event) bool { return e.Seq >= 20 })
	notes := 0
	for _, e := range aLog.Events() {
		if e.Kind == observation.Note && strings.HasPrefix(e.Text, "media not sent: ") {
			notes++
		}
	}
	if notes != 1 {
		t.Errorf("%d notes", notes)
	}
}

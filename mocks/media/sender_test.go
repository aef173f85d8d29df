package media

import (
	"net"
	"testing"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
)

// TestNewSource has an endpoint change its source, whose sequence numbers then wrap: the other end hears each tone, and
// the log says before which packet it began.
func TestNewSource(t *testing.T) {
	t.Parallel()
	for _, suite := range []string{cm80, gcm128} {
		t.Run(suite, func(t *testing.T) {
			t.Parallel()
			keys := keying(t, suite, 1)
			a, played := listenOn(t)
			b, log := listenOn(t)
			a.NewSource(1, 500, 600) // sends nothing, and changes nothing
			start(t, a, Session{Remote: b.Addr(), Send: keys, Receive: keys})
			start(t, b, Session{Remote: a.Addr(), Send: keys, Receive: keys})
			testkit.Await(t, log, observation.Media, heard(DefaultTone))
			a.NewSource(20, 1700, 2500)
			e := testkit.Await(t, log, observation.Media, heard(2500))
			if e.Media.Sequence > 1000 || e.Media.Rollover != 1 {
				t.Errorf("the tone of the wrap is in %+v", e.Media)
			}
			none(t, log)
			var playing []observation.MediaInfo
			for _, e := range played.Events() {
				if e.Kind == observation.Playing {
					playing = append(playing, *e.Media)
				}
			}
			if len(playing) != 3 || playing[0].Tone != DefaultTone || playing[1].Tone != 1700 || playing[2].Tone != 2500 {
				t.Fatalf("played %+v", playing)
			}
			if playing[0].SSRC == playing[1].SSRC || playing[1].SSRC != playing[2].SSRC {
				t.Errorf("sources %+v", playing)
			}
			if playing[1].Sequence != 65516 || playing[1].Rollover != 0 || playing[2].Sequence != 0 || playing[2].Rollover != 1 {
				t.Errorf("around the wrap: %+v", playing[1:])
			}
		})
	}
}

// TestMove has an endpoint move: it sends from its new ports after the next Update, and what comes to the old ones is
// still judged.
func TestMove(t *testing.T) {
	t.Parallel()
	keys := keying(t, cm80, 1)
	a, log := listenOn(t)
	b, _ := listenOn(t)
	session := Session{Remote: b.Addr(), Send: keys, Receive: keys}
	start(t, a, session)
	start(t, b, Session{Remote: a.Addr(), Send: keys, Receive: keys})
	old := a.Addr()
	if err := a.Move(); err != nil || a.Addr() == old {
		t.Fatalf("at %v: %v", a.Addr(), err)
	}
	if err := a.Update(session); err != nil {
		t.Fatal(err)
	}
	from := len(log.Events())
	testkit.AwaitFrom(t, log, from, observation.Media, func(e observation.Event) bool { return e.Media.Local == old })
	if err := b.Update(Session{Remote: a.Addr(), Send: keys, Receive: keys}); err != nil {
		t.Fatal(err)
	}
	testkit.AwaitFrom(t, log, from, observation.Media, func(e observation.Event) bool { return e.Media.Local == a.Addr() })
	none(t, log)
	for range maxMoves - 1 {
		if err := a.Move(); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.Move(); err == nil {
		t.Error("moves without end")
	}
}

// BenchmarkSend measures sending one packet of the tone, the socket included.
func BenchmarkSend(b *testing.B) {
	for _, suite := range []string{"", cm80, gcm128} {
		b.Run(suite, func(b *testing.B) {
			e, _ := listenOn(b)
			s := newSender(e.config, e.rtp, e.rtcp, e.receiver, nil, e.echo)
			var sealed *sealer
			if suite != "" {
				p, err := keying(b, suite, 1).check()
				if err != nil {
					b.Fatal(err)
				}
				if sealed, err = s.prepare(p); err != nil {
					b.Fatal(err)
				}
			}
			sink, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
			if err != nil {
				b.Fatal(err)
			}
			defer sink.Close()
			s.set(Session{Remote: localAddr(sink), Tone: 1004}, sealed, e.rtp, e.rtcp)
			for b.Loop() {
				s.next()
			}
		})
	}
}

package media

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sdes"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// listenOn returns an endpoint on the loopback that sends every 2 ms.
func listenOn(t testing.TB, configure ...func(*Config)) (*Endpoint, *observation.Log) {
	t.Helper()
	c := Config{
		Address: netip.MustParseAddr("127.0.0.1"), Log: observation.NewLog(),
		Interval: 2 * time.Millisecond, ReportInterval: 20 * time.Millisecond,
	}
	for _, f := range configure {
		f(&c)
	}
	e, err := Listen(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e, c.Log
}

func start(t testing.TB, e *Endpoint, s Session) {
	t.Helper()
	if err := e.Start(s); err != nil {
		t.Fatal(err)
	}
}

// await waits for a media event that match accepts.
func await(t testing.TB, l *observation.Log, what string, match func(observation.Event) bool) observation.Event {
	t.Helper()
	return awaitFrom(t, l, 0, what, match)
}

func awaitFrom(t testing.TB, l *observation.Log, seq int, what string, match func(observation.Event) bool) observation.Event {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	e, err := l.WaitFrom(ctx, seq, func(e observation.Event) bool { return e.Kind == observation.Media && match(e) })
	if err != nil {
		events := l.Events()
		for _, e := range events[max(0, len(events)-5):] {
			t.Logf("%s %+v", e.Dir, e.Media)
		}
		t.Fatalf("never seen: %s", what)
	}
	return e
}

// heard accepts an authentic packet at which the tone is heard.
func heard(hz int) func(observation.Event) bool {
	return func(e observation.Event) bool {
		m := e.Media
		return e.Dir == observation.In && m.Class == observation.AuthenticRTP && m.Diagnosis == "" && m.Tone != 0 && abs(m.Tone-hz) <= ToneTolerance
	}
}

// none checks that nothing but authentic packets has come.
func none(t *testing.T, l *observation.Log) {
	t.Helper()
	for _, e := range l.Events() {
		if e.Kind != observation.Media || e.Media.Class != observation.AuthenticRTP && e.Media.Class != observation.AuthenticRTCP || e.Media.Diagnosis != "" {
			t.Fatalf("%s %s %+v", e.Kind, e.Text, e.Media)
		}
	}
}

// TestBackToBack has one endpoint send a tone and another send it back, under
// every suite, with and without MKI.
func TestBackToBack(t *testing.T) {
	t.Parallel()
	for _, suite := range Suites() {
		for name, mki := range map[string][]byte{"": nil, " with MKI": {0, 1}} {
			t.Run(suite+name, func(t *testing.T) {
				t.Parallel()
				mock, mockLog := listenOn(t)
				phone, phoneLog := listenOn(t)
				a, b := keying(t, suite, 1, mki...), keying(t, suite, 2)
				start(t, mock, Session{Remote: phone.Addr(), Send: a, Receive: b})
				start(t, phone, Session{Remote: mock.Addr(), Send: b, Receive: a, Echo: true, PayloadType: PCMA})

				await(t, phoneLog, "the tone at the phone", heard(1004))
				await(t, mockLog, "the tone back at the mock", heard(1004))
				reported := func(e observation.Event) bool {
					return e.Media.Class == observation.AuthenticRTCP && e.Media.Received > 0
				}
				await(t, mockLog, "a report from the phone", reported)
				e := await(t, phoneLog, "a report from the mock", reported)
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
	await(t, aLog, "2600 Hz", heard(2600))
	await(t, bLog, "440 Hz", heard(440))
}

// TestPlain exchanges RTP without keys, with RTCP on the same port.
func TestPlain(t *testing.T) {
	t.Parallel()
	a, aLog := listenOn(t)
	b, bLog := listenOn(t)
	start(t, a, Session{Remote: b.Addr(), RemoteRTCP: b.Addr()})
	start(t, b, Session{Remote: a.Addr(), RemoteRTCP: a.Addr(), Echo: true})
	await(t, aLog, "the tone back in clear", func(e observation.Event) bool {
		return e.Media.Class == observation.ClearRTP && abs(e.Media.Tone-1004) <= ToneTolerance
	})
	e := await(t, bLog, "a report in clear", func(e observation.Event) bool { return e.Media.Class == observation.ClearRTCP && e.Media.Received > 0 })
	if e.Media.Local != b.Addr() || e.Media.Remote != a.Addr() {
		t.Errorf("multiplexed report from %s to %s", e.Media.Remote, e.Media.Local)
	}
}

// TestPlainIntoSecure has a phone forget its encryption.
func TestPlainIntoSecure(t *testing.T) {
	t.Parallel()
	mock, mockLog := listenOn(t)
	phone, phoneLog := listenOn(t)
	a, b := keying(t, cm80, 1), keying(t, cm80, 2)
	start(t, mock, Session{Remote: phone.Addr(), Send: a, Receive: b})
	start(t, phone, Session{Remote: mock.Addr()})
	await(t, mockLog, "the tone in clear", func(e observation.Event) bool {
		return e.Media.Class == observation.ClearRTP && abs(e.Media.Tone-1004) <= ToneTolerance
	})
	await(t, mockLog, "a report in clear", func(e observation.Event) bool { return e.Media.Class == observation.ClearRTCP })
	await(t, phoneLog, "SRTP without a key", func(e observation.Event) bool {
		return e.Media.Class == observation.BadTag && e.Media.Diagnosis == NoKey
	})
}

// TestStartAfterMedia starts one side late: what came before has its keys too.
func TestStartAfterMedia(t *testing.T) {
	t.Parallel()
	mock, mockLog := listenOn(t)
	phone, phoneLog := listenOn(t, func(c *Config) { c.Wire = true })
	a, b := keying(t, cm32, 1), keying(t, cm32, 2)
	start(t, phone, Session{Remote: mock.Addr(), Send: b, Receive: a})
	await(t, phoneLog, "ten packets sent", func(e observation.Event) bool { return e.Dir == observation.Out && e.Seq >= 10 })
	if n := len(mockLog.Events()); n != 0 {
		t.Errorf("%d events before the start", n)
	}
	start(t, mock, Session{Remote: phone.Addr(), Send: a, Receive: b})
	await(t, mockLog, "the tone", heard(1004))
	first := mockLog.Events()[0]
	if sent := phoneLog.Events()[0]; first.Media.Sequence != sent.Media.Sequence {
		t.Errorf("first packet is %d, sent was %d", first.Media.Sequence, sent.Media.Sequence)
	}
	none(t, mockLog)
}

// TestNeverStarted closes an endpoint that plain RTP and SRTP have come to.
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
	await(t, mockLog, "the last of three", func(e observation.Event) bool { return e.Media.Class == observation.Foreign })
	mock.Close()
	events := mockLog.Events()
	if len(events) != 3 || events[1].Media.Class != observation.ClearRTP || events[2].Media.Class != observation.BadTag || events[2].Media.Diagnosis != NoKey {
		t.Fatalf("%d events: %+v", len(events), events[len(events)-1].Media)
	}
}

func dial(t *testing.T, e *Endpoint) net.Conn {
	t.Helper()
	c, err := net.Dial("udp", e.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// TestRekeyInCall changes both keys, and then the MKI to send with.
func TestRekeyInCall(t *testing.T) {
	t.Parallel()
	mock, mockLog := listenOn(t)
	phone, phoneLog := listenOn(t)
	a, b := keying(t, cm80, 1, 1), keying(t, cm80, 2)
	start(t, mock, Session{Remote: phone.Addr(), Send: a, Receive: b})
	start(t, phone, Session{Remote: mock.Addr(), Send: b, Receive: a, Tone: 440})
	await(t, mockLog, "440 Hz", heard(440))

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
	awaitFrom(t, mockLog, before, "the phone's old key", func(e observation.Event) bool {
		return e.Media.Class == observation.AuthenticRTP && e.Media.Diagnosis == observation.PreviousKey
	})
	update(phone, Session{Remote: mock.Addr(), Send: b2, Receive: a2, Tone: 2000})
	after := awaitFrom(t, mockLog, before, "2000 Hz under the new key", heard(2000))
	if first := mockLog.Events()[0].Media; first.SSRC != after.Media.SSRC {
		t.Error("a new key began a new stream")
	}

	mark := len(phoneLog.Events())
	swapped := &Keying{Suite: cm80, Key: a2.Others[0], Others: []sdes.Key{a2.Key}}
	update(mock, Session{Remote: phone.Addr(), Send: swapped, Receive: b2, Tone: 440})
	awaitFrom(t, phoneLog, mark, "440 Hz under the other MKI", heard(440))
	for _, e := range phoneLog.Events()[mark:] {
		if e.Media.Class == observation.BadTag {
			t.Fatalf("%+v", e.Media)
		}
	}
}

// TestWire has datagrams in events only when asked.
func TestWire(t *testing.T) {
	t.Parallel()
	a, aLog := listenOn(t, func(c *Config) { c.Wire = true })
	b, bLog := listenOn(t)
	k := keying(t, cm80, 1)
	start(t, a, Session{Remote: b.Addr(), Send: k, Receive: k})
	start(t, b, Session{Remote: a.Addr(), Send: k, Receive: k})
	await(t, aLog, "a packet in", heard(1004))
	await(t, aLog, "a report out", func(e observation.Event) bool {
		return e.Dir == observation.Out && e.Media.Class == observation.AuthenticRTCP
	})
	await(t, bLog, "a packet in", heard(1004))
	sent, came := 0, 0
	for _, e := range aLog.Events() {
		switch {
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
	for _, e := range bLog.Events() {
		if e.Bytes != nil || e.Dir != observation.In {
			t.Fatalf("wire in the log that did not ask for it: %+v", e)
		}
	}
}

// TestEchoOfEchoes lets two endpoints echo each other: that must neither stop
// nor run away.
func TestEchoOfEchoes(t *testing.T) {
	t.Parallel()
	a, aLog := listenOn(t)
	b, bLog := listenOn(t)
	start(t, a, Session{Remote: b.Addr(), Echo: true})
	start(t, b, Session{Remote: a.Addr(), Echo: true})
	enough := func(e observation.Event) bool { return e.Seq >= 50 }
	last := await(t, aLog, "50 packets", enough)
	await(t, bLog, "50 packets", enough)
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
	await(t, aLog, "twenty packets", func(e observation.Event) bool { return e.Seq >= 20 })
	if n := len(bLog.Events()); n != 0 {
		t.Errorf("%d packets from a mute endpoint", n)
	}
	b.Stop()
	b.Stop()
	probe := dial(t, a) // a datagram of ours marks the place after the last of b's
	if _, err := probe.Write([]byte{0, 1}); err != nil {
		t.Fatal(err)
	}
	mark := await(t, aLog, "the mark", func(e observation.Event) bool { return e.Media.Class == observation.Foreign })
	start(t, b, Session{Remote: a.Addr(), Tone: 440})
	e := awaitFrom(t, aLog, mark.Seq+1, "a packet of the new stream", func(e observation.Event) bool { return e.Media.Class == observation.ClearRTP })
	if first := aLog.Events()[0].Media; e.Media.SSRC == first.SSRC {
		t.Error("the old stream went on")
	}
}

// TestUnreachable sends where a socket on the loopback cannot: that is noted
// once and ends nothing.
func TestUnreachable(t *testing.T) {
	t.Parallel()
	a, aLog := listenOn(t)
	b, _ := listenOn(t)
	start(t, a, Session{Remote: netip.MustParseAddrPort("[::1]:9")})
	start(t, b, Session{Remote: a.Addr()})
	await(t, aLog, "twenty packets", func(e observation.Event) bool { return e.Seq >= 20 })
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

func TestPorts(t *testing.T) {
	t.Parallel()
	for range 20 {
		e, _ := listenOn(t)
		rtp, rtcp := e.Ports()
		if rtp%2 != 0 || rtcp != rtp+1 || e.Port() != rtp || e.Addr().Port() != rtp {
			t.Fatalf("ports %d and %d", rtp, rtcp)
		}
	}
}

func TestMisuse(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]Config{
		"no address":             {Log: observation.NewLog()},
		"no log":                 {Address: netip.MustParseAddr("127.0.0.1")},
		"not an address of ours": {Address: netip.MustParseAddr("192.0.2.1"), Log: observation.NewLog()},
		"negative interval":      {Address: netip.MustParseAddr("127.0.0.1"), Log: observation.NewLog(), Interval: -1},
	} {
		if _, err := Listen(c); err == nil {
			t.Errorf("%s: no error", name)
		}
	}

	e, _ := listenOn(t)
	if err := e.Update(Session{}); !errors.Is(err, ErrNotStarted) {
		t.Errorf("update before start: %v", err)
	}
	secret := strings.Repeat("s", 29)
	good := key(t, cm80, 1)
	for name, s := range map[string]Session{
		"payload type":         {PayloadType: 101},
		"tone too high":        {Tone: 4000},
		"negative tone":        {Tone: -1},
		"unknown suite":        {Send: &Keying{Suite: "NONE", Key: good}},
		"suite without engine": {Send: keying(t, "F8_128_HMAC_SHA1_80", 1)},
		"key length":           {Receive: &Keying{Suite: cm80, Key: sdes.Key{Material: []byte(secret)}}},
		"no key":               {Send: &Keying{Suite: cm80}},
		"empty MKI":            {Send: &Keying{Suite: cm80, Key: sdes.Key{Material: good.Material, HasMKI: true}}},
		"MKI too long":         {Send: keying(t, cm80, 1, make([]byte, 129)...)},
		"several without MKI":  {Send: &Keying{Suite: cm80, Key: good, Others: []sdes.Key{good}}},
		"one MKI twice":        {Send: &Keying{Suite: cm80, Key: key(t, cm80, 1, 7), Others: []sdes.Key{key(t, cm80, 2, 7)}}},
		"MKIs of two lengths":  {Send: &Keying{Suite: cm80, Key: key(t, cm80, 1, 7), Others: []sdes.Key{key(t, cm80, 2, 7, 7)}}},
	} {
		err := e.Start(s)
		if err == nil {
			t.Fatalf("%s: started", name)
		}
		if strings.Contains(err.Error(), secret[:4]) || strings.Contains(err.Error(), "115 115") {
			t.Errorf("%s: the error has the key: %v", name, err)
		}
	}
	start(t, e, Session{})
	if err := e.Start(Session{}); !errors.Is(err, ErrStarted) {
		t.Errorf("second start: %v", err)
	}
	if err := e.Update(Session{Tone: -1}); err == nil {
		t.Error("updated to nonsense")
	}
	e.Close()
	if err := e.Start(Session{}); !errors.Is(err, ErrClosed) {
		t.Errorf("start after close: %v", err)
	}
	if err := e.Update(Session{}); !errors.Is(err, ErrClosed) {
		t.Errorf("update after close: %v", err)
	}
}

func TestKeyingOf(t *testing.T) {
	t.Parallel()
	one, two := key(t, cm80, 1, 1), key(t, cm80, 2, 2)
	k := KeyingOf(sdes.Attribute{Suite: cm80, Keys: []sdes.Key{one, two}})
	if k.Suite != cm80 || !k.Key.Equal(one) || len(k.Others) != 1 || !k.Others[0].Equal(two) {
		t.Errorf("suite %s, %d others", k.Suite, len(k.Others))
	}
	if k := KeyingOf(sdes.Attribute{Suite: "FUTURE"}); k.Key.Material != nil || k.Others != nil {
		t.Error("a key from nowhere")
	}
}

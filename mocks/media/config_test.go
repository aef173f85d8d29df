package media

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sdes"
)

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
		"payload type":        {PayloadType: 101},
		"tone too high":       {Tone: 4000},
		"negative tone":       {Tone: -1},
		"unknown suite":       {Send: &Keying{Suite: "NONE", Key: good}},
		"key length":          {Receive: &Keying{Suite: cm80, Key: sdes.Key{Material: []byte(secret)}}},
		"no key":              {Send: &Keying{Suite: cm80}},
		"empty MKI":           {Send: &Keying{Suite: cm80, Key: sdes.Key{Material: good.Material, HasMKI: true}}},
		"MKI too long":        {Send: keying(t, cm80, 1, make([]byte, 129)...)},
		"several without MKI": {Send: &Keying{Suite: cm80, Key: good, Others: []sdes.Key{good}}},
		"one MKI twice":       {Send: &Keying{Suite: cm80, Key: key(t, cm80, 1, 7), Others: []sdes.Key{key(t, cm80, 2, 7)}}},
		"MKIs of two lengths": {Send: &Keying{Suite: cm80, Key: key(t, cm80, 1, 7), Others: []sdes.Key{key(t, cm80, 2, 7, 7)}}},
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

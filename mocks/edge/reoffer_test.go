package edge

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/media"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sdes"
	"github.com/sipconform/sipconform/mocks/sdp"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// TestReoffer checks what the edge offers within a call, and in which request.
func TestReoffer(t *testing.T) {
	t.Parallel()
	s, d := registered(t)
	endpoint, _ := phone(t)
	done := ring(t.Context(), s, outbound)
	invite := d.Expect(0, "INVITE")
	answer := func(m *sipwire.Message, fill byte, headers ...string) {
		t.Helper()
		parts := append(headers, offered(endpoint, "RTP/SAVP", answerer(t, m, fill).String()))
		d.Send(d.Reply(m, 200, parts...))
	}
	answer(invite, 'a', "Allow: INVITE, ACK, BYE, UPDATE")
	d.Expect(0, "ACK")
	call := (<-done).call

	type seen struct {
		method, version, connection string
		direction                   sdp.Direction
		sameKey, samePort, sameBody bool
	}
	look := func(m, before *sipwire.Message) seen {
		t.Helper()
		session, err := sdp.Parse(m.Body)
		if err != nil {
			t.Fatal(err)
		}
		a, b := stream(t, m, 0), stream(t, before, 0)
		keyOf := func(m *sdp.Media) sdes.Key {
			attribute, err := sdes.Parse(m.Values("crypto")[0])
			if err != nil {
				t.Fatal(err)
			}
			return attribute.Keys[0]
		}
		return seen{
			method: m.Method, version: strings.Fields(strings.Split(string(m.Body), "\r\n")[1])[2],
			connection: session.EffectiveConnection(a).Address, direction: session.Direction(a),
			sameKey: keyOf(a).Equal(keyOf(b)), samePort: a.Port == b.Port, sameBody: string(m.Body) == string(before.Body),
		}
	}
	before := invite
	for _, step := range []struct {
		name  string
		offer Outbound
		want  seen
	}{
		{"a new key", Outbound{}, seen{"INVITE", "2", "127.0.0.1", sdp.SendRecv, false, true, false}},
		{"held", Outbound{Direction: sdp.SendOnly, KeepKeys: true}, seen{"INVITE", "3", "127.0.0.1", sdp.SendOnly, true, true, false}},
		{"held without an address", Outbound{Nowhere: true, KeepKeys: true}, seen{"INVITE", "4", "0.0.0.0", sdp.SendRecv, true, true, false}},
		{"resumed", Outbound{KeepKeys: true}, seen{"INVITE", "5", "127.0.0.1", sdp.SendRecv, true, true, false}},
		{"refreshed", Outbound{Refresh: true}, seen{"INVITE", "5", "127.0.0.1", sdp.SendRecv, true, true, true}},
		{"refreshed by UPDATE", Outbound{Refresh: true, Update: true}, seen{"UPDATE", "5", "127.0.0.1", sdp.SendRecv, true, true, true}},
		{"moved", Outbound{Move: true}, seen{"INVITE", "6", "127.0.0.1", sdp.SendRecv, false, false, false}},
	} {
		made := make(chan error, 1)
		go func() { made <- call.Reoffer(t.Context(), step.offer) }()
		m := d.Expect(0, step.want.method)
		if got := look(m, before); got != step.want {
			t.Errorf("%s: %+v, want %+v", step.name, got, step.want)
		}
		if step.want.method == "UPDATE" && !m.Has("Contact") {
			t.Errorf("%s: %s", step.name, m.Raw)
		}
		answer(m, 'a')
		if step.want.method == "INVITE" {
			d.Expect(0, "ACK")
		}
		if err := <-made; err != nil || call.Status != 200 {
			t.Fatalf("%s: %d, %v", step.name, call.Status, err)
		}
		before = m
	}

	// An offer that was refused is not repeated.
	refused := make(chan error, 1)
	go func() { refused <- call.Reoffer(t.Context(), Outbound{Direction: sdp.Inactive}) }()
	d.Send(d.Reply(d.Expect(0, "INVITE"), 488))
	d.Expect(0, "ACK")
	if err := <-refused; err != nil || call.Status != 488 {
		t.Fatalf("%d, %v", call.Status, err)
	}
	go func() { refused <- call.Reoffer(t.Context(), Outbound{Refresh: true}) }()
	again := d.Expect(0, "INVITE")
	if string(again.Body) != string(before.Body) {
		t.Errorf("refreshed after a refusal: %s", again.Raw)
	}
	answer(again, 'a')
	d.Expect(0, "ACK")
	if err := <-refused; err != nil {
		t.Fatal(err)
	}

	// A device that no longer lists UPDATE is sent none.
	made := make(chan error, 1)
	go func() { made <- call.Reoffer(t.Context(), Outbound{}) }()
	answer(d.Expect(0, "INVITE"), 'b', "Allow: INVITE, ACK, BYE")
	d.Expect(0, "ACK")
	if err := <-made; err != nil {
		t.Fatal(err)
	}
	if err := call.Reoffer(t.Context(), Outbound{Refresh: true, Update: true}); !errors.Is(err, ErrNoUpdate) {
		t.Errorf("got %v", err)
	}
}

// deviceSSRC is the SSRC of the device's newest media.
func deviceSSRC(s *Server) (ssrc uint32) {
	for _, e := range s.Log.Events() {
		if e.Kind == observation.Media && e.Dir == observation.In && e.Media.Class == observation.AuthenticRTP {
			ssrc = e.Media.SSRC
		}
	}
	return ssrc
}

// TestNewSource has the edge change the source of a call's media: the device hears one tone until the sequence number
// wraps, and another one beyond; then the edge takes the SSRC of the device.
func TestNewSource(t *testing.T) {
	t.Parallel()
	s, d := registered(t)
	endpoint, log := phone(t)
	done := ring(t.Context(), s, outbound)
	invite := d.Expect(0, "INVITE")
	own := answerer(t, invite, 'a')
	d.Send(d.Reply(invite, 200, offered(endpoint, "RTP/SAVP", own.String())))
	d.Expect(0, "ACK")
	call := (<-done).call
	theirs, err := sdes.Parse(stream(t, invite, 0).Values("crypto")[0])
	if err != nil {
		t.Fatal(err)
	}
	remote := netip.AddrPortFrom(testkit.Loopback.Addr(), stream(t, invite, 0).Port)
	if err := endpoint.Start(media.Session{Remote: remote, Send: media.KeyingOf(own), Receive: media.KeyingOf(theirs)}); err != nil {
		t.Fatal(err)
	}
	heard(t, s, 0, log, observation.AuthenticRTP)
	call.NewSource(10)
	wrapped := testkit.Await(t, s.Log, observation.Playing, func(e observation.Event) bool { return e.Media.Rollover == 1 })
	testkit.Await(t, log, observation.Media, func(e observation.Event) bool {
		off := e.Media.Tone - wrapped.Media.Tone
		return e.Media.Class == observation.AuthenticRTP && e.Media.SSRC == wrapped.Media.SSRC && e.Media.Rollover == 1 &&
			off >= -media.ToneTolerance && off <= media.ToneTolerance
	})
	if !call.Collide() {
		t.Error("the device's media has no SSRC to collide with")
	}
	testkit.AwaitFrom(t, log, 0, observation.Media, func(e observation.Event) bool {
		return e.Dir != observation.Out && e.Media.Class == observation.AuthenticRTP && e.Media.SSRC == deviceSSRC(s)
	})
	s.Retune()
	testkit.AwaitFrom(t, s.Log, wrapped.Seq+1, observation.Playing, func(e observation.Event) bool { return e.Media.Tone != wrapped.Media.Tone })
	go call.HangUp(t.Context())
	d.Send(d.Reply(d.Expect(0, "BYE"), 200))
}

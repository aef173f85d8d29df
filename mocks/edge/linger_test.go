package edge

import (
	"errors"
	"net"
	"net/netip"
	"strconv"
	"testing"
	"time"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/media"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sdes"
)

// TestMediaAfterBye has the device speak on when the call has ended: the edge still sees it.
func TestMediaAfterBye(t *testing.T) {
	t.Parallel()
	s, d := registered(t)
	endpoint, log := phone(t)
	done := ring(t.Context(), s, outbound)
	invite := d.Expect(0, "INVITE")
	own := answerer(t, invite, 'a')
	d.Send(d.Reply(invite, 200, offered(endpoint, "RTP/SAVP", own.String())))
	d.Expect(0, "ACK")
	r := <-done
	theirs, err := sdes.Parse(stream(t, invite, 0).Values("crypto")[0])
	if err != nil {
		t.Fatal(err)
	}
	remote := netip.AddrPortFrom(testkit.Loopback.Addr(), stream(t, invite, 0).Port)
	if err := endpoint.Start(media.Session{Remote: remote, Send: media.KeyingOf(own), Receive: media.KeyingOf(theirs)}); err != nil {
		t.Fatal(err)
	}
	heard(t, s, 0, log, observation.AuthenticRTP)
	ended := make(chan error, 1)
	go func() { ended <- r.call.HangUp(t.Context()) }()
	d.Send(d.Reply(d.Expect(0, "BYE"), 200))
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	testkit.AwaitFrom(t, s.Log, len(s.Log.Events()), observation.Media, func(e observation.Event) bool {
		return e.Dir == observation.In && e.Media.Class == observation.AuthenticRTP
	})
}

// TestDeparted checks that few endpoints of calls that have ended stay open, none where there are few ports, and none once
// the edge has closed.
func TestDeparted(t *testing.T) {
	t.Parallel()
	d := departed{log: observation.NewLog(), after: time.Hour, most: maxLingering}
	var first, last *media.Endpoint
	for range maxLingering + 1 {
		e, err := media.Listen(media.Config{Address: testkit.Loopback.Addr(), Log: observation.NewLog()})
		testkit.Started(t, e, err)
		if first == nil {
			first = e
		}
		last = e
		d.add(e)
	}
	if !closed(first) || closed(last) {
		t.Errorf("the first is closed: %t, and the last: %t", closed(first), closed(last))
	}
	if err := d.close(); err != nil || !closed(last) {
		t.Errorf("closed with %v; the last is closed: %t", err, closed(last))
	}
	only, err := media.Listen(media.Config{Address: testkit.Loopback.Addr(), Log: observation.NewLog()})
	testkit.Started(t, only, err)
	if new(departed).add(only); !closed(only) {
		t.Error("where no endpoint has room, one is open")
	}
}

func closed(e *media.Endpoint) bool { return errors.Is(e.Start(media.Session{}), media.ErrClosed) }

// TestOtherCodecFirst offers the second codec before the first.
func TestOtherCodecFirst(t *testing.T) {
	t.Parallel()
	s, d := registered(t)
	var firsts []int
	for _, other := range []bool{false, true} {
		o := outbound
		o.OtherCodecFirst = other
		done := ring(t.Context(), s, o)
		invite := d.Expect(0, "INVITE")
		for _, f := range stream(t, invite, 0).Formats {
			firsts = append(firsts, int(f[0]-'0'))
		}
		d.Send(d.Reply(invite, 486))
		d.Expect(0, "ACK")
		<-done
	}
	if n := len(firsts) / 2; n < 2 || firsts[0] != firsts[n+1] || firsts[1] != firsts[n] || firsts[0] == firsts[1] {
		t.Errorf("the formats are %v", firsts)
	}
}

// TestRTCPAside offers a port for RTCP of its own, and BUNDLE.
func TestRTCPAside(t *testing.T) {
	t.Parallel()
	s, d := registered(t)
	o := outbound
	o.RTCPAside, o.Bundle = true, true
	done := ring(t.Context(), s, o)
	invite := d.Expect(0, "INVITE")
	offer := stream(t, invite, 0)
	value, _ := offer.Value("rtcp")
	port, err := strconv.ParseUint(value, 10, 16)
	if mid, _ := offer.Value("mid"); err != nil || uint16(port) == offer.Port || uint16(port) == offer.Port+1 || mid != bundled {
		t.Fatalf("the offer is %s", invite.Body)
	}
	d.Send(d.Reply(invite, 200, testkit.SRTP(answerer(t, invite, 'a').String())))
	d.Expect(0, "ACK")
	<-done
	conn, err := net.DialUDP("udp4", nil, net.UDPAddrFromAddrPort(netip.AddrPortFrom(testkit.Loopback.Addr(), uint16(port))))
	testkit.Started(t, conn, err)
	report := []byte{0x80, 201, 0, 1, 1, 2, 3, 4}
	if _, err := conn.Write(report); err != nil {
		t.Fatal(err)
	}
	e := testkit.Await(t, s.Log, observation.Media, func(e observation.Event) bool { return e.Media.Class == observation.ClearRTCP })
	if e.Media.Local.Port() != uint16(port) {
		t.Errorf("RTCP came to port %d, want %d", e.Media.Local.Port(), port)
	}
}

package observation_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/sipconform/sipconform/mocks/observation"
)

// TestAppend checks that events are numbered in order, and that their times never go back.
func TestAppend(t *testing.T) {
	t.Parallel()
	log := observation.NewLog()
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() { log.Mark(observation.VendorMoved) })
	}
	all.Wait()
	events := log.Events()
	if len(events) != 50 {
		t.Fatalf("the log has %d events", len(events))
	}
	for i, e := range events {
		if e.Seq != i || i > 0 && e.At < events[i-1].At {
			t.Errorf("event %d has Seq %d, at %v", i, e.Seq, e.At)
		}
		if e.Kind != observation.Stage || e.Stage != observation.VendorMoved {
			t.Errorf("event %d is %s %s", i, e.Kind, e.Stage)
		}
	}
}

// TestWait checks that an event is found that came before, and one that comes later.
func TestWait(t *testing.T) {
	t.Parallel()
	log := observation.NewLog()
	is := func(m observation.StageMark) func(observation.Event) bool {
		return func(e observation.Event) bool { return e.Stage == m }
	}
	log.Mark(observation.VendorMoved)
	if e, err := log.Wait(t.Context(), is(observation.VendorMoved)); err != nil || e.Seq != 0 {
		t.Errorf("Wait gives %+v, %v", e, err)
	}
	go func() {
		log.Mark(observation.SceneOver)
		log.Mark(observation.VendorMoved)
	}()
	if e, err := log.WaitFrom(t.Context(), 1, is(observation.VendorMoved)); err != nil || e.Seq != 2 {
		t.Errorf("WaitFrom gives %+v, %v", e, err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("enough")
	cancel(why)
	if _, err := log.Wait(ctx, is(observation.ListFetched)); !errors.Is(err, why) {
		t.Errorf("Wait gives %v when its context has ended", err)
	}
}

// TestGuard checks that a panic becomes a fault with its stack, and goes no further.
func TestGuard(t *testing.T) {
	t.Parallel()
	log := observation.NewLog()
	func() {
		defer log.Guard("tls-1", "reading")
		panic("of the test")
	}()
	func() { defer log.Guard("tls-2", "reading") }()
	events := log.Events()
	if len(events) != 1 {
		t.Fatalf("the log has %+v", events)
	}
	e := events[0]
	if e.Kind != observation.Fault || e.Fault != observation.MockPanicked || e.Conn != "tls-1" {
		t.Errorf("recorded as %s %s of %q", e.Kind, e.Fault, e.Conn)
	}
	for _, part := range []string{"reading", "of the test", "log_test.go"} {
		if !strings.Contains(e.Text, part) {
			t.Errorf("the text does not say %q: %s", part, e.Text)
		}
	}
}

func TestCauseOfClose(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		err    error
		want   observation.CloseCause
		byMock bool
	}{
		{io.EOF, observation.ClosedByPeer, false},
		{io.ErrUnexpectedEOF, observation.ClosedByPeer, false},
		{&net.OpError{Op: "read", Err: os.NewSyscallError("read", syscall.ECONNRESET)}, observation.ResetByPeer, false},
		{os.NewSyscallError("write", syscall.EPIPE), observation.ResetByPeer, false},
		{&net.OpError{Op: "read", Err: net.ErrClosed}, observation.ClosedLocally, true},
		{context.Canceled, observation.ClosedLocally, true},
		{context.DeadlineExceeded, observation.TimedOut, true},
		{os.ErrDeadlineExceeded, observation.TimedOut, true},
		{errors.New("bad record"), observation.Broken, false},
	} {
		if got := observation.CauseOfClose(test.err); got != test.want || got.ByMock() != test.byMock {
			t.Errorf("%v: %s, by the mock: %t; want %s", test.err, got, got.ByMock(), test.want)
		}
	}
}

// TestMaxVersion leaves GREASE out, which no peer can choose.
func TestMaxVersion(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		hello observation.HelloInfo
		want  uint16
	}{
		{observation.HelloInfo{LegacyVersion: 0x0302}, 0x0302},
		{observation.HelloInfo{LegacyVersion: 0x0303, Versions: []uint16{0x7a7a, 0x0303, 0x0304}}, 0x0304},
		{observation.HelloInfo{LegacyVersion: 0x0303, Versions: []uint16{0x7a7a}}, 0},
	} {
		if got := test.hello.MaxVersion(); got != test.want {
			t.Errorf("%+v: %04x, want %04x", test.hello, got, test.want)
		}
	}
}

// TestOffers: the legacy version tells of a range, supported_versions of each.
func TestOffers(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		hello   observation.HelloInfo
		version uint16
		want    bool
	}{
		{observation.HelloInfo{LegacyVersion: 0x0302}, 0x0301, true},
		{observation.HelloInfo{LegacyVersion: 0x0302}, 0x0302, true},
		{observation.HelloInfo{LegacyVersion: 0x0302}, 0x0303, false},
		{observation.HelloInfo{LegacyVersion: 0x0303, Versions: []uint16{0x7a7a, 0x0304}}, 0x0304, true},
		{observation.HelloInfo{LegacyVersion: 0x0303, Versions: []uint16{0x7a7a, 0x0304}}, 0x0303, false},
	} {
		if got := test.hello.Offers(test.version); got != test.want {
			t.Errorf("%+v offers %04x: %t, want %t", test.hello, test.version, got, test.want)
		}
	}
}

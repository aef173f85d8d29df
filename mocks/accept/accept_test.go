package accept_test

import (
	"context"
	"net"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/accept"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// script is a listener that gives these answers and then
// repeats the last one.
type script struct {
	answers []error
	asked   int
}

func (s *script) AcceptTCP() (*net.TCPConn, error) {
	err := s.answers[min(s.asked, len(s.answers)-1)]
	s.asked++
	if err != nil {
		return nil, err
	}
	return new(net.TCPConn), nil
}

func TestEach(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answers []error
		ends    time.Duration // of the context; 0 for never
		taken   int
		asked   int
		told    int // of shortages
		after   time.Duration
	}{
		"closed":            {[]error{net.ErrClosed}, 0, 0, 1, 0, 0},
		"some, then closed": {[]error{nil, nil, net.ErrClosed}, 0, 2, 3, 0, 0},
		"short of files":    {[]error{syscall.EMFILE, syscall.EMFILE, nil, net.ErrClosed}, 0, 1, 4, 1, 2 * accept.Pause},
		"short again":       {[]error{syscall.ENFILE, nil, syscall.EMFILE, net.ErrClosed}, 0, 1, 4, 2, 2 * accept.Pause},
		"a peer that left":  {[]error{syscall.ECONNABORTED, nil, net.ErrClosed}, 0, 1, 3, 0, accept.Pause},
		"ended meanwhile":   {[]error{syscall.EMFILE}, accept.Pause * 5 / 2, 0, 3, 1, accept.Pause * 5 / 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := t.Context(), context.CancelFunc(func() {})
				if c.ends > 0 {
					ctx, cancel = context.WithTimeout(ctx, c.ends)
				}
				defer cancel()
				l, taken, told, began := &script{answers: c.answers}, 0, 0, time.Now()
				accept.Each(ctx, l, func(error) { told++ }, func(*net.TCPConn) { taken++ })
				if taken != c.taken || told != c.told || l.asked != c.asked || time.Since(began) != c.after {
					t.Errorf("took %d in %d attempts and %s, told of %d shortages; want %d, %d, %s, %d",
						taken, l.asked, time.Since(began), told, c.taken, c.asked, c.after, c.told)
				}
			})
		})
	}
}

// listener is a script for servers that take any connection.
type listener struct {
	net.Listener
	script
}

func (l *listener) Accept() (net.Conn, error) { return l.AcceptTCP() }

// TestPatient: a server with a loop of its own never sees that the system is short of something, and the log does.
func TestPatient(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		told := 0
		l := accept.Patient(t.Context(), &listener{script: script{answers: []error{syscall.EMFILE, syscall.EMFILE, nil, net.ErrClosed}}},
			func(error) { told++ })
		if conn, err := l.Accept(); conn == nil || err != nil || told != 1 {
			t.Errorf("accepted %v, %v; told of %d shortages", conn, err, told)
		}
		if _, err := l.Accept(); err != net.ErrClosed {
			t.Errorf("once it is closed: %v", err)
		}
	})
}

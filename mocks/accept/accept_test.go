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
		after   time.Duration
	}{
		"closed":            {[]error{net.ErrClosed}, 0, 0, 1, 0},
		"some, then closed": {[]error{nil, nil, net.ErrClosed}, 0, 2, 3, 0},
		"short of files":    {[]error{syscall.EMFILE, syscall.EMFILE, nil, net.ErrClosed}, 0, 1, 4, 2 * accept.Pause},
		"ended meanwhile":   {[]error{syscall.EMFILE}, accept.Pause * 5 / 2, 0, 3, accept.Pause * 5 / 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := t.Context(), context.CancelFunc(func() {})
				if c.ends > 0 {
					ctx, cancel = context.WithTimeout(ctx, c.ends)
				}
				defer cancel()
				l, taken, began := &script{answers: c.answers}, 0, time.Now()
				accept.Each(ctx, l, func(*net.TCPConn) { taken++ })
				if taken != c.taken || l.asked != c.asked || time.Since(began) != c.after {
					t.Errorf("took %d in %d attempts and %s, want %d, %d, %s", taken, l.asked, time.Since(began), c.taken, c.asked, c.after)
				}
			})
		})
	}
}

package isolate

import (
	"os"
	"os/signal"
	"syscall"
)

// subscription receives the signals that a process passes on instead of obeying them.
type subscription struct {
	received chan os.Signal
}

// subscribe starts receiving the signals. The channel has room for a burst of them.
func subscribe() *subscription {
	s := &subscription{make(chan os.Signal, 16)}
	signal.Notify(s.received, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP,
		syscall.SIGQUIT, syscall.SIGUSR1, syscall.SIGUSR2)
	return s
}

// stop restores the usual effect of the signals.
func (s *subscription) stop() { signal.Stop(s.received) }

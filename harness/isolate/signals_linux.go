package isolate

import (
	"os"
	"os/signal"
	"syscall"
)

// subscription is the signals that a process passes on instead of obeying them.
type subscription struct {
	received chan os.Signal
}

// subscribe starts to keep the signals. The channel holds a burst of each.
func subscribe() *subscription {
	s := &subscription{make(chan os.Signal, 16)}
	signal.Notify(s.received, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP,
		syscall.SIGQUIT, syscall.SIGUSR1, syscall.SIGUSR2)
	return s
}

// stop gives the signals their usual effect back.
func (s *subscription) stop() { signal.Stop(s.received) }

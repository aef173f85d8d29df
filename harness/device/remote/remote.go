// Package remote serves a program that speaks over standard input and output, such as a shim beside a device, to the harness
// on another host. It lets in whoever knows a secret, one at a time.
//
// The connection is in clear, so that the secret keeps out strangers and not those who read the network: where there are such,
// tunnel it. The package serves this module and may change.
package remote

import (
	"bufio"
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net"
	"os/exec"
	"runtime/debug"
	"strings"
	"sync"
	"time"
)

const (
	// MaxSecret is how long a secret may be, in bytes. [MinSecret] is how short.
	MaxSecret, MinSecret = 256, 16
	// greeting bounds the time in which a connection has to give the secret.
	greeting = 5 * time.Second
	// grace is how long the program has to end when its input has ended.
	grace = 2 * time.Second
)

// Server serves a program.
type Server struct {
	// Secret is the first line of every connection.
	Secret string
	// Command is the program with its arguments, which is started for each connection.
	Command []string
	// Say is called with a line about what happens, from any goroutine.
	Say func(string)
}

// Check returns what is wrong with a secret.
func Check(secret string) error {
	switch {
	case len(secret) < MinSecret:
		return fmt.Errorf("the secret has %d characters: give %d or more, such as those of openssl rand -hex 16", len(secret), MinSecret)
	case len(secret) > MaxSecret:
		return fmt.Errorf("the secret has %d characters, and %d are the maximum", len(secret), MaxSecret)
	case strings.ContainsAny(secret, "\r\n\x00"):
		return errors.New("the secret has more than one line")
	}
	return nil
}

// Serve serves connections, one after the other, until ctx ends. It closes the listener.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	stop := context.AfterFunc(ctx, func() { l.Close() })
	defer stop()
	defer l.Close()
	for {
		conn, err := l.Accept()
		switch {
		case ctx.Err() != nil:
			if err == nil {
				conn.Close()
			}
			return nil
		case err != nil:
			return err
		}
		s.take(ctx, conn)
	}
}

// take serves one connection to its end.
func (s *Server) take(ctx context.Context, conn net.Conn) {
	defer conn.Close()
	defer func() {
		if p := recover(); p != nil {
			s.Say(fmt.Sprintf("serving %s panicked: %v\n%s", conn.RemoteAddr(), p, debug.Stack()))
		}
	}()
	lines := bufio.NewReaderSize(conn, MaxSecret+2)
	_ = conn.SetReadDeadline(time.Now().Add(greeting))
	line, err := lines.ReadSlice('\n') // of the buffer's size at most
	given := strings.TrimRight(string(line), "\r\n")
	if err != nil || subtle.ConstantTimeCompare([]byte(given), []byte(s.Secret)) == 0 {
		s.Say(fmt.Sprintf("%s does not know the secret", conn.RemoteAddr()))
		return
	}
	_ = conn.SetReadDeadline(time.Time{})
	s.Say(fmt.Sprintf("%s is let in", conn.RemoteAddr()))
	if err := s.run(ctx, conn, lines); err != nil {
		s.Say(fmt.Sprintf("%s: %v", s.Command[0], err))
	}
	s.Say(fmt.Sprintf("%s has left", conn.RemoteAddr()))
}

// run runs the program for a connection, until either ends. What the program has started ends with it.
func (s *Server) run(ctx context.Context, conn net.Conn, input io.Reader) error {
	cmd := exec.Command(s.Command[0], s.Command[1:]...)
	cmd.Stdout, cmd.Stderr = conn, saying{s.Say}
	cmd.WaitDelay = grace // a descendant may hold the output open
	ownGroup(cmd)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan struct{}) // the connection, or ctx
	var copying sync.WaitGroup
	copying.Go(func() {
		defer close(ended)
		defer stdin.Close()
		_, _ = io.Copy(stdin, input) // either end may close it
	})
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	waited := make(chan error, 1)
	go func() { waited <- cmd.Wait() }()
	select {
	case err = <-waited:
	case <-ended:
		late := time.NewTimer(grace)
		defer late.Stop()
		select {
		case err = <-waited:
		case <-late.C:
			endGroup(cmd)
			<-waited
		}
	}
	conn.Close()
	copying.Wait()
	return err
}

// saying passes on what a program writes to its standard error.
type saying struct{ say func(string) }

func (s saying) Write(p []byte) (int, error) {
	for line := range strings.Lines(string(p)) {
		s.say(strings.TrimRight(line, "\n"))
	}
	return len(p), nil
}

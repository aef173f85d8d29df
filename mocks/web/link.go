package web

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"sync"

	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/tlspeer"
)

// maxData is how much of what is not HTTP is kept.
const maxData = 4 << 10

// link is one connection: the raw one until hands are shaken.
type link struct {
	server *Server
	id     string
	info   observation.TransportInfo

	state tlspeer.State

	mu sync.Mutex
	net.Conn
	read  error  // that ended reading
	start []byte // of what was read before the first request, maxData of it at most
	asked bool   // whether there has been one
	ended bool
}

// shake performs the handshake.
func (c *link) shake(ctx context.Context, rules tlspeer.Rules) error {
	ctx, cancel := context.WithTimeout(ctx, handshakeLimit)
	defer cancel()
	log := c.server.config.Log
	secured, err := tlspeer.Server(ctx, c.Conn, rules, &tlspeer.Tap{Log: log, Conn: c.id, Wire: c.server.config.Wire})
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended { // while the last record was on its way
		secured.Close()
		return net.ErrClosed
	}
	c.Conn, c.state = secured, secured.State()
	return nil
}

// drain reads until the peer hangs up, and notes the first of what it says.
func (c *link) drain() error {
	p := make([]byte, maxData)
	for said := 0; ; {
		n, err := c.Conn.Read(p)
		if some := p[:min(n, maxData-said)]; len(some) > 0 {
			c.data(some)
			said += len(some)
		}
		if err != nil {
			return err
		}
	}
}

// data records what is not HTTP.
func (c *link) data(p []byte) {
	c.server.config.Log.Append(observation.Event{Kind: observation.Data, Conn: c.id, Dir: observation.In, Bytes: bytes.Clone(p)})
}

// Read keeps what comes before the first request, and how reading ends. To run
// into a deadline is no end: net/http interrupts its own reads so.
func (c *link) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.asked {
		c.start = append(c.start, p[:min(n, maxData-len(c.start))]...)
	}
	if c.read == nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		c.read = err
	}
	return n, err
}

// end closes the connection and records how it ended, once.
func (c *link) end(reason error) {
	c.mu.Lock()
	again, conn, start := c.ended, c.Conn, c.start
	if c.ended = true; c.asked {
		start = nil
	}
	c.mu.Unlock()
	if again {
		return
	}
	s := c.server
	if len(start) > 0 {
		c.data(start)
	}
	conn.Close()
	info := c.info
	info.Cause = observation.CauseOfClose(reason)
	s.config.Log.Append(observation.Event{Kind: observation.TransportClose, Conn: c.id, Text: reason.Error(), Transport: &info})
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.links, c)
}

// connKey is what a request's context holds its link under.
type connKey struct{}

// StateOf is what the handshake of a request's connection came to; zero for a
// request that no [Server] has taken. The request's TLS field is nil, since the
// connection is not one of crypto/tls.
func StateOf(r *http.Request) tlspeer.State {
	if c, ok := r.Context().Value(connKey{}).(*link); ok {
		return c.state
	}
	return tlspeer.State{}
}

// serve answers requests until the connection ends, and returns why it did.
func (c *link) serve(handler http.Handler) error {
	ended := make(chan struct{})
	server := &http.Server{
		Handler:                      c.recorded(handler),
		ConnContext:                  func(ctx context.Context, _ net.Conn) context.Context { return context.WithValue(ctx, connKey{}, c) },
		BaseContext:                  func(net.Listener) context.Context { return c.server.ctx },
		ReadHeaderTimeout:            headerLimit,
		WriteTimeout:                 writeLimit,
		MaxHeaderBytes:               maxHeader,
		DisableGeneralOptionsHandler: true,
		ErrorLog:                     log.New(io.Discard, "", 0), // what matters is observed
		ConnState: func(_ net.Conn, state http.ConnState) {
			if state == http.StateClosed {
				close(ended)
			}
		},
	}
	server.Serve(&once{Conn: c})
	<-ended
	c.mu.Lock()
	defer c.mu.Unlock()
	return cmp.Or(c.read, net.ErrClosed)
}

// recorded notes each request and its answer.
func (c *link) recorded(handler http.Handler) http.Handler {
	seen := c.server.config.Log
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.mu.Lock()
		c.asked, c.start = true, nil
		c.mu.Unlock()
		request := observation.HTTPInfo{Method: r.Method, Host: r.Host, Path: r.URL.Path}
		seen.Append(observation.Event{Kind: observation.HTTP, Conn: c.id, Dir: observation.In, HTTP: &request})
		answer := &answer{ResponseWriter: w, record: func(status int) {
			given := request
			given.Status = status
			seen.Append(observation.Event{Kind: observation.HTTP, Conn: c.id, Dir: observation.Out, HTTP: &given})
		}}
		defer func() {
			switch v := recover(); {
			case v == http.ErrAbortHandler:
				panic(v)
			case v != nil:
				seen.Panicked(c.id, fmt.Sprintf("answering %s %s", r.Method, r.URL.Path), v)
				http.Error(answer, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
			}
			answer.note(http.StatusOK) // what net/http makes of silence
		}()
		handler.ServeHTTP(answer, r)
	})
}

// answer notes the status that a handler gives.
type answer struct {
	http.ResponseWriter
	record func(status int)
	noted  bool
}

func (a *answer) note(status int) {
	if status >= 200 && !a.noted {
		a.noted = true
		a.record(status)
	}
}

// WriteHeader is that of http.ResponseWriter.
func (a *answer) WriteHeader(status int) {
	a.note(status)
	a.ResponseWriter.WriteHeader(status)
}

// Write is that of http.ResponseWriter.
func (a *answer) Write(p []byte) (int, error) {
	a.note(http.StatusOK)
	return a.ResponseWriter.Write(p)
}

// once is a listener of one connection, which was accepted already. Only for
// net/http to begin with it.
type once struct {
	net.Conn
	given bool
}

var errGiven = errors.New("there was one connection")

// Accept gives the connection, the first time.
func (o *once) Accept() (net.Conn, error) {
	if o.given {
		return nil, errGiven
	}
	o.given = true
	return o.Conn, nil
}

// Addr is that of net.Listener.
func (o *once) Addr() net.Addr { return o.LocalAddr() }

// Close does nothing: the connection goes on when the listener has ended.
func (o *once) Close() error { return nil }

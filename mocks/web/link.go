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
	"strings"
	"sync"
	"time"

	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/tlspeer"
)

// maxData is how much is recorded of data that is not HTTP.
const maxData = 4 << 10

// link is one connection: the raw one until the handshake is complete.
type link struct {
	server *Server
	id     string
	info   observation.TransportInfo

	state tlspeer.State

	mu sync.Mutex
	net.Conn
	read  error  // why reading ended
	start []byte // the first maxData bytes read, until the first request
	asked bool   // whether there was a request
	ended bool
}

// shake performs the handshake.
func (c *link) shake(ctx context.Context, rules tlspeer.Rules) error {
	ctx, cancel := context.WithTimeout(ctx, c.server.config.Limits.Handshake)
	defer cancel()
	log := c.server.config.Log
	secured, err := tlspeer.Server(ctx, c.Conn, rules, &tlspeer.Tap{Log: log, Conn: c.id, Wire: c.server.config.Wire})
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended { // during the handshake
		secured.Close()
		return net.ErrClosed
	}
	c.Conn, c.state = secured, secured.State()
	return nil
}

// drain reads until the peer hangs up or its time is over, and records the first bytes.
func (c *link) drain() error {
	c.Conn.SetReadDeadline(time.Now().Add(c.server.config.Limits.Idle))
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

// Read keeps what comes before the first request, and the error that ends reading. A
// deadline does not end it: net/http interrupts its own reads with one.
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

// end closes the connection and records why. Only the first call has an effect.
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

// connKey is the key of a request's link in its context.
type connKey struct{}

// StateOf returns what the handshake of a request's connection negotiated. It is zero
// if no [Server] received the request. The request's own TLS field is nil, since
// the connection is not one of crypto/tls.
func StateOf(r *http.Request) tlspeer.State {
	if c, ok := r.Context().Value(connKey{}).(*link); ok {
		return c.state
	}
	return tlspeer.State{}
}

// serve answers requests until the connection ends, and returns why it ended.
func (c *link) serve(handler http.Handler) error {
	ended := make(chan struct{})
	limits := c.server.config.Limits
	server := &http.Server{
		Handler:                      http.MaxBytesHandler(c.recorded(handler), limits.BodyBytes),
		ConnContext:                  func(ctx context.Context, _ net.Conn) context.Context { return context.WithValue(ctx, connKey{}, c) },
		BaseContext:                  func(net.Listener) context.Context { return c.server.ctx },
		ReadHeaderTimeout:            limits.Header,
		ReadTimeout:                  limits.Request,
		WriteTimeout:                 limits.Answer,
		IdleTimeout:                  limits.Idle,
		MaxHeaderBytes:               limits.HeaderBytes,
		DisableGeneralOptionsHandler: true,
		ErrorLog:                     log.New(io.Discard, "", 0), // the observations have what matters
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

// recorded wraps a handler so that each request, its answer and a panic are recorded.
func (c *link) recorded(handler http.Handler) http.Handler {
	seen := c.server.config.Log
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.mu.Lock()
		c.asked, c.start = true, nil
		c.mu.Unlock()
		// Copies, since net/http's texts are parts of the whole header, which the log would keep.
		request := observation.HTTPInfo{Method: strings.Clone(r.Method), Host: strings.Clone(r.Host), Path: strings.Clone(r.URL.Path)}
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
			answer.note(http.StatusOK) // which net/http sends if the handler wrote nothing
		}()
		handler.ServeHTTP(answer, r)
	})
}

// answer records the status that a handler sends.
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

// WriteHeader implements http.ResponseWriter.
func (a *answer) WriteHeader(status int) {
	a.note(status)
	a.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (a *answer) Write(p []byte) (int, error) {
	a.note(http.StatusOK)
	return a.ResponseWriter.Write(p)
}

// once is a listener that returns one connection, which was accepted already, so that
// net/http serves it.
type once struct {
	net.Conn
	given bool
}

var errGiven = errors.New("there was one connection")

// Accept returns the connection the first time, and then errGiven.
func (o *once) Accept() (net.Conn, error) {
	if o.given {
		return nil, errGiven
	}
	o.given = true
	return o.Conn, nil
}

// Addr implements net.Listener.
func (o *once) Addr() net.Addr { return o.LocalAddr() }

// Close does nothing: the connection outlives the listener.
func (o *once) Close() error { return nil }

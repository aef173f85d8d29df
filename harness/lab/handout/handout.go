// Package handout serves a fixed set of pages over HTTP, to devices that fetch their roots and their configuration.
// Nothing is read while it serves, so that nothing but the pages can be had.
//
// The package serves this module and may change.
package handout

import (
	"context"
	"errors"
	"log"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/netutil"

	"github.com/sipconform/sipconform/mocks/accept"
)

// What a peer that never finishes can hold.
const (
	reading     = 10 * time.Second // of a request
	writing     = 30 * time.Second // of an answer
	idle        = 30 * time.Second // between requests
	headerBytes = 16 << 10
	connections = 64 // at a time; one more waits
)

// Page is what is served at a path.
type Page struct {
	Type string // the media type
	Body []byte
}

// Media types of certificates. Phones and browsers offer to import what has the first; RFC 8555 §9.1 has the second.
const (
	DER = "application/x-x509-ca-cert"
	PEM = "application/pem-certificate-chain"
)

// Site is the pages by their paths, which begin with a slash.
type Site struct {
	Pages map[string]Page
	// Alias returns the path of a page for a path that is none's, empty if there is none; nil: there never is.
	Alias func(path string) string
	// Sent, if not nil, is called with the path of each page that is sent, and with the peer's address. Several calls
	// may run at the same time.
	Sent func(path, peer string)
}

// ServeHTTP sends a page, and nothing for any other path.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	head := w.Header()
	head.Set("X-Content-Type-Options", "nosniff")
	head.Set("Referrer-Policy", "no-referrer") // a path can be a secret
	head.Set("Cache-Control", "no-store")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		head.Set("Allow", "GET, HEAD")
		http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
		return
	}
	path := r.URL.Path
	if _, ok := s.Pages[path]; !ok && s.Alias != nil {
		path = s.Alias(path)
	}
	page, ok := s.Pages[path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	if strings.HasPrefix(page.Type, "text/html") {
		head.Set("Content-Security-Policy", "frame-ancestors 'none'") // beside what the page says itself
	}
	head.Set("Content-Type", page.Type)
	head.Set("Content-Length", strconv.Itoa(len(page.Body)))
	if r.Method == http.MethodHead {
		return
	}
	if _, err := w.Write(page.Body); err == nil && s.Sent != nil {
		s.Sent(path, r.RemoteAddr)
	}
}

// Serve serves the site until ctx ends, and closes the listener and every connection. Failed, if
// not nil, is called with the first of the errors in a row that keep a connection waiting.
func Serve(ctx context.Context, listener net.Listener, s *Site, failed func(error)) error {
	server := &http.Server{
		Handler: s, ReadHeaderTimeout: reading, ReadTimeout: reading, WriteTimeout: writing, IdleTimeout: idle, MaxHeaderBytes: headerBytes,
		ErrorLog: log.New(quiet{}, "", 0),
	}
	ended := make(chan error, 1)
	go func() {
		ended <- server.Serve(netutil.LimitListener(accept.Patient(ctx, listener, failed), connections))
	}()
	select {
	case err := <-ended:
		return errors.Join(err, server.Close())
	case <-ctx.Done():
	}
	server.Close()
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// quiet drops what the server says of a peer that broke off.
type quiet struct{}

func (quiet) Write(p []byte) (int, error) { return len(p), nil }

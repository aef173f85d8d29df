// Package livepage shows a run while it goes on, on a page for a browser: what a person is to do now, what connects, what it
// offers, what is refused and why, verdicts as they fall, and the ladder of the current call. It follows the logs of
// scenarios by itself, and changes nothing but the answer that a person gives on it.
//
// The page works without scripts, too. With them, it is kept up to date by server-sent events, of which each has a
// whole section of the page: whoever joins late or reads slowly gets the newest one, and misses nothing that it still has.
// Whatever a peer has sent is shown without secrets (package redact) and without characters that deceive (package
// printable).
//
// The package serves this module and may change.
package livepage

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/netutil"

	"github.com/sipconform/sipconform/harness/operator"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/mocks/observation"
)

const (
	// maxConnections is how many connections browsers may have open. A browser opens six.
	maxConnections = 32
	// readTimeout bounds a request, and writeTimeout each answer and each event: a browser that takes none meanwhile is
	// dropped, and gets all of it when it comes back.
	readTimeout  = 10 * time.Second
	writeTimeout = 10 * time.Second
	idleTimeout  = 30 * time.Second
	// maxHeader bounds the header of a request, in bytes.
	maxHeader = 16 << 10
	// closing is how long Close waits for browsers to take the last events, and shutdown how long for the rest.
	closing  = 2 * time.Second
	shutdown = 200 * time.Millisecond
)

// Config is what a page shows, and where.
type Config struct {
	// Address is HOST:PORT, where HOST is an IP address and PORT may be 0. Without a host, or with localhost, it is
	// 127.0.0.1.
	Address string
	// Listener is used instead of Address: one that [Listen] opened, for a process that has entered namespaces since.
	Listener net.Listener
	// Desk is where tasks come from, and answers go. Nil for a page that asks nothing.
	Desk *operator.Desk
	// Title says what runs, such as the name of a device, and Facts what else is known of it beforehand.
	Title string
	Facts []Fact
	// Total is how many scenarios the plan has; 0 for a page without verdicts.
	Total int
	// Secrets are passwords that are known, which the page does not show.
	Secrets []string
}

// Fact is something that is known of a run, by its name.
type Fact struct{ Name, Value string }

// Page is a page that is served. Its methods may be called from any goroutine.
type Page struct {
	config Config
	token  string
	at     netip.AddrPort
	server *http.Server
	state  *state

	streams    chan struct{} // holds one for each browser that is kept up to date
	renderings [sections]rendering

	ctx    context.Context // ends with Close
	end    context.CancelFunc
	leave  func() // the desk
	closed func() error

	mu         sync.Mutex
	ended      bool           // no goroutine is to begin any more
	goroutines sync.WaitGroup // each that the page has started
}

// Listen opens the socket of a page: see [Config]. An address that stands for all of the machine's is an error.
func Listen(address string) (net.Listener, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("livepage: %q is not HOST:PORT: use 127.0.0.1:0 for any free port", address)
	}
	if host == "" || strings.EqualFold(host, "localhost") {
		host = "127.0.0.1"
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return nil, fmt.Errorf("livepage: %q: %q is not an IP address of this machine", address, host)
	}
	if ip.IsUnspecified() || ip.IsMulticast() {
		return nil, fmt.Errorf("livepage: %q stands for more than one address: name the one that browsers use", address)
	}
	l, err := net.Listen("tcp", net.JoinHostPort(host, port))
	if err != nil {
		return nil, fmt.Errorf("livepage: %w", err)
	}
	return l, nil
}

// Start serves a page until it is closed. When ctx ends, it is not kept up to date any more.
func Start(ctx context.Context, config Config) (*Page, error) {
	listener := config.Listener
	if listener == nil {
		var err error
		if listener, err = Listen(config.Address); err != nil {
			return nil, err
		}
	}
	at, err := netip.ParseAddrPort(listener.Addr().String())
	if err != nil {
		return nil, errors.Join(fmt.Errorf("livepage: %w", err), listener.Close())
	}
	config.Facts, config.Secrets = slices.Clone(config.Facts), slices.Clone(config.Secrets)
	p := &Page{config: config, token: newToken(), at: at, state: newState(config), leave: func() {},
		streams: make(chan struct{}, maxStreams)}
	p.ctx, p.end = context.WithCancel(ctx)
	p.server = &http.Server{
		Handler: p.guarded(p.routes()), ReadTimeout: readTimeout, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout,
		MaxHeaderBytes: maxHeader, ErrorLog: log.New(io.Discard, "", 0), // which only peers cause
	}
	if config.Desk != nil {
		p.leave = config.Desk.Attend()
		p.goroutines.Go(p.watchDesk)
	}
	p.closed = sync.OnceValue(p.shut)
	p.goroutines.Go(func() { _ = p.server.Serve(netutil.LimitListener(listener, maxConnections)) })
	return p, nil
}

// newToken returns what nobody can guess.
func newToken() string {
	var random [32]byte
	_, _ = rand.Read(random[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(random[:])
}

// URL returns the address of the page. Whoever knows it can read the page and answer for the person at the device.
func (p *Page) URL() string { return "http://" + p.at.String() + "/" + p.token + "/" }

// Begin tells that a scenario begins, which the page follows until its log ends. One that is tried again begins again, with
// another log.
func (p *Page) Begin(scenario, title string, log *observation.Log) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended {
		return
	}
	one := p.state.begin(scenario, title, log)
	p.goroutines.Go(func() {
		defer p.state.end(one)
		log.Follow(p.ctx, func(e observation.Event) { p.state.see(one, &e) })
	})
}

// Done adds a result to the verdicts.
func (p *Page) Done(r results.Result) { p.state.done(&r) }

// Over shows what a run has come to.
func (p *Page) Over(run *results.Run) { p.state.over(run) }

// Close tells browsers that the page ends, and ends it.
func (p *Page) Close() error { return p.closed() }

func (p *Page) shut() error {
	p.mu.Lock()
	p.ended = true
	p.mu.Unlock()
	p.end()
	p.leave()
	// Who holds every place among the streams knows that none is left.
	waiting, stop := context.WithTimeout(context.Background(), closing)
	defer stop()
	for range maxStreams {
		select {
		case p.streams <- struct{}{}:
		case <-waiting.Done(): // a browser does not read
		}
	}
	// Browsers open connections beforehand, which end when the program does.
	shutting, cut := context.WithTimeout(context.Background(), shutdown)
	defer cut()
	err := p.server.Shutdown(shutting)
	if err != nil {
		err = p.server.Close()
	}
	p.goroutines.Wait()
	return err
}

// watchDesk follows the desk.
func (p *Page) watchDesk() {
	for {
		changes := p.config.Desk.Changes()
		id, task, _ := p.config.Desk.Current()
		p.state.ask(id, task)
		select {
		case <-changes:
		case <-p.ctx.Done():
			return
		}
	}
}

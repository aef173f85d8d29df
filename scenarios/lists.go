package scenarios

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"sync"

	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/mocks/observation"
)

// lists is the web server of an authority, with a revocation list for each
// certificate that is on one (RFC 5280 §4.2.1.13).
type lists struct {
	log     *observation.Log
	address netip.Addr // of the server, which is not there before there is a list
	server  *http.Server
	base    string
	serving sync.WaitGroup

	mu     sync.Mutex
	byPath map[string][]byte
}

func newLists(log *observation.Log, address netip.Addr) *lists {
	return &lists{log: log, address: address, byPath: make(map[string][]byte)}
}

// revoke issues a leaf that names a list, and puts it on that list.
func (l *lists) revoke(pki *certs.PKI, leaf certs.Leaf) (*certs.Credential, error) {
	if err := l.open(); err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	path := fmt.Sprintf("/%d.crl", len(l.byPath)+1)
	leaf.CRLDistributionPoints = []string{l.base + path}
	issued, err := pki.Issue(leaf)
	if err != nil {
		return nil, err
	}
	l.byPath[path], err = pki.CRL(issued)
	return issued, err
}

func (l *lists) open() error {
	if l.server != nil {
		return nil
	}
	listener, err := net.ListenTCP("tcp", &net.TCPAddr{IP: l.address.AsSlice()})
	if err != nil {
		return err
	}
	l.base = "http://" + listener.Addr().String()
	l.server = &http.Server{Handler: l}
	l.serving.Go(func() { l.server.Serve(listener) })
	return nil
}

// ServeHTTP sends a list, and notes that it was asked for.
func (l *lists) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	list, ok := l.byPath[r.URL.Path]
	l.mu.Unlock()
	if !ok {
		http.NotFound(w, r)
		return
	}
	l.log.Append(observation.Event{Kind: observation.Note, Text: judge.ListFetched})
	w.Header().Set("Content-Type", "application/pkix-crl") // RFC 2585 §4.2
	w.Write(list)
}

// Close ends the server, if there is one.
func (l *lists) Close() error {
	if l.server == nil {
		return nil
	}
	defer l.serving.Wait()
	return l.server.Close()
}

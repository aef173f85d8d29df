package scene

import (
	"context"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/ocsp"

	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/mocks/accept"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/peers"
)

// revocations is the web server of an authority: lists of certificates that it
// has revoked (RFC 5280 §4.2.1.13), and the responder that is asked about one (RFC
// 6960 appendix A).
type revocations struct {
	log     *observation.Log
	address netip.Addr  // of the server, which is not there before there is a need
	gate    *peers.Gate // whose requests are answered
	server  *http.Server
	base    string
	serving sync.WaitGroup

	mu    sync.Mutex
	lists map[string][]byte // by path
	known []status          // what the responder has an answer for
	given givenLists
}

// status is a certificate, and whether it is revoked.
type status struct {
	issued *certs.Credential
	is     certs.Revocation
}

// givenLists are what the device is given with the roots.
type givenLists struct {
	pki     *certs.PKI // nil before a certificate is issued
	revoked []*certs.Credential
}

// Revocation is where a certificate says that its revocation can be learned.
type Revocation string

// The places where a revocation can be learned. The zero value is a certificate
// that names none.
const (
	ByList      Revocation = "list"
	ByResponder Revocation = "responder"
	// Known is a certificate that names none: the device has the list already.
	Known Revocation = "known"
)

const (
	responderPath = "/ocsp/"
	// maxQuestion is the most bytes of a request to the responder; one is about 100.
	maxQuestion = 16 << 10
	// fetching is how long a request may take to come, its answer to go, and the connection to be idle. No verdict
	// depends on it.
	fetching = 10 * time.Second
)

func newRevocations(log *observation.Log, address netip.Addr, gate *peers.Gate) *revocations {
	return &revocations{log: log, address: address, gate: gate, lists: make(map[string][]byte)}
}

// issue issues a leaf that names where its revocation can be learned, and revokes it
// if it is to be. The list of a leaf that is not revoked is empty.
func (r *revocations) issue(pki *certs.PKI, leaf certs.Leaf, where Revocation, revoked bool) (*certs.Credential, error) {
	if where == Known {
		issued, err := pki.Issue(leaf)
		if r.given.pki = pki; revoked {
			r.given.revoked = append(r.given.revoked, issued)
		}
		return issued, err
	}
	if err := r.open(); err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	path := fmt.Sprintf("/%d.crl", len(r.lists)+1)
	if where == ByList {
		leaf.CRLDistributionPoints = []string{r.base + path}
	} else {
		leaf.OCSPServers = []string{r.base + responderPath}
	}
	issued, err := pki.Issue(leaf)
	if err != nil {
		return nil, err
	}
	switch {
	case where == ByList && revoked:
		r.lists[path], err = pki.CRL(issued)
	case where == ByList:
		r.lists[path], err = pki.CRL()
	case revoked:
		r.known = append(r.known, status{issued, certs.Revoked})
	default:
		r.known = append(r.known, status{issued, certs.Good})
	}
	return issued, err
}

// listsGiven returns the PEM of the lists that the device is given, the root's too, because
// OpenSSL wants one of each authority; empty if it is given none.
func (r *revocations) listsGiven() (string, error) {
	if r.given.pki == nil {
		return "", nil
	}
	var text []byte
	leaves, err := r.given.pki.CRL(r.given.revoked...)
	if err != nil {
		return "", err
	}
	intermediates, err := r.given.pki.RootCRL()
	for _, der := range [][]byte{leaves, intermediates} {
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: der})...)
	}
	return string(text), err
}

func (r *revocations) open() error {
	if r.server != nil {
		return nil
	}
	listener, err := net.ListenTCP("tcp", &net.TCPAddr{IP: r.address.AsSlice()})
	if err != nil {
		return err
	}
	r.base = "http://" + listener.Addr().String()
	r.server = &http.Server{Handler: r, ReadHeaderTimeout: fetching, ReadTimeout: fetching, WriteTimeout: fetching, IdleTimeout: fetching,
		MaxHeaderBytes: maxQuestion}
	patient := accept.Patient(context.Background(), listener, r.log.Failing("", "accepting a question about a certificate"))
	r.serving.Go(func() {
		defer r.log.Guard("", "serving what an authority revoked")
		r.server.Serve(patient)
	})
	return nil
}

// ServeHTTP sends what is asked for, and notes that it was.
func (r *revocations) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	defer r.log.Guard("", "serving what an authority revoked")
	if from, err := netip.ParseAddrPort(request.RemoteAddr); err != nil || !r.gate.Admits("http", from) {
		http.Error(w, http.StatusText(http.StatusForbidden), http.StatusForbidden)
		return
	}
	r.mu.Lock()
	list, isList := r.lists[request.URL.Path]
	r.mu.Unlock()
	switch {
	case isList:
		r.log.Mark(observation.ListFetched)
		w.Header().Set("Content-Type", "application/pkix-crl") // RFC 2585 §4.2
		w.Write(list)
	case strings.HasPrefix(request.URL.EscapedPath(), responderPath):
		r.log.Mark(observation.ResponderAsked)
		w.Header().Set("Content-Type", "application/ocsp-response")
		w.Write(r.respond(question(request)))
	default:
		http.NotFound(w, request)
	}
}

// question is the DER of what a responder is asked, in the body of a POST or in
// the path of a GET; nil if it cannot be read.
func question(request *http.Request) []byte {
	if request.Method == http.MethodPost {
		der, _ := io.ReadAll(io.LimitReader(request.Body, maxQuestion))
		return der
	}
	text, _ := url.PathUnescape(strings.TrimPrefix(request.URL.EscapedPath(), responderPath))
	der, _ := base64.StdEncoding.DecodeString(text)
	return der
}

// respond answers a question of a device's.
func (r *revocations) respond(question []byte) []byte {
	asked, err := ocsp.ParseRequest(question)
	if err != nil {
		return ocsp.MalformedRequestErrorResponse
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.known {
		if c.issued.Leaf.SerialNumber.Cmp(asked.SerialNumber) == 0 {
			response, err := c.issued.OCSPResponse(c.is)
			if err != nil {
				return ocsp.InternalErrorErrorResponse
			}
			return response
		}
	}
	return ocsp.UnauthorizedErrorResponse
}

// Close ends the server, if there is one.
func (r *revocations) Close() error {
	if r.server == nil {
		return nil
	}
	defer r.serving.Wait()
	return r.server.Close()
}

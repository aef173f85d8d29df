//go:build !nolibssl && (linux || darwin) && (amd64 || arm64)

package tlspeer

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"runtime"
	"runtime/pprof"
	"sync"
	"testing"
	"time"

	"github.com/ebitengine/purego"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
)

// hello returns the bytes of a ClientHello that no handshake follows.
func hello(t *testing.T) []byte {
	t.Helper()
	near, far := net.Pipe()
	go func() {
		defer near.Close()
		tls.Client(near, &tls.Config{ServerName: testName, MaxVersion: tls.VersionTLS12}).HandshakeContext(t.Context())
	}()
	defer far.Close()
	p := make([]byte, 16<<10)
	n, err := far.Read(p)
	if err != nil {
		t.Fatal(err)
	}
	return p[:n]
}

// TestHalfHandshakes begins hundreds of handshakes at once and finishes none. While they wait, another is served: they
// hold no slot. The process has few more threads than before, and nothing is left when they end.
func TestHalfHandshakes(t *testing.T) {
	e := libsslHere(t)
	first, clean := hello(t), testkit.NoLeaks(t)
	threads := func() int { return pprof.Lookup("threadcreate").Count() }
	rules := serverRules(rsaCertificate())
	before := threads()
	const half = 600
	var serving sync.WaitGroup
	var waiting []net.Conn
	flights := make(chan error, half)
	for range half {
		near, far := net.Pipe()
		waiting = append(waiting, far)
		serving.Go(func() {
			if conn, err := serverOf(e)(t.Context(), near, rules, nil); err == nil {
				conn.Close()
			}
		})
		serving.Go(func() {
			far.SetDeadline(time.Now().Add(testkit.Patience))
			if _, err := far.Write(first); err != nil {
				flights <- err
				return
			}
			_, err := far.Read(make([]byte, 1<<14)) // the server's flight
			flights <- err
		})
	}
	for range half {
		if err := testkit.Receive(t, flights, "a server's flight"); err != nil {
			t.Fatal(err)
		}
	}
	got := serve(t, serverOf(e), rules, func(address string) {
		conn, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true})
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		io.WriteString(conn, greeting)
		io.ReadAll(conn)
	})
	if got.err != nil || got.received != greeting {
		t.Errorf("beside %d half handshakes: %q, %v", half, got.received, got.err)
	}
	more := threads() - before
	if most := cap(e.slots) + 4*runtime.GOMAXPROCS(0) + 16; more > most {
		t.Errorf("%d half handshakes took %d threads, want at most %d", half, more, most)
	}
	t.Logf("%d half handshakes took %d threads", half, more)
	for _, conn := range waiting {
		conn.Close()
	}
	serving.Wait()
	clean()
}

// TestLibsslGivesNothing has each function of the libraries that can fail give nothing, as for want of memory. The
// handshake fails or does without, and the process lives; where libssl cannot go on, that is an [EngineError] and a fault.
func TestLibsslGivesNothing(t *testing.T) {
	t.Parallel()
	whole := libsslHere(t)
	nothing := function(purego.NewCallback(func() uintptr { return 0 }))
	for _, c := range []struct {
		name     string
		function func(*functions) *function
		engine   bool // it is the engine's failure
	}{
		{"SSL_CTX_new_ex", func(f *functions) *function { return &f.ctxNew }, true},
		{"SSL_new", func(f *functions) *function { return &f.sslNew }, true},
		{"BIO_new", func(f *functions) *function { return &f.bioNew }, true},
		{"X509_new_ex", func(f *functions) *function { return &f.x509New }, true},
		{"d2i_X509", func(f *functions) *function { return &f.x509Decode }, true},
		{"d2i_AutoPrivateKey_ex", func(f *functions) *function { return &f.keyDecode }, true},
		{"SSL_CTX_set_cipher_list", func(f *functions) *function { return &f.ctxCipherList }, true},
		{"SSL_CTX_use_certificate", func(f *functions) *function { return &f.ctxUseCertificate }, true},
		{"SSL_CTX_use_PrivateKey", func(f *functions) *function { return &f.ctxUseKey }, true},
		{"SSL_CTX_ctrl", func(f *functions) *function { return &f.ctxCtrl }, true},
		{"BIO_write", func(f *functions) *function { return &f.bioWrite }, true},
		{"BIO_read", func(f *functions) *function { return &f.bioRead }, true},
		{"SSL_do_handshake", func(f *functions) *function { return &f.sslHandshake }, true},
		{"SSL_get_error", func(f *functions) *function { return &f.sslError }, true},
		{"SSL_ctrl", func(f *functions) *function { return &f.sslCtrl }, true},
		{"SSL_get_servername", func(f *functions) *function { return &f.sslServerName }, false},
		{"SSL_get_current_cipher", func(f *functions) *function { return &f.sslCipher }, false},
		{"SSL_get_pending_cipher", func(f *functions) *function { return &f.sslPendingCipher }, false},
		{"SSL_get_certificate", func(f *functions) *function { return &f.sslCertificate }, false},
		{"SSL_use_certificate", func(f *functions) *function { return &f.sslUseCertificate }, true},
		{"SSL_use_PrivateKey", func(f *functions) *function { return &f.sslUseKey }, true},
		{"SSL_client_hello_get0_ext", func(f *functions) *function { return &f.helloExtension }, false},
		{"OPENSSL_sk_num", func(f *functions) *function { return &f.skNum }, true},
		{"OPENSSL_sk_value", func(f *functions) *function { return &f.skValue }, true},
		{"i2d_X509", func(f *functions) *function { return &f.x509Encode }, true},
		{"X509_STORE_CTX_get0_untrusted", func(f *functions) *function { return &f.storeUntrusted }, true},
		{"X509_STORE_CTX_get_ex_data", func(f *functions) *function { return &f.storeData }, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			short := &library{functions: whole.functions, context: whole.context, storeSlot: whole.storeSlot,
				suites: whole.suites, groups: whole.groups, slots: make(chan struct{}, 1)}
			short.verify, short.keyLog = purego.NewCallback(short.onVerify), purego.NewCallback(short.onKeyLog)
			short.asked, short.hello = purego.NewCallback(short.onAsked), purego.NewCallback(short.onHello)
			*c.function(&short.functions) = nothing
			rules := serverRules(rsaCertificate())
			rules.ClientAuth, rules.Groups = ClientAuthRequest, []uint16{24, 23}
			rules.Named = map[string]tls.Certificate{testName: ecdsaCertificate()}
			got := serve(t, serverOf(libssl{short}), rules, func(address string) {
				own := ecdsaCertificate()
				conn, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true, ServerName: testName,
					Certificates: []tls.Certificate{own}})
				if err != nil {
					return
				}
				defer conn.Close()
				io.WriteString(conn, greeting)
				io.ReadAll(conn)
			})
			failed := new(EngineError)
			if is := errors.As(got.err, &failed); is != c.engine || is != (len(got.all(observation.Fault)) == 1) {
				t.Errorf("the handshake ends with %v, and %d faults in the log", got.err, len(got.all(observation.Fault)))
			}
		})
	}
}

package tlspeer

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
)

func TestHandshakeEndsWithContext(t *testing.T) { eachEngine(t, handshakeEndsWithContext) }

func handshakeEndsWithContext(t *testing.T, e engine) {
	certificate := ecdsaCertificate()
	for name, side := range map[string]endpoint{"server": serverOf(e), "client": clientOf(e)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ours, theirs := net.Pipe()
				defer theirs.Close()
				go io.Copy(io.Discard, theirs) // a peer that listens and never answers
				ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second)
				defer cancel()
				log := observation.NewLog()
				start := time.Now()
				_, err := side(ctx, ours, serverRules(certificate), &Tap{Log: log})
				if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 4*time.Second {
					t.Errorf("%v after %v", err, time.Since(start))
				}
				if _, err := ours.Write([]byte{0}); !errors.Is(err, io.ErrClosedPipe) {
					t.Errorf("the connection is still open: %v", err)
				}
				events := log.Events()
				if last := events[len(events)-1]; last.Kind != observation.TLSHandshake || last.Handshake.Complete {
					t.Errorf("last event %+v", last)
				}
			})
		})
	}
}

// pair returns the two ends of a pipe after the handshake.
func pair(t *testing.T, e engine, certificate tls.Certificate) (server, client *Conn) {
	t.Helper()
	near, far := net.Pipe()
	done := make(chan error, 1)
	go func() {
		var err error
		client, err = clientOf(e)(t.Context(), far, Rules{MinVersion: TLS12, MaxVersion: TLS13}, nil)
		done <- err
	}()
	server, err := serverOf(e)(t.Context(), near, serverRules(certificate), nil)
	if err = errors.Join(err, <-done); err != nil {
		t.Fatal(err)
	}
	return server, client
}

func TestCloseIsBounded(t *testing.T) { eachEngine(t, closeIsBounded) }

func closeIsBounded(t *testing.T, e engine) {
	certificate := ecdsaCertificate()
	synctest.Test(t, func(t *testing.T) {
		server, client := pair(t, e, certificate)
		start := time.Now()
		server.Close() // nobody reads the close_notify
		if elapsed := time.Since(start); elapsed != closeTimeout {
			t.Errorf("took %v", elapsed)
		}
		client.NetConn().Close()
	})
	synctest.Test(t, func(t *testing.T) {
		server, client := pair(t, e, certificate)
		end := make(chan error, 1)
		go func() {
			_, err := client.Read(make([]byte, 1))
			end <- err
		}()
		start := time.Now()
		if err := server.Close(); err != nil || time.Since(start) != 0 {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		if err := <-end; err != io.EOF {
			t.Errorf("the peer read %v, want close_notify's EOF", err)
		}
		client.Close()
	})
}

func TestDeadlines(t *testing.T) { eachEngine(t, deadlines) }

func deadlines(t *testing.T, e engine) {
	certificate := ecdsaCertificate()
	synctest.Test(t, func(t *testing.T) {
		server, client := pair(t, e, certificate)
		defer client.NetConn().Close()
		defer server.Close()
		for range 2 { // the second after the first has passed
			start := time.Now()
			server.SetReadDeadline(start.Add(time.Second))
			if _, err := server.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(start) != time.Second {
				t.Errorf("%v after %v", err, time.Since(start))
			}
		}
		server.SetReadDeadline(time.Time{})
		go client.Write([]byte("late"))
		if got, err := io.ReadAll(io.LimitReader(server, 4)); string(got) != "late" {
			t.Errorf("read %q, %v", got, err)
		}
		start := time.Now()
		server.SetWriteDeadline(start.Add(time.Second))
		if _, err := server.Write(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(start) != time.Second {
			t.Errorf("writing: %v after %v", err, time.Since(start))
		}
	})
}

// TestVerifyThatPanics checks that a panic in Verify reaches the caller of the handshake.
func TestVerifyThatPanics(t *testing.T) { eachEngine(t, verifyThatPanics) }

func verifyThatPanics(t *testing.T, e engine) {
	l := testkit.Listen(t)
	done := make(chan any, 1)
	go func() {
		defer func() { done <- recover() }()
		raw, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Error(err)
			return
		}
		defer raw.Close()
		clientOf(e)(testkit.Context(t), raw, Rules{MinVersion: TLS12, MaxVersion: TLS12, Verify: func([]*x509.Certificate) error {
			panic("a certificate that nobody thought of")
		}}, nil)
	}()
	raw, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := serverOf(e)(testkit.Context(t), raw, serverRules(rsaCertificate()), nil); err == nil {
		t.Error("the handshake ended well")
	}
	if v := fmt.Sprint(<-done); !strings.HasPrefix(v, "a certificate that nobody thought of") {
		t.Errorf("recovered %s", v)
	}
}

// halfClosing gives a pipe the method by which linger recognises TCP.
type halfClosing struct{ net.Conn }

func (halfClosing) CloseWrite() error { return nil }

func TestLingerIsBounded(t *testing.T) { eachEngine(t, lingerIsBounded) }

func lingerIsBounded(t *testing.T, e engine) {
	rules := serverRules(ecdsaCertificate())
	rules.MinVersion = TLS12
	hello := record(22, unhex(t, oldHello))
	run := func(t *testing.T, ctx context.Context) time.Duration {
		ours, theirs := net.Pipe()
		defer theirs.Close()
		go func() {
			theirs.Write(hello)
			io.Copy(io.Discard, theirs) // and does not close
		}()
		start := time.Now()
		if _, err := serverOf(e)(ctx, halfClosing{ours}, rules, nil); err == nil {
			t.Error("not refused")
		}
		return time.Since(start)
	}
	synctest.Test(t, func(t *testing.T) {
		if elapsed := run(t, t.Context()); elapsed != lingerTimeout {
			t.Errorf("took %v", elapsed)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), lingerTimeout/2)
		defer cancel()
		if elapsed := run(t, ctx); elapsed != lingerTimeout/2 {
			t.Errorf("took %v although the context ended", elapsed)
		}
	})
}

func TestReadAndWriteAtOnce(t *testing.T) { eachEngine(t, readAndWriteAtOnce) }

func readAndWriteAtOnce(t *testing.T, e engine) {
	l := testkit.Listen(t)
	const size = 1 << 20
	pump := func(conn net.Conn) error {
		sent := make(chan error, 1)
		go func() {
			_, err := conn.Write(make([]byte, size))
			sent <- err
		}()
		_, err := io.CopyN(io.Discard, conn, size)
		return errors.Join(err, <-sent)
	}
	client := make(chan error, 1)
	go func() {
		raw, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			client <- err
			return
		}
		conn, err := clientOf(e)(testkit.Context(t), raw, Rules{MinVersion: TLS12, MaxVersion: TLS13},
			&Tap{Log: observation.NewLog(), Wire: true})
		if err == nil {
			err = pump(conn)
			conn.Close()
		}
		client <- err
	}()
	raw, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	conn, err := serverOf(e)(testkit.Context(t), raw, serverRules(ecdsaCertificate()), &Tap{Log: observation.NewLog(), Wire: true})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := errors.Join(pump(conn), <-client); err != nil {
		t.Error(err)
	}
}

// TestThousandsOfHandshakes checks that handshakes leave neither goroutines nor memory behind; every fourth fails, in
// one of four ways.
func TestThousandsOfHandshakes(t *testing.T) {
	for e := range engines { // not in parallel, since other tests use memory too
		t.Run(engineName(e), func(t *testing.T) { thousandsOfHandshakes(t, e) })
	}
}

func thousandsOfHandshakes(t *testing.T, e engine) {
	const count, workers = 2000, 16
	rules := serverRules(ecdsaCertificate())
	rules.MinVersion, rules.Suites = TLS12, []uint16{0xC02B}
	config := trusting()
	config.CurvePreferences = []tls.CurveID{tls.X25519} // quicker than the default
	distrusting := config.Clone()
	distrusting.InsecureSkipVerify = false
	tooOld := config.Clone()
	tooOld.MinVersion, tooOld.MaxVersion = TLS10, TLS11
	noSuite := config.Clone()
	noSuite.MaxVersion, noSuite.CipherSuites = TLS12, []uint16{tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256}
	garbage := func(address string) { exchange(address, []byte("OPTIONS sip:edge.vendor.test SIP/2.0\r\n\r\n")) }
	good := goClient(config)
	peers := []func(string){
		goClient(distrusting), good, good, good,
		goClient(tooOld), good, good, good,
		goClient(noSuite), good, good, good,
		garbage, good, good, good,
	}

	l := testkit.Listen(t)
	run := func(count int) (failed int) {
		results := make(chan error, workers)
		jobs := make(chan int)
		var group sync.WaitGroup
		for range workers {
			group.Go(func() {
				for i := range jobs {
					peers[i%len(peers)](l.Addr().String())
				}
			})
		}
		group.Go(func() {
			defer close(jobs)
			for i := range count {
				jobs <- i
			}
		})
		group.Go(func() {
			for range count {
				raw, err := l.Accept()
				if err != nil {
					results <- err
					continue
				}
				group.Go(func() {
					ctx, cancel := context.WithTimeout(context.Background(), testkit.Patience)
					defer cancel()
					results <- finish(ctx, raw, rules, serverOf(e), int64(len(greeting))).err
				})
			}
		})
		for range count {
			if <-results != nil {
				failed++
			}
		}
		group.Wait()
		return failed
	}
	heap := func() uint64 {
		runtime.GC()
		runtime.GC() // the second frees what finalizers held
		var stats runtime.MemStats
		runtime.ReadMemStats(&stats)
		return stats.HeapAlloc
	}

	run(200)
	before, noLeaks := heap(), testkit.NoLeaks(t)
	if failed := run(count); failed != count/4 {
		t.Errorf("%d of %d handshakes failed, want a quarter", failed, count)
	}
	noLeaks()
	// What one handshake keeps counts two thousand times.
	if after := heap(); after > before+count*512 {
		t.Errorf("%d bytes on the heap, %d before", after, before)
	}
}

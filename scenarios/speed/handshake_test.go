//go:build unix

package speed

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/internal/testkit"
)

const (
	handshakeTurns  = 40
	handshakesATurn = 40
	inFlight        = 2
)

// kinds are the types of keys that are compared, each with the server's only suite.
var kinds = []struct {
	key   certs.KeyType
	suite uint16
	name  string // OpenSSL's name of the suite
}{
	{certs.RSA2048, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, "ECDHE-RSA-AES128-GCM-SHA256"},
	{certs.P256, tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, "ECDHE-ECDSA-AES128-GCM-SHA256"},
}

// benchmarkHandshakes compares the mocks' TLS server with openssl s_server: the
// same client, key, version, suite and group, two connections at a time, without
// resumption. Each server is a process of its own.
func benchmarkHandshakes(b *testing.B) []row {
	err := lookFor("openssl")
	if err != nil {
		b.Logf("handshakes are not compared: %v", err)
	}
	var rows []row
	for _, kind := range kinds {
		compared := row{
			what:   fmt.Sprintf("TLS handshakes, mock to s_server, %s", kind.key),
			target: "at least 1", met: func(f float64) bool { return f >= 1 },
		}
		if err != nil {
			rows = append(rows, compared)
			continue
		}
		cert, key := credential(b, kind.key)
		mock := testkit.Serve(b, mockServer(cert, key, strconv.Itoa(int(kind.suite))))
		theirs := testkit.SServer(b, "-cert", cert, "-key", key,
			"-tls1_2", "-cipher", kind.name, "-groups", "X25519:P-256", "-no_ticket", "-no_cache", "-www")
		shakeHands(b, mock) // the first turn warms up
		shakeHands(b, theirs)
		var ours, others samples
		for turn := range handshakeTurns {
			if turn%2 == 0 {
				ours = append(ours, shakeHands(b, mock))
			}
			others = append(others, shakeHands(b, theirs))
			if turn%2 == 1 {
				ours = append(ours, shakeHands(b, mock))
			}
		}
		compared.figures = pairs(ours, others, ratio)
		cost := processorTimeOf(mock.Stop()).Seconds() / processorTimeOf(theirs.Stop()).Seconds()
		b.ReportMetric(compared.figures.median(), string(kind.key)+"-ratio")
		b.ReportMetric(cost, string(kind.key)+"-cost")
		rows = append(rows, compared,
			row{what: "  a second, mock", figures: ours},
			row{what: "  a second, s_server", figures: others},
			row{what: "  processor time, mock to s_server", figures: samples{cost}})
	}
	b.ReportMetric(0, "ns/op")
	return rows
}

// credential makes a self-signed certificate and writes it and its key to files.
func credential(b *testing.B, kind certs.KeyType) (certFile, keyFile string) {
	pki, err := certs.NewForge(1).Hierarchy(certs.Hierarchy{Name: "speed", Root: certs.Authority{CommonName: "Speed", Key: kind}})
	if err != nil {
		b.Fatal(err)
	}
	leaf, err := pki.Issue(certs.Leaf{DNSNames: []string{"speed.example"}, Key: kind, KeySlot: "speed"})
	if err != nil {
		b.Fatal(err)
	}
	return testkit.PEMFiles(b, leaf.TLS())
}

// shakeHands makes a turn's handshakes and returns how many there were per second.
func shakeHands(b *testing.B, with *testkit.Server) float64 {
	// P-256 is offered for the certificate; X25519 is preferred for the key exchange.
	config := &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS12, CurvePreferences: []tls.CurveID{tls.X25519, tls.CurveP256}}
	one := func() error {
		raw, err := net.DialTimeout("tcp", with.Address, testkit.Patience)
		if err != nil {
			return err
		}
		defer raw.Close()
		if err := raw.SetDeadline(time.Now().Add(testkit.Patience)); err != nil {
			return err
		}
		conn := tls.Client(raw, config)
		if err := conn.Handshake(); err != nil {
			return err
		}
		if group := conn.ConnectionState().CurveID; group != tls.X25519 {
			return fmt.Errorf("the server chose %s", group)
		}
		return conn.Close()
	}
	var errs [inFlight]error
	var all sync.WaitGroup
	began := time.Now()
	for i := range inFlight {
		all.Go(func() {
			for n := 0; n < handshakesATurn/inFlight && errs[i] == nil; n++ {
				errs[i] = one()
			}
		})
	}
	all.Wait()
	took := time.Since(began)
	if err := errors.Join(errs[:]...); err != nil {
		b.Fatalf("handshake with %s: %v", with.Program(), err)
	}
	return handshakesATurn / took.Seconds()
}

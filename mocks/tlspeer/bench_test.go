package tlspeer

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/sipconform/sipconform/mocks/observation"
)

// BenchmarkHandshakeAgainstOpenSSL measures this package's server and openssl
// s_server with the same client, key, version, suite and group, two connections
// in flight and no resumption. They take turns, so that whatever else the
// machine does meets both. Rates depend on the machine; the ratio is the result.
func BenchmarkHandshakeAgainstOpenSSL(b *testing.B) {
	const (
		inFlight = 2
		turn     = 50 // handshakes
	)
	certificate := rsaCertificate()
	certFile, keyFile := pemFiles(b, certificate)
	theirs := sServer(b, "-cert", certFile, "-key", keyFile, "-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256",
		"-groups", "X25519", "-no_ticket", "-no_cache", "-www")
	ours := benchServer(b, Rules{
		MinVersion:  TLS12,
		MaxVersion:  TLS12,
		Suites:      []uint16{0xC02F},
		Groups:      []uint16{29},
		Certificate: certificate,
	})

	var spent [2]time.Duration
	handshakes := 0
	for b.Loop() {
		for i, address := range []string{ours, theirs} {
			start := time.Now()
			if err := benchClients(address, inFlight, turn); err != nil {
				b.Fatal(err)
			}
			spent[i] += time.Since(start)
		}
		handshakes += turn
	}
	rate := func(d time.Duration) float64 { return float64(handshakes) / d.Seconds() }
	b.ReportMetric(rate(spent[0]), "handshakes/s")
	b.ReportMetric(rate(spent[1]), "openssl-handshakes/s")
	b.ReportMetric(rate(spent[0])/rate(spent[1]), "ratio")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkHandshakeAlone is this package's server alone, for profiles.
func BenchmarkHandshakeAlone(b *testing.B) {
	for name, certificate := range map[string]tls.Certificate{"RSA-2048": rsaCertificate(), "P-256": ecdsaCertificate()} {
		b.Run(name, func(b *testing.B) {
			rules := serverRules(certificate)
			rules.MaxVersion, rules.Groups = TLS12, []uint16{29}
			address := benchServer(b, rules)
			for b.Loop() {
				if err := benchClients(address, 1, 1); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// benchServer serves connections as a mock does, tap and all, until the
// benchmark ends.
func benchServer(b *testing.B, rules Rules) (address string) {
	l := listen(b)
	var group sync.WaitGroup
	group.Go(func() {
		for n := 0; ; n++ {
			raw, err := l.Accept()
			if err != nil {
				return
			}
			group.Go(func() {
				ctx, cancel := context.WithTimeout(context.Background(), patience)
				defer cancel()
				tap := &Tap{Log: observation.NewLog(), Conn: strconv.Itoa(n)}
				conn, err := Server(ctx, raw, rules, tap)
				if err != nil {
					b.Error(err)
					return
				}
				conn.Read(make([]byte, 1)) // until the client hangs up
				conn.Close()
			})
		}
	})
	b.Cleanup(func() {
		l.Close()
		group.Wait()
	})
	return l.Addr().String()
}

// benchClients makes handshakes, inFlight at a time.
func benchClients(address string, inFlight, handshakes int) error {
	config := &tls.Config{
		InsecureSkipVerify: true,
		MaxVersion:         tls.VersionTLS12,
		CurvePreferences:   []tls.CurveID{tls.X25519},
	}
	errs := make([]error, inFlight)
	var group sync.WaitGroup
	for i := range inFlight {
		group.Go(func() {
			for range handshakes / inFlight {
				errs[i] = errors.Join(errs[i], benchClient(address, config))
			}
		})
	}
	group.Wait()
	return errors.Join(errs...)
}

func benchClient(address string, config *tls.Config) error {
	raw, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	conn := tls.Client(raw, config)
	defer conn.Close()
	return conn.Handshake()
}

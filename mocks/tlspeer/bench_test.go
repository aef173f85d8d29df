package tlspeer

import (
	"context"
	"crypto/tls"
	"net"
	"strconv"
	"sync"
	"testing"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
)

// BenchmarkHandshake makes handshakes with this package's server, one after the other, to be profiled. Package speed
// compares it with openssl s_server.
func BenchmarkHandshake(b *testing.B) {
	config := &tls.Config{
		InsecureSkipVerify: true,
		MaxVersion:         tls.VersionTLS12,
		CurvePreferences:   []tls.CurveID{tls.X25519, tls.CurveP256},
	}
	for e := range engines {
		for name, certificate := range map[string]tls.Certificate{"RSA-2048": rsaCertificate(), "P-256": ecdsaCertificate()} {
			b.Run(engineName(e)+"/"+name, func(b *testing.B) {
				rules := serverRules(certificate)
				rules.MaxVersion, rules.Groups = TLS12, []uint16{29, 23} // see Rules.Groups
				address := benchServer(b, serverOf(e), rules)
				for b.Loop() {
					if err := benchClient(address, config); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// benchServer serves connections as a mock does, with a tap, until the benchmark ends.
func benchServer(b *testing.B, side endpoint, rules Rules) (address string) {
	l := testkit.Listen(b)
	var group sync.WaitGroup
	group.Go(func() {
		for n := 0; ; n++ {
			raw, err := l.Accept()
			if err != nil {
				return
			}
			group.Go(func() {
				ctx, cancel := context.WithTimeout(context.Background(), testkit.Patience)
				defer cancel()
				tap := &Tap{Log: observation.NewLog(), Conn: strconv.Itoa(n)}
				conn, err := side(ctx, raw, rules, tap)
				if err != nil {
					b.Error(err)
					return
				}
				conn.Read(make([]byte, 1)) // until the client closes
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

func benchClient(address string, config *tls.Config) error {
	raw, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	conn := tls.Client(raw, config)
	defer conn.Close()
	return conn.Handshake()
}

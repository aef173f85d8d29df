package reference

import (
	"crypto/tls"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/harness/device"
)

// changeKills are the situations in which the bugs about a vendor's changes show.
func changeKills() map[string]kill {
	const good, bad = "established, established", "established, failed"
	aes128, aes256 := []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256}, []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384}
	return map[string]kill{
		"pins-version": {meets(&tls.Config{MaxVersion: tls.VersionTLS12}, &tls.Config{MinVersion: tls.VersionTLS13}), good, bad},
		"pins-suite": {meets(&tls.Config{MaxVersion: tls.VersionTLS12, CipherSuites: aes128},
			&tls.Config{MaxVersion: tls.VersionTLS12, CipherSuites: aes256}), good, bad},
	}
}

// meets has the device connect to a server once under each of these rules.
func meets(rules ...*tls.Config) probe {
	return func(t testing.TB, bugs Bugs) string {
		server, next := new(tls.Config), make(chan *tls.Config, len(rules))
		for _, r := range rules {
			next <- r.Clone()
		}
		server.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) {
			r := <-next
			r.Certificates = server.Certificates
			return r, nil
		}
		w := newWorld(t, settings{options: Options{Bugs: bugs}, server: server})
		for range rules {
			w.do(device.TLSConnect, fmt.Sprintf("%s:%d", domain, port(w.peer.tls.Addr())))
		}
		said := regexp.MustCompile("TLS (established|failed)").FindAllStringSubmatch(w.events(), -1)
		w.finish()
		var seen []string
		for _, outcome := range said {
			seen = append(seen, outcome[1])
		}
		return strings.Join(seen, ", ")
	}
}

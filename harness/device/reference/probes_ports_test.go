package reference

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/sipconform/sipconform/harness/device"
)

// portKills are the situations in which the bugs of ports show.
func portKills() map[string]kill {
	const refused, connected = "refused", "connected"
	return map[string]kill{
		"ignores-named-port": {asksForPort, "A " + domain, "SRV _sips._tcp." + domain + "|A edge.example.com"},
		"connects-to-anybody": {connects(func(t testing.TB) tls.Certificate {
			return newAuthority(t, "unknown", nil).leaf(t, nil)
		}, device.Levers{}, 0), refused, connected + " with TLS 1.3"},
		"connects-to-any-name":    {connectsToOtherName, refused, connected},
		"connects-at-tls10":       {connects(nil, device.Levers{}, tls.VersionTLS10), refused, connected + " with TLS 1.0"},
		"connects-at-any-version": {connects(nil, device.Levers{TLSMin: tls.VersionTLS12, TLSMax: tls.VersionTLS12}, 0), connected + " with TLS 1.2", connected + " with TLS 1.3"},
		"connects-in-clear":       {speaksAtDoor, "TLS", "TLS, clear"},
	}
}

// asksForPort shows what the device looks up when it calls a host with a port.
func asksForPort(t testing.TB, bugs Bugs) string {
	w := newWorld(t, settings{options: Options{Bugs: bugs}, script: refusing(488)})
	w.do(device.Call, fmt.Sprintf("bob@%s:%d", domain, port(w.peer.tls.Addr())))
	w.finish()
	return w.dns.questions()
}

// connects shows whether the device shakes hands with a server, and at which version.
func connects(shown func(testing.TB) tls.Certificate, levers device.Levers, highest uint16) probe {
	return func(t testing.TB, bugs Bugs) string {
		server := &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: highest}
		if shown != nil {
			server.Certificates = []tls.Certificate{shown(t)}
		}
		w := newWorld(t, settings{options: Options{Bugs: bugs}, levers: levers, server: server})
		w.do(device.TLSConnect, fmt.Sprintf("%s:%d", domain, port(w.peer.tls.Addr())))
		said := w.events()
		w.finish()
		for _, version := range []string{"TLS 1.0", "TLS 1.2", "TLS 1.3"} {
			if strings.Contains(said, "TLS established: "+version) {
				return "connected with " + version
			}
		}
		return "refused"
	}
}

// connectsToOtherName shows whether the device shakes hands with a server that shows another name.
func connectsToOtherName(t testing.TB, bugs Bugs) string {
	server := &tls.Config{}
	var other tls.Certificate
	server.GetCertificate = func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return &other, nil }
	w := newWorld(t, settings{options: Options{Bugs: bugs}, server: server})
	other = w.root.leaf(t, func(c *x509.Certificate) { c.DNSNames = []string{"other.example.com"} })
	server.Certificates = nil
	w.do(device.TLSConnect, fmt.Sprintf("%s:%d", domain, port(w.peer.tls.Addr())))
	said := w.events()
	w.finish()
	if strings.Contains(said, "TLS established") {
		return "connected"
	}
	return "refused"
}

// speaksAtDoor shows what the device sends to a server that ends every handshake.
func speaksAtDoor(t testing.TB, bugs Bugs) string {
	l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: loopback.AsSlice()})
	if err != nil {
		t.Fatal(err)
	}
	var seen []string
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			start := make([]byte, 5)
			_, _ = io.ReadFull(conn, start)
			if start[0] == 22 {
				seen = append(seen, "TLS")
				_, _ = conn.Write([]byte{21, 3, 3, 0, 2, 2, 40}) // handshake_failure
			} else {
				seen = append(seen, "clear")
			}
			_ = conn.Close()
		}
	})
	w := newWorld(t, settings{options: Options{Bugs: bugs}})
	w.do(device.TLSConnect, fmt.Sprintf("%s:%d", domain, port(l.Addr())))
	w.finish()
	_ = l.Close()
	serving.Wait()
	return strings.Join(seen, ", ")
}

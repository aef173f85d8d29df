package web_test

import (
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/netip"

	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/tlspeer"
	"github.com/sipconform/sipconform/mocks/web"
)

// A vendor that has one suite of TLS 1.2 answers a client, and the log says
// what the client asked and over what.
func Example() {
	pki, err := certs.NewForge(1).Hierarchy(certs.Hierarchy{Name: "vendor", Root: certs.Authority{CommonName: "Vendor Root CA"}})
	if err != nil {
		log.Fatal(err)
	}
	leaf, err := pki.Issue(certs.Leaf{DNSNames: []string{"localhost"}, Key: certs.RSA2048})
	if err != nil {
		log.Fatal(err)
	}
	rules := tlspeer.Rules{MinVersion: tlspeer.TLS12, MaxVersion: tlspeer.TLS12, Suites: []uint16{0xC030}, Certificate: leaf.TLS()}

	seen := observation.NewLog()
	mock, err := web.New(web.Config{Log: seen})
	if err != nil {
		log.Fatal(err)
	}
	defer mock.Close()
	at, err := mock.Listen(web.Listener{
		Address: netip.MustParseAddrPort("127.0.0.1:0"),
		Rules:   func() tlspeer.Rules { return rules },
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprintln(w, "hello over", tlspeer.SuiteName(web.StateOf(r).Suite))
		}),
	})
	if err != nil {
		log.Fatal(err)
	}

	device := http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{ServerName: "localhost", RootCAs: pki.Pool()}}}
	defer device.CloseIdleConnections()
	response, err := device.Get(fmt.Sprintf("https://%s/sms", at))
	if err != nil {
		log.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(string(body))
	for _, e := range seen.Events() {
		if e.Kind == observation.HTTP && e.Dir == observation.In {
			fmt.Println(e.HTTP.Method, e.HTTP.Path)
		}
	}
	// Output:
	// hello over TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384
	// GET /sms
}

package infobip_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"log"
	"net/http"

	"github.com/sipconform/sipconform/mocks/infobip"
)

// A client reads the TLS test endpoint, which tells it the parameters of its own
// connection.
func Example() {
	mock, err := infobip.Start(nil)
	if err != nil {
		log.Fatal(err)
	}
	defer mock.Close()
	at, err := mock.Find(infobip.Test, 0)
	if err != nil {
		log.Fatal(err)
	}

	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(mock.Roots)
	device := http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: at.Name}}}
	defer device.CloseIdleConnections()
	request, err := http.NewRequest(http.MethodGet, "https://"+at.Address.String(), nil)
	if err != nil {
		log.Fatal(err)
	}
	request.Host = at.Name // a name server would lead from it to the address
	response, err := device.Do(request)
	if err != nil {
		log.Fatal(err)
	}
	defer response.Body.Close()
	var page struct {
		Certificate map[string]string
	}
	if err := json.NewDecoder(response.Body).Decode(&page); err != nil {
		log.Fatal(err)
	}
	fmt.Println(page.Certificate["tlsVersion"], page.Certificate["commonName"], page.Certificate["sni"])
	// Output:
	// TLSv1.3 *.api-us.infobip.com tls-test.api-us.infobip.com
}

// Package outside_test stands for a user's tests: it is built in a module of its own and
// imports the public packages.
package outside_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net/netip"
	"testing"
	"testing/fstest"

	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/mocks/cisco"
	"github.com/sipconform/sipconform/mocks/genesys"
	"github.com/sipconform/sipconform/mocks/infobip"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sdes"
	"github.com/sipconform/sipconform/mocks/twilio"
	"github.com/sipconform/sipconform/scenarios"
)

// TestMocks starts each vendor's mock, and makes a TLS handshake with one.
func TestMocks(t *testing.T) {
	mock, err := twilio.Start(twilio.Voice, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer mock.Close()
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(mock.Roots)
	conn, err := tls.Dial("tcp", mock.Addresses()[observation.TLS].String(), &tls.Config{RootCAs: roots, ServerName: mock.Domain()})
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	for name, start := range map[string]func() (interface{ Close() error }, error){
		"genesys": func() (interface{ Close() error }, error) { return genesys.Start(genesys.BYOCCloud, nil) },
		"cisco":   func() (interface{ Close() error }, error) { return cisco.Start(cisco.UnifiedCM, nil) },
		"infobip": func() (interface{ Close() error }, error) { return infobip.Start(nil) },
	} {
		other, err := start()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		other.Close()
	}
}

// TestCertificatesAndKeys uses the packages that need no mock.
func TestCertificatesAndKeys(t *testing.T) {
	pki, err := certs.NewForge(1).Hierarchy(certs.Hierarchy{Name: "ca", Root: certs.Authority{CommonName: "Root"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := pki.IssueDefective("expired", certs.Leaf{DNSNames: []string{"edge.example"}}); err != nil {
		t.Error(err)
	}
	if _, err := sdes.Parse("1 AES_CM_128_HMAC_SHA1_80 inline:c2hvcnQ="); err == nil {
		t.Error("Parse accepts a short key")
	}
}

// TestConforming certifies the reference device.
func TestConforming(t *testing.T) {
	out := t.TempDir()
	scenarios.Test(t, scenarios.Config{Device: scenarios.Reference(), Filter: "id:twilio:voice:connect:default", Out: out})
	run, err := results.Read(out + "/results.json")
	if err != nil || run.Summary.Pass == 0 || run.Outcome != results.Conformant {
		t.Errorf("%+v, %v", run, err)
	}
}

// TestVendors: a file system without a vendor's files is an error.
func TestVendors(t *testing.T) {
	if _, err := scenarios.Load(fstest.MapFS{}); err == nil {
		t.Error("Load accepts a file system without files")
	}
}

// TestIdle certifies a device that does nothing. TestOutside expects it to fail.
func TestIdle(t *testing.T) {
	scenarios.Test(t, scenarios.Config{Device: idle{}, Filter: "id:twilio:voice:connect:default"})
}

// idle is a device that does nothing.
type idle struct{}

func (idle) Name() string                            { return "idle" }
func (idle) Version(context.Context) (string, error) { return "1", nil }
func (idle) Capabilities() device.Capabilities {
	return device.Capabilities{device.CanRegister, device.CanDigest}
}
func (idle) Do(context.Context, device.Action) error { return nil }
func (idle) Settled(context.Context) error           { return nil }
func (idle) Listening() map[string]netip.AddrPort    { return nil }
func (idle) Close() error                            { return nil }

func (d idle) Prepare(context.Context, device.Setup) (device.Session, error) { return d, nil }

package main_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/harness/certfiles"
)

// TestCerts checks what the command adds to package certfiles: what of the catalogue and of the matrix a certificate serves.
func TestCerts(t *testing.T) {
	long(t)
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "out")
	o := sipconform(t, "certs", dir, "-product", "twilio/trunking,infobip/rest", "-host=sip.lab.example", "-seed", "7", "-at", "2026-01-31T12:00:00Z")
	if o.status != 0 || !strings.Contains(o.out, "from the seed 7; products: 2") || !strings.Contains(o.out, filepath.Join(dir, "index.md")) {
		t.Fatal(o)
	}
	var index certfiles.Index
	must(t, json.Unmarshal([]byte(file(t, filepath.Join(dir, certfiles.IndexFile))), &index))
	find := func(product, name string) certfiles.Certificate {
		t.Helper()
		for _, p := range index.Products {
			for _, c := range p.Certificates {
				if p.Product == product && c.Name == name {
					return c
				}
			}
		}
		t.Fatalf("%s has no %s", product, name)
		return certfiles.Certificate{}
	}
	for _, c := range []struct {
		product, name, requirement, scenario string
	}{
		{"twilio/trunking", "expired", "TW-CRT-06", "twilio/trunking/certificate/expired"},
		{"twilio/trunking", "as-configured", "TW-CRT-01", "twilio/trunking/certificate/wildcard"},
		{"twilio/trunking", "wildcard", "ST-02", "twilio/trunking/certificate/wildcard"},
		{"twilio/trunking", "root-global-root-g3", "TW-CRT-06", "twilio/trunking/certificate/global-root-g3"},
		{"twilio/trunking", "revoked", "RF-CRT-05", "twilio/trunking/certificate/revoked-crl-known"},
		{"twilio/trunking", "path-length", "RF-CRT-01", ""}, // which no scenario of the product plants
		{"infobip/rest", "wrong-name", "", "infobip/rest/certificate/wrong-name"},
	} {
		got := find(c.product, c.name)
		if c.requirement != "" && !slices.Contains(got.Requirements, c.requirement) || c.scenario != "" && !slices.Contains(got.Scenarios, c.scenario) ||
			c.scenario == "" && len(got.Scenarios) > 0 || len(got.Requirements) == 0 || got.Host != "sip.lab.example" {
			t.Errorf("%s of %s: %+v, want %s and %s", c.name, c.product, got.Service, c.requirement, c.scenario)
		}
	}
	if o := sipconform(t, "certs", dir); o.status != 2 || !strings.Contains(o.errors, "is not empty") {
		t.Errorf("a folder that is not empty: %s", o)
	}
}

func TestCertsRefusals(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "out")
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"certs"}, "name the folder"},
		{[]string{"certs", dir, "-product=twilio/fax"}, `there is no product "twilio/fax"; there are`},
		{[]string{"certs", dir, "-host=localhost"}, "fewer than three labels"},
		{[]string{"certs", dir, "-address=lab"}, "is not an IP address"},
		{[]string{"certs", dir, "-seed=-1"}, "is not a number"},
		{[]string{"certs", dir, "-at=yesterday"}, "is not a time such as"},
		{[]string{"certs", dir, "-constraints=some"}, "use critical, noncritical or none"},
	} {
		if o := sipconform(t, c.args...); o.status != 2 || !strings.Contains(o.errors, c.want) {
			t.Errorf("%v: %s, want %q", c.args, o, c.want)
		}
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("what is refused leaves %s: %v", dir, err)
	}
}

package certs

import (
	"crypto/tls"
	"crypto/x509"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestGoodLeaf checks that the good case of every recipe is accepted, even by OpenSSL at its strictest.
func TestGoodLeaf(t *testing.T) {
	t.Parallel()
	f := testForge()
	direct := newDirectPKI(t, f)
	for _, setting := range []struct {
		name string
		pki  *PKI
		leaf Leaf
	}{
		{"P-256", newTestPKI(t, f, P256), testLeaf(P256)},
		{"P-384", newTestPKI(t, f, P384), testLeaf(P384)},
		{"RSA-2048", newTestPKI(t, f, RSA2048), testLeaf(RSA2048)},
		{"P-256 under RSA", newTestPKI(t, f, RSA2048), testLeaf(P256)},
		{"direct", direct, testLeaf(P256)},
		{"IP address alone", direct, Leaf{IPs: []netip.Addr{netip.MustParseAddr("::1")}}},
	} {
		cred, err := setting.pki.Issue(setting.leaf)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(setting.name+"/go", func(t *testing.T) {
			t.Parallel()
			if _, err := cred.Leaf.Verify(goOptions(cred)); err != nil {
				t.Error(err)
			}
			if err := handshake(t, cred); err != nil {
				t.Error(err)
			}
		})
		t.Run(setting.name+"/openssl", func(t *testing.T) {
			t.Parallel()
			if got := findOpenSSL(t).verify(t, cred, "-x509_strict", "-crl_check_all"); len(got) > 0 {
				t.Errorf("refused: %v", got)
			}
		})
	}
}

func TestLeafFields(t *testing.T) {
	t.Parallel()
	pki := newTestPKI(t, testForge(), P256)
	usages := make([]x509.ExtKeyUsage, 1, 4)
	usages[0] = x509.ExtKeyUsageServerAuth
	cred, err := pki.Issue(Leaf{
		CommonName:            "Edge 1",
		DNSNames:              []string{"edge.vendor.test", "*.vendor.test"},
		IPs:                   []netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("::1")},
		URIs:                  []string{"sip:vendor.test", "sips:vendor.test"},
		ExtKeyUsage:           usages,
		ClientAuth:            true,
		NotBefore:             testTime.In(time.FixedZone("", 3600)),
		CRLDistributionPoints: []string{"http://127.0.0.1:8080/crl"},
		OCSPServers:           []string{"http://127.0.0.1:8080/ocsp"},
	})
	if err != nil {
		t.Fatal(err)
	}
	leaf := cred.Leaf
	var uris []string
	for _, uri := range leaf.URIs {
		uris = append(uris, uri.String())
	}
	for _, check := range []struct {
		what string
		ok   bool
	}{
		{"common name", leaf.Subject.CommonName == "Edge 1"},
		{"DNS names", slices.Equal(leaf.DNSNames, []string{"edge.vendor.test", "*.vendor.test"})},
		{"IP addresses", len(leaf.IPAddresses) == 2 && len(leaf.IPAddresses[0]) == 4 && len(leaf.IPAddresses[1]) == 16},
		{"URIs", slices.Equal(uris, []string{"sip:vendor.test", "sips:vendor.test"})},
		{"usages", slices.Equal(leaf.ExtKeyUsage, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth})},
		{"the caller's usages", usages[:2][1] == 0},
		{"begin", leaf.NotBefore.Equal(testTime)},
		{"end", leaf.NotAfter.Equal(testTime.AddDate(0, 0, 335))},
		{"CRL", slices.Equal(leaf.CRLDistributionPoints, []string{"http://127.0.0.1:8080/crl"})},
		{"OCSP", slices.Equal(leaf.OCSPServer, []string{"http://127.0.0.1:8080/ocsp"})},
		{"host", cred.Host == "edge.vendor.test"},
		{"no authority", !leaf.IsCA && leaf.BasicConstraintsValid},
	} {
		if !check.ok {
			t.Errorf("wrong %s in %+v", check.what, leaf)
		}
	}
}

func TestServerAuthAlone(t *testing.T) {
	t.Parallel()
	cred, err := newTestPKI(t, testForge(), P256).Issue(testLeaf(P256))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(cred.Leaf.ExtKeyUsage, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}) {
		t.Errorf("extended key usages %v", cred.Leaf.ExtKeyUsage)
	}
}

func TestRSALeafAllowsKeyTransport(t *testing.T) {
	t.Parallel()
	pki := newTestPKI(t, testForge(), P256)
	for key, want := range map[KeyType]x509.KeyUsage{
		RSA1024: x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
		P256:    x509.KeyUsageDigitalSignature,
	} {
		cred, err := pki.Issue(testLeaf(key))
		if err != nil {
			t.Fatal(err)
		}
		if cred.Leaf.KeyUsage != want {
			t.Errorf("%s: key usage %b, want %b", key, cred.Leaf.KeyUsage, want)
		}
	}
}

// TestReissue issues one leaf, with one key, under two roots.
func TestReissue(t *testing.T) {
	t.Parallel()
	f := testForge()
	one := newTestPKI(t, f, P256)
	other, err := f.Hierarchy(Hierarchy{Name: "Other", Root: Authority{Key: P384}, Intermediate: Authority{Key: P384}})
	if err != nil {
		t.Fatal(err)
	}
	a, err := one.Issue(testLeaf(P256))
	if err != nil {
		t.Fatal(err)
	}
	b, err := other.Issue(testLeaf(P256))
	if err != nil {
		t.Fatal(err)
	}
	if a.Key != b.Key || a.Leaf.Equal(b.Leaf) {
		t.Error("not the same key in two certificates")
	}
	for _, cred := range []*Credential{a, b} {
		options := goOptions(cred)
		options.Roots = poolOf(one.Root, other.Root)
		if _, err := cred.Leaf.Verify(options); err != nil {
			t.Errorf("with the bundle: %v", err)
		}
	}
	options := goOptions(b)
	options.Roots = one.Pool()
	if _, err := b.Leaf.Verify(options); err == nil {
		t.Error("accepted under the wrong root")
	}
}

func TestPEMIsWhatServersLoad(t *testing.T) {
	t.Parallel()
	f := testForge()
	for _, key := range []KeyType{P256, P384, RSA2048} {
		pki := newTestPKI(t, f, P256)
		cred, err := pki.Issue(testLeaf(key))
		if err != nil {
			t.Fatal(err)
		}
		pair, err := tls.X509KeyPair(cred.PEM(), cred.KeyPEM())
		if err != nil {
			t.Fatal(err)
		}
		if len(pair.Certificate) != 2 || !pair.Leaf.Equal(cred.Leaf) {
			t.Errorf("%s: a chain of %d, led by %s", key, len(pair.Certificate), pair.Leaf.Subject)
		}
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM(cred.RootPEM()) || !pool.AppendCertsFromPEM(pki.RootPEM()) || !pool.Equal(pki.Pool()) {
			t.Errorf("%s: RootPEM is not the root", key)
		}
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	f := testForge()
	pki := newTestPKI(t, f, P256)
	wildcard := Leaf{DNSNames: []string{"*.vendor.test"}}
	unnamed := func(recipe string) func() error {
		return func() error {
			_, err := pki.IssueDefective(recipe, Leaf{CommonName: "edge.vendor.test"})
			return err
		}
	}
	for _, test := range []struct {
		name string
		do   func() error
		want string
	}{
		{"hierarchy without a name", func() error { _, err := f.Hierarchy(Hierarchy{}); return err }, "needs a name"},
		{"leaf without a name", func() error { _, err := pki.Issue(Leaf{}); return err }, "needs a name"},
		{"bad URI", func() error { _, err := pki.Issue(Leaf{URIs: []string{"sip://%zz"}}); return err }, "invalid URL escape"},
		{"zero address", func() error { _, err := pki.Issue(Leaf{IPs: []netip.Addr{{}}}); return err }, "zero value"},
		{"no such recipe", func() error { _, err := pki.IssueDefective("spoilt", testLeaf(P256)); return err }, `no recipe "spoilt"`},
		{"wildcard for a host", func() error { _, err := pki.IssueDefective("wrong-name", wildcard); return err }, "not a host name"},
		{"short host name", func() error {
			_, err := pki.IssueDefective("wildcard-twice", Leaf{DNSNames: []string{"vendor.test"}})
			return err
		}, "fewer than 3 labels"},
		{"no DNS name to spoil", unnamed("cn-only"), "not a host name"},
		{"no DNS name to forbid", unnamed("name-not-permitted"), "no DNS name"},
		{"no DNS name to exclude", unnamed("name-excluded"), "not a host name"},
		{"no address to use", unnamed("ip-san-only"), "no IP address"},
		{"no address to spoil", unnamed("ip-as-dns-name"), "no IP address"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if err := test.do(); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want … %s …", err, test.want)
			}
		})
	}
}

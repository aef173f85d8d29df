package lab_test

import (
	"crypto/x509"
	"fmt"
	"net/netip"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/fixtures"
	"github.com/sipconform/sipconform/harness/lab"
	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/mocks/vendor"
)

// outside is a name that no lab may vouch for.
const outside = "www.ietf.org"

// everyProduct returns the vendors' products, those of the example among them.
func everyProduct(t *testing.T) []*profile.Product {
	t.Helper()
	all, err := profile.Load(fixtures.FS, "profiles")
	if err != nil {
		t.Fatal(err)
	}
	more, err := profile.Load(os.DirFS("../../fixtures/examples/carrier"), "profiles")
	if err != nil {
		t.Fatal(err)
	}
	return append(all, more...)
}

// productLab makes a lab for one product, and nothing else.
func productLab(t *testing.T, p *profile.Product) *lab.Lab {
	t.Helper()
	o := options()
	o.Products, o.Created = []string{p.Vendor + "/" + p.Product}, time.Now().AddDate(-2, 0, 0)
	var err error
	if o.Domains, err = vendor.Domains(p, o.Name); err != nil {
		t.Fatal(err)
	}
	return made(t, o)
}

// verified is what crypto/x509 says of a credential.
func verified(c *certs.Credential, host string, at time.Time) error {
	intermediates := x509.NewCertPool()
	for _, link := range c.Chain[1:] {
		intermediates.AddCert(link)
	}
	_, err := c.Chain[0].Verify(x509.VerifyOptions{Roots: c.Pool(), Intermediates: intermediates, CurrentTime: at, DNSName: host,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
	return err
}

var complaint = regexp.MustCompile(`(?m)^error (\d+) at (\d+) depth lookup`)

// openssl returns the numbers of the errors that openssl verify finds.
func openssl(t *testing.T, c *certs.Credential, host string, options ...string) []int {
	t.Helper()
	args := []string{"verify", "-trusted", "root.pem", "-untrusted", "chain.pem", "-auth_level", "2"}
	if _, err := netip.ParseAddr(host); err == nil {
		args = append(args, "-verify_ip", host)
	} else if host != "" {
		args = append(args, "-verify_hostname", host)
	}
	cmd := testkit.Command(t, "openssl", append(append(args, options...), "chain.pem")...)
	cmd.Dir = testkit.Folder(t, map[string][]byte{"root.pem": c.RootPEM(), "chain.pem": c.PEM()})
	out, status := testkit.Run(t, cmd)
	numbers := []int{}
	for _, match := range complaint.FindAllStringSubmatch(out, -1) {
		number, _ := strconv.Atoi(match[1])
		numbers = append(numbers, number)
	}
	if (status == 0) != (len(numbers) == 0) {
		t.Fatalf("openssl verify ended with %d: %s", status, out)
	}
	return numbers
}

// TestProducts has the authorities and the recipes of every product below the constrained roots of its lab. A short run
// has one product's.
func TestProducts(t *testing.T) {
	t.Parallel()
	all := everyProduct(t)
	if testing.Short() {
		all = all[len(all)-1:]
	}
	for _, p := range all {
		t.Run(p.Vendor+"/"+p.Product, func(t *testing.T) {
			t.Parallel()
			l := productLab(t, p)
			t.Run("authorities", func(t *testing.T) { checkAuthorities(t, l, p) })
			t.Run("recipes", func(t *testing.T) { checkRecipes(t, l, p) })
		})
	}
}

// checkAuthorities: below every root, those that the vendor trusts in devices among them, good certificates of the
// hosts and of the device are taken, and one for another name is refused.
func checkAuthorities(t *testing.T, l *lab.Lab, p *profile.Product) {
	t.Helper()
	for _, root := range p.Certificate.Roots {
		for _, there := range append([]*profile.Product{p}, regions(p)...) {
			hosts, err := vendor.Hosts(there, l.Name)
			must(t, err)
			pki, err := vendor.Authority(l.Forge(), there, root.Name)
			must(t, err)
			checkBounds(t, pki, vendor.Leaf(there, hosts[0]), hosts[0].Name)
			for _, h := range hosts[1:] {
				good, err := pki.Issue(vendor.Leaf(there, h))
				must(t, err)
				must(t, verified(good, h.Name, time.Now()))
			}
		}
	}
	authority, err := vendor.DeviceAuthority(l.Forge(), p)
	must(t, err)
	if authority == nil {
		authority, err = l.Forge().Hierarchy(certs.Hierarchy{Name: "device", Root: certs.Authority{CommonName: "Device CA"}})
		must(t, err)
	}
	checkBounds(t, authority, l.DeviceLeaf(), l.DeviceHost())
	roots, err := vendor.DeviceRoots(l.Forge(), p)
	must(t, err)
	for _, root := range roots {
		if !root.PermittedDNSDomainsCritical || !slices.Equal(root.PermittedDNSDomains, authority.Root.PermittedDNSDomains) {
			t.Errorf("%v may vouch for %q", root.Subject, root.PermittedDNSDomains)
		}
	}
	// The sip: URI of RFC 5922, which is not constrained. Go refuses every one below a root with constraints.
	good, err := authority.Issue(certs.Leaf{CommonName: "sip-edge.example", URIs: []string{"sip:" + l.DeviceHost()}})
	must(t, err)
	if got := openssl(t, good, ""); len(got) > 0 {
		t.Errorf("a certificate with a sip: URI: openssl error %d", got)
	}
}

func regions(p *profile.Product) []*profile.Product {
	var all []*profile.Product
	for _, r := range p.Regions {
		all = append(all, p.In(r.Name))
	}
	return all
}

// checkBounds issues a leaf within the bounds of an authority, and like ones outside of them.
func checkBounds(t *testing.T, pki *certs.PKI, leaf certs.Leaf, host string) {
	t.Helper()
	now := time.Now()
	good, err := pki.Issue(leaf)
	must(t, err)
	if err := verified(good, host, now); err != nil {
		t.Errorf("%s below %v: %v", host, pki.Root.Subject, err)
	}
	if got := openssl(t, good, host); len(got) > 0 {
		t.Errorf("%s below %v: openssl error %d", host, pki.Root.Subject, got)
	}
	beyond := leaf
	beyond.DNSNames = []string{outside}
	beside := leaf
	beside.DNSNames = append(slices.Clone(leaf.DNSNames), outside)
	elsewhere := leaf
	elsewhere.IPs = []netip.Addr{netip.MustParseAddr("203.0.113.1")}
	for _, other := range []certs.Leaf{beyond, beside, elsewhere} {
		bad, err := pki.Issue(other)
		must(t, err)
		if err := verified(bad, other.DNSNames[0], now); err == nil || !strings.Contains(err.Error(), "not permitted by any constraint") {
			t.Errorf("%q %v below %v: %v", other.DNSNames, other.IPs, pki.Root.Subject, err)
		}
	}
	bad, err := pki.Issue(beyond)
	must(t, err)
	if got := openssl(t, bad, outside); !slices.Contains(got, 47) {
		t.Errorf("%s below %v: openssl errors %d, want 47, permitted subtree violation", outside, pki.Root.Subject, got)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// checkRecipes: a certificate with a defect is refused for its defect, as it is below any other root, and never for a
// constraint.
func checkRecipes(t *testing.T, l *lab.Lab, p *profile.Product) {
	t.Helper()
	hosts, err := vendor.Hosts(p, l.Name)
	must(t, err)
	pki, err := vendor.Authority(l.Forge(), p, "")
	must(t, err)
	for _, r := range certs.Recipes() {
		leaf := vendor.Leaf(p, hosts[0])
		leaf.DNSNames, leaf.IPs = []string{hosts[0].Name}, l.Listen[:1] // as the scenarios have it
		bad, err := pki.IssueDefective(r.Name, leaf)
		must(t, err)
		checkGo(t, r, bad)
		if len(r.OpenSSL.Options) > 0 {
			continue // it needs a list, which says nothing about names
		}
		got := openssl(t, bad, bad.Host, "-purpose", "sslserver")
		constrained := r.Cause != certs.CauseNameConstraint && (slices.Contains(got, 47) || slices.Contains(got, 48))
		if constrained || r.OpenSSL.Accepts != (len(got) == 0) || !r.OpenSSL.Accepts && !slices.Contains(got, r.OpenSSL.Number) {
			t.Errorf("%s: openssl errors %d, want %d", r.Name, got, r.OpenSSL.Number)
		}
	}
}

// checkGo compares what crypto/x509 says with the recipe.
func checkGo(t *testing.T, r certs.Recipe, bad *certs.Credential) {
	t.Helper()
	err := verified(bad, bad.Host, time.Now())
	switch want := r.Go; {
	case r.Name == "sip-uri-mismatch": // since Go 1.26, whatever is constrained
		if err == nil || !strings.Contains(err.Error(), "URI with empty host") {
			t.Errorf("%s: %v", r.Name, err)
		}
	case r.Cause == certs.CauseExtendedKeyUsage: // which this test does not ask about
	case want.Accepts != (err == nil), err != nil && !strings.Contains(fmt.Sprint(err), want.Text):
		t.Errorf("%s: %v; want %q", r.Name, err, want.Text)
	}
}

// TestGnuTLS has what GnuTLS says of the good certificate and of one for another name.
func TestGnuTLS(t *testing.T) {
	t.Parallel()
	p := everyProduct(t)[0]
	l := productLab(t, p)
	pki, err := vendor.Authority(l.Forge(), p, "")
	must(t, err)
	hosts, err := vendor.Hosts(p, l.Name)
	must(t, err)
	for host, taken := range map[string]bool{hosts[0].Name: true, outside: false} {
		c, err := pki.Issue(certs.Leaf{DNSNames: []string{host}})
		must(t, err)
		cmd := testkit.Command(t, "certtool", "--verify", "--load-ca-certificate", "root.pem", "--infile", "chain.pem", "--verify-hostname", host)
		cmd.Dir = testkit.Folder(t, map[string][]byte{"root.pem": c.RootPEM(), "chain.pem": c.PEM()})
		if out, status := testkit.Run(t, cmd); (status == 0) != taken {
			t.Errorf("%s: %s", host, out)
		}
	}
}

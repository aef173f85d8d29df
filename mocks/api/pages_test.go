package api_test

import (
	"crypto/sha256"
	"fmt"
	"regexp"
	"testing"
	"time"
)

// TestTestEndpoint checks that the page has the parameters of the client's connection (IB-06), in the forms of the seed
// (IB-07).
func TestTestEndpoint(t *testing.T) {
	t.Parallel()
	for _, number := range []int{0, 1} {
		for version, want := range map[string]string{"TLS 1.2": "TLSv1.2", "TLS 1.3": "TLSv1.3"} {
			s := start(t, map[string]string{"tls_min": version, "tls_max": version})
			at := site(t, s, tlsTest, number)
			var page map[string]map[string]string
			leaf := get(t, client(t, s, at), at, &page)
			got := page["certificate"]
			if len(page) != 1 || len(got) != 7 {
				t.Errorf("the page is %v", page)
			}
			for key, want := range map[string]string{
				"fingerprintSHA256hex": fmt.Sprintf("%X", sha256.Sum256(leaf.Raw)),
				"tlsVersion":           want,
				"commonName":           at.DNSNames[0],
				"sni":                  at.Name,
				"issuedBy":             "Stand-in Global Root for TLS TLS CA",
				"expire":               leaf.NotAfter.UTC().Format("060102150405") + "Z",
			} {
				if got[key] != want {
					t.Errorf("%s is %q, want %q", key, got[key], want)
				}
			}
			for key, form := range map[string]string{
				"fingerprintSHA256hex": `^[0-9A-F]{64}$`, "expire": `^[0-9]{12}Z$`, "usedCipher": `^TLS_[A-Z0-9_]+$`,
			} {
				if !regexp.MustCompile(form).MatchString(got[key]) {
					t.Errorf("%s is %q", key, got[key])
				}
			}
			if year := leaf.NotAfter.Sub(leaf.NotBefore); year < 364*24*time.Hour || year > 367*24*time.Hour {
				t.Errorf("the leaf is valid for %v", year)
			}
		}
	}
}

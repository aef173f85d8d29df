package picture

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/mocks/observation"
)

const host = "edge.vendor.test"

// shown is a handshake in which the vendor shows a chain to a device that asks for a name.
func shown(cred *certs.Credential, name string) []observation.Event {
	var chain [][]byte
	for _, c := range cred.Chain {
		chain = append(chain, c.Raw)
	}
	return []observation.Event{opened(false),
		{Kind: observation.ClientHello, Conn: "tls-1", Dir: observation.In, Hello: &observation.HelloInfo{ServerName: name}},
		{Kind: observation.TLSHandshake, Conn: "tls-1", Handshake: &observation.HandshakeInfo{Role: "server", Complete: true, LocalChain: chain}}}
}

// TestDefects issues certificates with each defect that their own bytes show, and has what is said of them.
func TestDefects(t *testing.T) {
	t.Parallel()
	pki, err := certs.NewForge(1).Hierarchy(certs.Hierarchy{Name: "Example"})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	day := func(days int) string { return now.AddDate(0, 0, days).UTC().Format(time.DateOnly) }
	for _, test := range []struct {
		recipe string // "" for a sound chain
		want   []string
	}{
		{"", nil},
		{"expired", []string{"expired on " + day(-1)}},
		{"not-yet-valid", []string{"valid from " + day(1) + " on, which is later"}},
		{"intermediate-expired", []string{"expired on " + day(-1)}},
		{"wrong-name", []string{host + " is not among its names"}},
		{"cn-only", []string{"has no alternative name, so that " + host + " is not among them"}},
		{"wildcard", []string{"matches " + host + " by the wildcard *.vendor.test alone"}},
		{"intermediate-not-ca", []string{"says that it is no authority (CA:FALSE)"}},
		{"intermediate-without-constraints", []string{"does not say that it is an authority (no basicConstraints)"}},
		{"intermediate-key-usage", []string{"its key may not sign certificates (keyUsage)"}},
		{"path-length", []string{"path length 0, and 1 intermediate below it"}},
		{"client-only", []string{"is not for TLS servers (extended key usage)"}},
		{"leaf-is-ca", []string{"the leaf says that it is an authority"}},
		{"self-signed", []string{"signed by itself, or by one with its own name"}},
		{"weak-key", []string{"RSA key of 1024 bits, 2048 are the least"}},
		{"sha1-signature", []string{"signed with ECDSA-SHA1, which is no longer accepted"}},
		{"bad-signature", []string{"✕ has the name of the issuer of the one above, and did not sign it: the signature is wrong"}},
		{"unrelated-certificate", []string{"✕ has not the name of the issuer of the one above", "✕ has not the name of the issuer of the one above"}},
		{"wrong-intermediate", []string{"✕ has the name of the issuer of the one above, and did not sign it: the signature is wrong"}},
		{"critical-extension", []string{"has a critical extension that verifiers do not know"}},
		{"unknown-ca", nil}, // which its bytes do not tell
	} {
		t.Run(test.recipe, func(t *testing.T) {
			t.Parallel()
			leaf := certs.Leaf{DNSNames: []string{host}}
			cred, err := pki.Issue(leaf)
			about := About{Prefix: "p", Begun: now}
			if test.recipe != "" {
				cred, err = pki.IssueDefective(test.recipe, leaf)
			}
			if err != nil {
				t.Fatal(err)
			}
			got := texts(draw(t, shown(cred, host), about), "pic-fault")
			if !slices.EqualFunc(got, test.want, strings.HasPrefix) {
				t.Errorf("got %q, want %q", got, test.want)
			}
			// What the verdict says was planted is told in any case.
			if test.recipe == "" {
				return
			}
			about.Findings = []verdict.Finding{{Requirement: "R-1", Verdict: verdict.Pass, Cause: "refused-" + test.recipe, Events: []int{0}}}
			recipe, _ := certs.RecipeByName(test.recipe)
			want := "Planted: " + recipe.Defect + " " + recipe.Rule + "."
			if got := texts(draw(t, shown(cred, host), about), "pic-fault"); !slices.Contains(got, want) {
				t.Errorf("got %q, want %q among them", got, want)
			}
		})
	}
}

// TestDatesNeedAClock: without the time at which the log began, no date is judged.
func TestDatesNeedAClock(t *testing.T) {
	t.Parallel()
	pki, err := certs.NewForge(1).Hierarchy(certs.Hierarchy{Name: "Example"})
	if err != nil {
		t.Fatal(err)
	}
	cred, err := pki.IssueDefective("expired", certs.Leaf{DNSNames: []string{host}})
	if err != nil {
		t.Fatal(err)
	}
	if got := texts(draw(t, shown(cred, host), About{}), "pic-fault"); len(got) > 0 {
		t.Errorf("got %q", got)
	}
}

// TestDeviceCertificate: why the vendor rejected the device's certificate is told beside it.
func TestDeviceCertificate(t *testing.T) {
	t.Parallel()
	pki, err := certs.NewForge(1).Hierarchy(certs.Hierarchy{Name: "Example"})
	if err != nil {
		t.Fatal(err)
	}
	cred, err := pki.Issue(certs.Leaf{DNSNames: []string{"device.test"}})
	if err != nil {
		t.Fatal(err)
	}
	events := shown(cred, host)
	h := events[2].Handshake
	h.PeerChain, h.LocalChain, h.Complete, h.Rejected = h.LocalChain, nil, false, []string{certs.CauseUnknownCA, "whatever"}
	all := draw(t, events, About{})
	want := []string{"The vendor rejected it: the issuer is not in the trust store (unknown-ca).", "The vendor rejected it: whatever."}
	if got := texts(all, "pic-fault"); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := texts(all, "pic-subject"); len(got) != 2 || !strings.HasPrefix(got[0], "leaf CN=device.test") {
		t.Errorf("the boxes are %q", got)
	}
}

package main_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
)

// carrier returns the folder of the example vendor that is data alone.
func carrier(t *testing.T) string {
	t.Helper()
	folder, err := filepath.Abs("../../../fixtures/examples/carrier")
	if err != nil {
		t.Fatal(err)
	}
	return folder
}

// TestCarrier: the reference device conforms to a vendor that is data alone, and
// verify and list know that vendor.
func TestCarrier(t *testing.T) {
	t.Parallel()
	folder := carrier(t)
	out := filepath.Join(t.TempDir(), "report")
	sipconform(t, "certify", "-vendors", folder, "-filter", "vendor:carrier", "-out", out).expect(t, 0, "CONFORMANT", " 0 fail ", " 0 error ")
	if run := read(t, out); run.Summary.Pass < 80 {
		t.Errorf("%d scenarios passed, want 80 or more", run.Summary.Pass)
	}
	sipconform(t, "verify", "-vendors", folder, out).expect(t, 0, " 0 differ")
	sipconform(t, "list", "-vendors", folder, "-vendor", "carrier").expect(t, 0, "CA-TLS-01", "carrier/trunk/connect/default")
}

// TestCarrierJudgesBaresip: the carrier's scenarios find a real program's fault, and
// blame it once: what follows from it is blocked.
func TestCarrierJudgesBaresip(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes a while")
	}
	if _, err := exec.LookPath("baresip"); err != nil {
		t.Skip("baresip is not installed")
	}
	out := filepath.Join(t.TempDir(), "report")
	sipconform(t, "certify", "-vendors", carrier(t), "-device", "baresip", "-filter", "vendor:carrier && area:certificate", "-out", out).
		expect(t, 1, "NOT CONFORMANT", " 0 error ", "accepted-unknown-ca", "blocks ")
	fault := results.Blocked{Scenario: "carrier/trunk/certificate/unknown-ca", Cause: "accepted-unknown-ca"}
	blamed, blocked := false, false
	for _, r := range read(t, out).Results {
		blamed = blamed || r.Scenario == fault.Scenario && r.Verdict == verdict.Fail && r.Cause == fault.Cause
		blocked = blocked || r.Scenario == "carrier/trunk/certificate/expired" && r.Blocked != nil && *r.Blocked == fault
	}
	if !blamed || !blocked {
		t.Errorf("%v: a fail: %t, and blocks certificate/expired: %t", fault, blamed, blocked)
	}
}

// TestServeCarrier: flags may stand before and after the vendor's name.
func TestServeCarrier(t *testing.T) {
	t.Parallel()
	s := serve(t, "-vendors", carrier(t), "carrier", "-set", "customer=suspended")
	s.at(t, "tls")
	s.end(t, os.Interrupt)
}

// TestVendorsFaults: an error in a vendor's folder names the file, the line, and what
// to do.
func TestVendorsFaults(t *testing.T) {
	t.Parallel()
	const profile, requirements = "profiles/carrier-trunk.yaml", "requirements/carrier.yaml"
	for name, test := range map[string]struct {
		file, old, instead string
		want               []string
	}{
		"chapter":     {profile, "chapter: groups", "chapter: curves", []string{"profiles/carrier-trunk.yaml:", `there is no chapter "curves", but `}},
		"case":        {profile, "case: listed, id", "case: liste, id", []string{"profiles/carrier-trunk.yaml:", `no case "liste", but listed`}},
		"requirement": {profile, "requirement: CA-TLS-04}", "requirement: CA-TLS-44}", []string{"profiles/carrier-trunk.yaml:", "CA-TLS-44, which no file of requirements has"}},
		"field":       {profile, "domain: sip", "domian: sip", []string{`profiles/carrier-trunk.yaml:7: the field "domian" is unknown: use vendor, product, prefix, `}},
		"default":     {profile, "default: active", "default: idle", []string{`profiles/carrier-trunk.yaml:42: the default of "customer" is "idle"`}},
		"fact":        {profile, "media: [rtp", "medium: [rtp", []string{`profiles/carrier-trunk.yaml:59: the fact or setting "medium" is unknown: use `}},
		"suite":       {profile, "ECDHE-RSA-AES256-GCM-SHA384", "AES512", []string{`profiles/carrier-trunk.yaml:53: the TLS suite "AES512" is unknown: `}},
		"level":       {requirements, "level: must", "level: mandatory", []string{"requirements/carrier.yaml:", "must, should or may"}},
		"prefix":      {profile, "prefix: CA", "prefix: TW", []string{"profiles/carrier-trunk.yaml:6: the vendors twilio (TW) and carrier (TW): each needs a name and a prefix of its own"}},
		"another's":   {requirements, "vendor: carrier", "vendor: acme", []string{"requirements/carrier.yaml:", `the vendor "acme" is unknown`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			if err := os.CopyFS(folder, os.DirFS(carrier(t))); err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(folder, filepath.FromSlash(test.file))
			text, err := os.ReadFile(file)
			if err != nil || !strings.Contains(string(text), test.old) {
				t.Fatalf("no %q in it: %v", test.old, err)
			}
			if err := os.WriteFile(file, []byte(strings.Replace(string(text), test.old, test.instead, 1)), 0o600); err != nil {
				t.Fatal(err)
			}
			sipconform(t, "list", "-vendors", folder).expect(t, 2, append(test.want, "-vendors "+folder)...)
		})
	}
	sipconform(t, "certify", "-vendors", t.TempDir()).expect(t, 2, "profiles/*.yaml")
}

package certfiles

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/fixtures"
	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/profile"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// products are the built-in ones, with ECDSA keys, since RSA keys take time.
func products(t *testing.T, names ...string) []*profile.Product {
	t.Helper()
	all, err := profile.Load(fixtures.FS, "profiles")
	if err != nil {
		t.Fatal(err)
	}
	all = slices.DeleteFunc(all, func(p *profile.Product) bool { return !slices.Contains(names, p.Vendor+"/"+p.Product) })
	for _, p := range all {
		p.Certificate.Key = string(certs.P256)
		for i := range p.Certificate.Roots {
			p.Certificate.Roots[i].Key = string(certs.P256)
		}
	}
	return all
}

// written is a folder that was written, and its index.
type written struct {
	dir   string
	index *Index
}

func write(t *testing.T, o Options) written {
	t.Helper()
	dir := t.TempDir()
	index, err := Write(t.Context(), dir, o)
	if err != nil {
		t.Fatal(err)
	}
	return written{dir, index}
}

// each calls f in a subtest for every certificate.
func (w written) each(t *testing.T, f func(t *testing.T, p Product, c Certificate)) {
	t.Helper()
	if len(w.index.Products) == 0 {
		t.Fatal("the index has no product")
	}
	for _, p := range w.index.Products {
		for _, c := range p.Certificates {
			t.Run(p.Folder+"/"+c.Name, func(t *testing.T) {
				t.Parallel()
				f(t, p, c)
			})
		}
	}
}

// in returns a command of the index, to be run in the certificate's folder.
func (w written) in(c Certificate, command string) (name string, args []string, folder string) {
	words := strings.Fields(command)
	return words[0], words[1:], filepath.Join(w.dir, filepath.FromSlash(c.Folder))
}

// verified runs the command of the index that gives the opinion of OpenSSL.
func (w written) verified(t *testing.T, c Certificate) string {
	t.Helper()
	name, args, folder := w.in(c, c.Verify)
	cmd := testkit.Command(t, name, args...)
	cmd.Dir = folder
	out, _ := testkit.Run(t, cmd)
	return out
}

// TestOpenSSLSaysWhatTheIndexSays runs the commands of the index: good certificates pass, and every defect fails for the reason
// that the index has.
func TestOpenSSLSaysWhatTheIndexSays(t *testing.T) {
	t.Parallel()
	for _, o := range []Options{
		{Products: products(t, "twilio/voice", "infobip/rest", "cisco/ucm"), Seed: 1, Bounds: Critical},
		{Products: products(t, "genesys/byoc-cloud"), Seed: 2, Host: "sip.lab.example", Bounds: None},
	} {
		w := write(t, o)
		w.each(t, func(t *testing.T, _ Product, c Certificate) {
			out := w.verified(t, c)
			if want := c.OpenSSL; want.Accepts {
				if !strings.HasSuffix(strings.TrimSpace(out), "leaf.pem: OK") {
					t.Errorf("want OK:\n%s", out)
				}
			} else if !strings.Contains(out, fmt.Sprintf("error %d at ", want.Error)) {
				t.Errorf("want error %d, %s:\n%s", want.Error, want.Text, out)
			}
		})
	}
}

// TestSameSeedSameBytes: the same options give the same files, another seed other keys, and keys are for the owner alone.
func TestSameSeedSameBytes(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 14, 15, 9, 26, 0, time.UTC)
	options := func(seed uint64) Options {
		return Options{Products: products(t, "genesys/byoc-premises"), Seed: seed, At: at, Bounds: Critical}
	}
	one, again, other := write(t, options(1)), write(t, options(1)), write(t, options(2))
	keys := 0
	err := filepath.WalkDir(one.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, _ := filepath.Rel(one.dir, path)
		if !bytes.Equal(read(t, one.dir, name), read(t, again.dir, name)) {
			t.Errorf("%s differs for the same seed", name)
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if secret := bytes.Contains(read(t, path), []byte("PRIVATE KEY")); secret {
			keys++
			if bytes.Equal(read(t, path), read(t, other.dir, name)) {
				t.Errorf("%s is the same for another seed", name)
			}
			if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
				t.Errorf("%s has the mode %04o", name, info.Mode().Perm())
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := len(one.index.Products[0].Certificates); keys != want {
		t.Errorf("%d keys, want %d", keys, want)
	}
}

// TestIndex: the index has every recipe and every root of a product, names files that are there, and both forms of it agree.
func TestIndex(t *testing.T) {
	t.Parallel()
	all := products(t, "twilio/trunking", "genesys/byoc-cloud", "infobip/rest")
	w := write(t, Options{Products: all, Seed: 1, Bounds: Critical, Serves: func(p *profile.Product, name string) Service {
		return Service{Requirements: []string{"REQ-" + strings.ToUpper(name)}, Scenarios: []string{p.Vendor + "/" + name}}
	}})
	var index Index
	dec := json.NewDecoder(bytes.NewReader(read(t, w.dir, IndexFile)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&index); err != nil {
		t.Fatal(err)
	}
	page := string(read(t, w.dir, PageFile))
	if index.Schema != Schema || len(index.Products) != len(all) {
		t.Fatalf("schema %q, %d products", index.Schema, len(index.Products))
	}
	for i, p := range index.Products {
		if len(p.Roots) != len(all[i].Certificate.Roots) {
			t.Errorf("%s has %d roots, want %d", p.Product, len(p.Roots), len(all[i].Certificate.Roots))
		}
		for _, r := range p.Roots {
			if !bytes.Contains(read(t, w.dir, p.Bundle), read(t, w.dir, r.File)) {
				t.Errorf("%s: the bundle lacks %s", p.Product, r.Name)
			}
		}
		found := make(map[string]Certificate)
		for _, c := range p.Certificates {
			found[c.Name] = c
			if c.What == "" || c.Who == "" || c.Duty == "" || c.Host == "" || !slices.Equal(c.Requirements, []string{"REQ-" + strings.ToUpper(c.Name)}) {
				t.Errorf("%s: %s is not described: %+v", p.Product, c.Name, c)
			}
			if (c.Kind == Defect) != (c.Cause != "" && c.Rule != "") {
				t.Errorf("%s: %s is %s and has the cause %q and the rule %q", p.Product, c.Name, c.Kind, c.Cause, c.Rule)
			}
			for _, f := range []string{c.Files.Leaf, c.Files.Chain, c.Files.Key, c.Files.Root} {
				read(t, w.dir, f)
			}
			if !strings.Contains(page, "| ["+c.Name+"]("+c.Folder+") |") {
				t.Errorf("%s lacks %s", PageFile, c.Folder)
			}
		}
		for _, r := range certs.Recipes() {
			if found[r.Name].Kind != Defect {
				t.Errorf("%s lacks the recipe %s", p.Product, r.Name)
			}
		}
	}
	for _, c := range []struct {
		product, name string
		duty          Duty
	}{
		{"twilio/trunking", "wildcard", Refuse},
		{"infobip/rest", "wildcard", Take},
		{"infobip/rest", "sip-uri-mismatch", Take},
		{"twilio/trunking", "cn-only", MayRefuse},
		{"twilio/trunking", "root-global-root-ca", Take},
		{"genesys/byoc-cloud", "other-proxy", Refuse},
	} {
		i := slices.IndexFunc(index.Products, func(p Product) bool { return p.Product == c.product })
		j := slices.IndexFunc(index.Products[i].Certificates, func(one Certificate) bool { return one.Name == c.name })
		if j < 0 || index.Products[i].Certificates[j].Duty != c.duty {
			t.Errorf("%s of %s: want the duty %s", c.name, c.product, c.duty)
		}
	}
	for name := range duties {
		if _, is := certs.RecipeByName(name); !is {
			t.Errorf("a duty is for %s, which is no recipe", name)
		}
	}
}

func TestCheckHost(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]string{
		"sip.lab.example":   "",
		"s-1.a.lab.example": "",
		"lab.example":       "fewer than three labels",
		"*.lab.example":     "not a host name",
		"a..example":        "not a host name",
		"SIP.lab.example":   "not a host name",
		"192.0.2.1":         "is an address",
	} {
		err := CheckHost(host)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", host, err, want)
		}
	}
}

func read(t *testing.T, parts ...string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(parts...))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

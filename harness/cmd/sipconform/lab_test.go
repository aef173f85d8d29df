package main_test

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"encoding/xml"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/harness/lab"
)

// labFolder makes a lab and returns its folder, with what the command printed.
func labFolder(t *testing.T, args ...string) (string, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "lab")
	o := sipconform(t, append([]string{"lab", "init", dir, "-listen", "192.0.2.7", "-dns", "192.0.2.7:53"}, args...)...)
	o.expect(t, 0, "Setting sheet of the lab")
	return dir, o.out
}

// TestLab makes a lab for every product there is: the sheet names what a device needs for each, and every file is there.
func TestLab(t *testing.T) {
	t.Parallel()
	dir, printed := labFolder(t, "-vendors", carrier(t))
	l, err := lab.Open(dir)
	must(t, err)
	sheet := file(t, filepath.Join(dir, "sheet.txt"))
	if !strings.HasPrefix(printed, sheet) {
		t.Errorf("what is printed is not the sheet:\n%s", printed)
	}
	sipconform(t, "lab", "show", dir, "-vendors", carrier(t)).expect(t, 0, sheet)
	all := strings.Join(strings.Fields(sheet), " ")
	for _, want := range []string{
		l.Name + ".sip.twilio.com", l.Name + ".pstn.twilio.com", "lb01." + l.Name + ".byoc.region.test", l.Name + ".edge.organisation.test",
		l.Name + ".cucm.organisation.test", l.Name + ".imp.organisation.test", "https://rest.api-" + l.Name + ".infobip.com/ at 192.0.2.7:443",
		"The product has hosts at 2 addresses, and the lab has 1: scenarios of the product need them",
		"lb02." + l.Name + ".byoc.region.test at 192.0.2.7, at the port of its SRV record",
		"east." + l.Name + ".sip.carrier.test", l.Account.User, l.Account.Password, "192.0.2.7, and no other", "Register yes, for 600 to 3600 seconds",
		"the vendor asks for it when the device connects", "the vendor verifies it where it calls", "for the device to show where the vendor asks for one",
		"for the device's own server, if it has one", "AEAD_AES_256_GCM, AEAD_AES_128_GCM", "the product takes no calls", "/" + l.HandoutPath + "/",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("the sheet lacks %q:\n%s", want, sheet)
		}
	}
	if len(l.Products) != 8 {
		t.Errorf("the lab is for %q", l.Products)
	}
	provisioned := 0
	for _, id := range l.Products {
		slug := strings.ReplaceAll(id, "/", "-")
		checkRoots(t, dir, slug)
		pair, err := tls.LoadX509KeyPair(filepath.Join(dir, "device-"+slug+".pem"), filepath.Join(dir, "device-"+slug+".key.pem"))
		if err != nil || pair.Leaf.VerifyHostname(l.DeviceHost()) != nil {
			t.Errorf("%s: the device's certificate: %v", id, err)
		}
		if exists(filepath.Join(dir, "provisioning", slug)) {
			provisioned++
			checkProvisioning(t, filepath.Join(dir, "provisioning", slug), l)
		}
	}
	if provisioned != 7 {
		t.Errorf("%d products have provisioning files, want 7: all that speak SIP", provisioned)
	}
	secret(t, dir)
}

// TestLabOnTwoNetworks: each host has its own address, and one of the other family where there is one.
func TestLabOnTwoNetworks(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "lab")
	sipconform(t, "lab", "init", dir, "-name", "lab7", "-product", "genesys/byoc-cloud,infobip/rest", "-listen", "192.0.2.7,2001:db8::7,192.0.2.8",
		"-advertise", "192.0.2.8=198.51.100.8").expect(t, 0)
	sheet := strings.Join(strings.Fields(file(t, filepath.Join(dir, "sheet.txt"))), " ")
	for _, want := range []string{
		"lb01.lab7.byoc.region.test at 192.0.2.7:5061 and [2001:db8::7]:5061", "lb02.lab7.byoc.region.test at 198.51.100.8:5061 ",
		"lb03.lab7.byoc.region.test at 198.51.100.8, at the port of its SRV record", "the lab has none", "Outbound proxy 192.0.2.7:5061",
		"https://rest.api-lab7.infobip.com/ at 192.0.2.7:443 and [2001:db8::7]:443", "https://api-lab7.infobip.com/ at 198.51.100.8:443",
	} {
		if !strings.Contains(sheet, want) {
			t.Errorf("the sheet lacks %q:\n%s", want, sheet)
		}
	}
}

// checkRoots checks that the roots of a product are there in both forms, and are constrained.
func checkRoots(t *testing.T, dir, slug string) {
	t.Helper()
	bundle := []byte(file(t, filepath.Join(dir, "roots-"+slug+".pem")))
	singles, err := filepath.Glob(filepath.Join(dir, "root-"+slug+"-[0-9]-*.crt"))
	must(t, err)
	for _, name := range singles {
		der := []byte(file(t, name))
		root, err := x509.ParseCertificate(der)
		must(t, err)
		if !root.PermittedDNSDomainsCritical || !slices.Contains(root.PermittedDNSDomains, "example") || len(root.PermittedIPRanges) != 1 {
			t.Errorf("%s may vouch for %q, %v", name, root.PermittedDNSDomains, root.PermittedIPRanges)
		}
		if !bytes.Contains(bundle, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})) {
			t.Errorf("%s is not in the bundle", name)
		}
	}
	if n := bytes.Count(bundle, []byte("BEGIN CERTIFICATE")); n == 0 || n != len(singles) {
		t.Errorf("%s has %d roots in the bundle, and %d files", slug, n, len(singles))
	}
}

// checkProvisioning reads every file for phones.
func checkProvisioning(t *testing.T, folder string, l *lab.Lab) {
	t.Helper()
	must(t, filepath.WalkDir(folder, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text := file(t, name)
		if d.Name() != "000000000000.cfg" && (!strings.Contains(text, l.Account.Password) || !strings.Contains(text, l.Name+".")) {
			t.Errorf("%s lacks the password or the domain:\n%s", name, text)
		}
		if !strings.HasPrefix(text, "<?xml") {
			return nil
		}
		for decoder := xml.NewDecoder(strings.NewReader(text)); ; {
			if _, err := decoder.Token(); errors.Is(err, io.EOF) {
				return nil
			} else if err != nil {
				t.Errorf("%s: %v", name, err)
				return nil
			}
		}
	}))
}

// secret checks that nobody else can read what is secret.
func secret(t *testing.T, dir string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		return
	}
	must(t, filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		public := strings.HasPrefix(d.Name(), "root")
		if err == nil && !public && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has the mode %v", name, info.Mode())
		}
		return err
	}))
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

// TestLabStays: the roots of a lab that is opened again are those that the device has imported.
func TestLabStays(t *testing.T) {
	t.Parallel()
	dir, _ := labFolder(t, "-product", "twilio/voice")
	l, err := lab.Open(dir)
	must(t, err)
	if len(l.Products) != 1 || slices.Contains(l.Constraints.Domains, "infobip.com") || !slices.Contains(l.Constraints.Domains, "twilio.com") {
		t.Errorf("the lab is for %q, and vouches for %q", l.Products, l.Constraints.Domains)
	}
	s := serveLab(t, dir)
	if served := s.get(t, "/roots-twilio-voice.pem"); served != file(t, filepath.Join(dir, "roots-twilio-voice.pem")) {
		t.Error("the roots that are served are others than those of the folder")
	}
	s.end(t)
	sipconform(t, "lab", "init", dir, "-listen", "192.0.2.7").expect(t, 2, "holds a lab already")
}

// servedLab is a lab that is handed out.
type servedLab struct {
	base    string
	printed []string
	process *served
}

// serveLab hands out a lab, and reads what the command prints.
func serveLab(t *testing.T, dir string) *servedLab {
	t.Helper()
	s := &servedLab{process: new(served)}
	s.process.cmd, s.process.temporary = command(t, "lab", "serve", dir, "-listen", "127.0.0.1:0")
	out, err := s.process.cmd.StdoutPipe()
	must(t, err)
	must(t, s.process.cmd.Start())
	t.Cleanup(func() { _ = s.process.cmd.Process.Kill() })
	s.process.lines = bufio.NewScanner(out)
	for s.process.lines.Scan() {
		s.printed = append(s.printed, s.process.lines.Text())
		if strings.HasPrefix(s.process.lines.Text(), "provisioning") {
			break
		}
	}
	if len(s.printed) < 3 {
		t.Fatalf("it printed %q", s.printed)
	}
	s.base = strings.TrimSuffix(strings.TrimPrefix(s.printed[0], "roots: "), "/")
	return s
}

func (s *servedLab) end(t *testing.T) { s.process.end(t, os.Interrupt) }

// get returns a page, or "" and the status if there is none.
func (s *servedLab) get(t *testing.T, path string) string {
	t.Helper()
	response, err := http.Get(s.base + path)
	must(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	must(t, err)
	if response.StatusCode != http.StatusOK {
		return ""
	}
	return string(body)
}

// TestLabServe: what is public is served to everybody, the password below the secret path alone, and keys to nobody.
func TestLabServe(t *testing.T) {
	t.Parallel()
	dir, _ := labFolder(t, "-product", "genesys/byoc-premises")
	l, err := lab.Open(dir)
	must(t, err)
	s := serveLab(t, dir)
	index := s.get(t, "/")
	if !strings.Contains(index, "roots-genesys-byoc-premises.pem") || strings.Contains(index, l.HandoutPath) {
		t.Errorf("the first page is\n%s", index)
	}
	below := "/" + l.HandoutPath + "/"
	for path, want := range map[string]string{
		"/roots-genesys-byoc-premises.pem":                       "BEGIN CERTIFICATE",
		"/root-genesys-byoc-premises-1-organisation.pem":         "BEGIN CERTIFICATE",
		below + "sheet.html":                                     l.Account.Password,
		below + "sheet.txt":                                      s.base + "/",
		below + "genesys-byoc-premises/snom/snomD735.htm":        l.Account.Password,
		below + "genesys-byoc-premises/yealink/001565aabb20.cfg": "static.trusted_certificates.url = " + s.base + "/root-genesys-byoc-premises-1-organisation.crt",
	} {
		if got := s.get(t, path); !strings.Contains(got, want) {
			t.Errorf("%s lacks %q: %s", path, want, got)
		}
	}
	root, err := x509.ParseCertificate([]byte(s.get(t, "/root-genesys-byoc-premises-1-organisation.crt")))
	if err != nil || root.Subject.CommonName != "Stand-in Organisation CA" {
		t.Errorf("the root in DER is %v, %v", root, err)
	}
	key := "device-genesys-byoc-premises.key.pem"
	for _, path := range []string{"/lab.yaml", "/" + key, below + key, below + "lab.yaml", below, "/sheet.html", "/sheet.txt", "/..%2flab.yaml",
		below + "genesys-byoc-premises/", below + "genesys-byoc-premises/snom/../../lab.yaml", "/provisioning/genesys-byoc-premises/snom/snom.xml"} {
		if got := s.get(t, path); got != "" {
			t.Errorf("%s is served:\n%s", path, got)
		}
	}
	s.process.sees(t, "has fetched "+below+"genesys-byoc-premises/snom/snom.xml")
	s.end(t)
}

// TestLabUsage has what cannot be done with a lab.
func TestLabUsage(t *testing.T) {
	t.Parallel()
	dir, _ := labFolder(t, "-product", "infobip/rest")
	free := func() string { return filepath.Join(t.TempDir(), "lab") }
	for name, c := range map[string]struct {
		args []string
		want []string
	}{
		"no verb":                {[]string{}, []string{"lab init DIR", "lab show DIR", "lab serve DIR"}},
		"another verb":           {[]string{"make"}, []string{"lab init DIR"}},
		"no folder":              {[]string{"init"}, []string{"name the folder"}},
		"no address":             {[]string{"init", free()}, []string{"-listen is missing"}},
		"wildcard":               {[]string{"init", free(), "-listen", "0.0.0.0"}, []string{"0.0.0.0 stands for every address"}},
		"no such product":        {[]string{"init", free(), "-listen", "192.0.2.7", "-product", "twilio/video"}, []string{"twilio/video", "twilio/voice"}},
		"no port":                {[]string{"init", free(), "-listen", "192.0.2.7", "-dns", "192.0.2.7"}, []string{"192.0.2.7:53"}},
		"no address at all":      {[]string{"init", free(), "-listen", "here"}, []string{`"here" is not an IP address`}},
		"advertised twice":       {[]string{"init", free(), "-listen", "192.0.2.7,192.0.2.8", "-advertise", "198.51.100.1"}, []string{"LISTEN=198.51.100.1"}},
		"constraints":            {[]string{"init", free(), "-listen", "192.0.2.7", "-constraints", "none"}, []string{"critical or noncritical"}},
		"a word more":            {[]string{"show", dir, "now"}, []string{`"now" is not a flag`}},
		"no lab":                 {[]string{"show", t.TempDir()}, []string{"holds no lab", "lab init"}},
		"serve where":            {[]string{"serve", dir}, []string{"-listen is missing"}},
		"serve everywhere":       {[]string{"serve", dir, "-listen", "0.0.0.0:8080"}, []string{"name one address"}},
		"serve everywhere, IPv6": {[]string{"serve", dir, "-listen", "[::]:8080"}, []string{"name one address"}},
		"serve no lab":           {[]string{"serve", t.TempDir(), "-listen", "127.0.0.1:0"}, []string{"holds no lab"}},
	} {
		o := sipconform(t, append([]string{"lab"}, c.args...)...)
		for _, want := range c.want {
			if o.status != 2 || !strings.Contains(o.errors, want) {
				t.Errorf("%s: want %q: %s", name, want, o)
			}
		}
	}
	sipconform(t, "lab", "-h").expect(t, 0)
	sipconform(t, "lab", "init", "-h").expect(t, 0)
}

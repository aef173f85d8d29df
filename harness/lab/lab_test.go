package lab_test

import (
	"bytes"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/harness/lab"
	"github.com/sipconform/sipconform/internal/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// options are those of a lab with everything in it.
func options() lab.Options {
	return lab.Options{
		Name: "lab7", Products: []string{"twilio/voice"}, Domains: []string{"twilio.com", "sip.twilio.com", "byoc.region.test"},
		Listen:     []netip.Addr{netip.MustParseAddr("192.0.2.7"), netip.MustParseAddr("2001:db8::7")},
		DNS:        netip.MustParseAddrPort("192.0.2.7:53"),
		Advertised: map[netip.Addr]netip.Addr{netip.MustParseAddr("192.0.2.7"): netip.MustParseAddr("198.51.100.7")},
	}
}

// made makes a lab in a new folder.
func made(t *testing.T, o lab.Options) *lab.Lab {
	t.Helper()
	l, err := lab.Init(filepath.Join(t.TempDir(), "lab"), o)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// authority is one of a lab's hierarchies.
func authority(t *testing.T, l *lab.Lab) *certs.PKI {
	t.Helper()
	pki, err := l.Forge().Hierarchy(certs.Hierarchy{Name: "vendor"})
	if err != nil {
		t.Fatal(err)
	}
	return pki
}

// TestOpen: a lab that is opened is the one that was made, and no others can read it.
func TestOpen(t *testing.T) {
	t.Parallel()
	first := made(t, options())
	again, err := lab.Open(first.Dir)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(authority(t, first).Root.Raw, authority(t, again).Root.Raw) {
		t.Error("the root is another")
	}
	for _, field := range []string{"Dir", "Name", "Account", "Created", "Products", "Listen", "DNS", "Advertised", "Constraints", "HandoutPath"} {
		a, b := reflect.ValueOf(first).Elem().FieldByName(field), reflect.ValueOf(again).Elem().FieldByName(field)
		if !reflect.DeepEqual(a.Interface(), b.Interface()) {
			t.Errorf("%s is %v, and was %v", field, b, a)
		}
	}
	if forge := first.Forge(); forge != first.Forge() {
		t.Error("the forge is another at each call")
	}
	if got, want := again.Constraints.Domains, "byoc.region.test"; strings.Contains(strings.Join(got, " "), want) {
		t.Errorf("%s is permitted beside test: %q", want, got)
	}
	if got := again.Constraints.Addresses; len(got) != 3 {
		t.Errorf("permitted addresses are %v, and not the three of the lab", got)
	}
	if at := again.Address(netip.MustParseAddr("192.0.2.7")); at != netip.MustParseAddr("198.51.100.7") {
		t.Errorf("the advertised address is %v", at)
	}
	if runtime.GOOS == "windows" {
		return
	}
	for name, mode := range map[string]os.FileMode{first.Dir: 0o700, filepath.Join(first.Dir, lab.FileName): 0o600} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: %v, %v; want %v", name, info.Mode().Perm(), err, mode)
		}
	}
}

// TestRandom: labs share neither secret, name, account nor path, and all can be typed.
func TestRandom(t *testing.T) {
	t.Parallel()
	o := options()
	o.Name = ""
	seen := make(map[string]bool)
	for range 20 {
		l := made(t, o)
		for name, value := range map[string]struct{ text, form string }{
			"name":     {l.Name, `^lab[a-z2-9]{5}$`},
			"user":     {l.Account.User, `^phone[2-9]{3}$`},
			"password": {l.Account.Password, `^[a-hj-km-np-z2-9]{16}$`},
			"path":     {l.HandoutPath, `^[a-z2-9]{28}$`},
			"root":     {string(authority(t, l).Root.RawSubjectPublicKeyInfo), ""},
		} {
			if !regexp.MustCompile(value.form).MatchString(value.text) {
				t.Errorf("the %s is %q", name, value.text)
			}
			if name != "user" && seen[value.text] {
				t.Errorf("two labs have the same %s", name)
			}
			seen[value.text] = true
		}
	}
}

// TestInitOverwritesNothing has folders that hold something.
func TestInitOverwritesNothing(t *testing.T) {
	t.Parallel()
	first := made(t, options())
	before, err := os.ReadFile(filepath.Join(first.Dir, lab.FileName))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lab.Init(first.Dir, options()); err == nil || !strings.Contains(err.Error(), "holds a lab already") {
		t.Errorf("a second lab in the folder: %v", err)
	}
	if after, err := os.ReadFile(filepath.Join(first.Dir, lab.FileName)); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the lab has changed, %v", err)
	}
	other := t.TempDir()
	if err := os.WriteFile(filepath.Join(other, "notes.txt"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := lab.Init(other, options()); err == nil || !strings.Contains(err.Error(), "not empty") {
		t.Errorf("a lab beside other files: %v", err)
	}
	if _, err := lab.Init(t.TempDir(), options()); err != nil {
		t.Errorf("an empty folder: %v", err)
	}
	if _, err := lab.Init(filepath.Join(other, "notes.txt"), options()); err == nil || !strings.Contains(err.Error(), "is not a folder") {
		t.Errorf("a file in its place: %v", err)
	}
}

// TestRefused has what no lab can be made with.
func TestRefused(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(*lab.Options){
		"not a DNS label":                              func(o *lab.Options) { o.Name = "my lab" },
		"there is no product":                          func(o *lab.Options) { o.Products = nil },
		"no address to listen at":                      func(o *lab.Options) { o.Listen = nil },
		"at: vendor: 0.0.0.0 stands":                   func(o *lab.Options) { o.Listen[0] = netip.IPv4Unspecified() },
		"at: vendor: :: stands":                        func(o *lab.Options) { o.Listen[1] = netip.IPv6Unspecified() },
		"at: vendor: 224.0.0.1 is not":                 func(o *lab.Options) { o.Listen[0] = netip.MustParseAddr("224.0.0.1") },
		"at: vendor: fe80::1%eth0 is good on one link": func(o *lab.Options) { o.Listen[0] = netip.MustParseAddr("fe80::1%eth0") },
		"there twice":                                  func(o *lab.Options) { o.Listen[1] = o.Listen[0] },
		"the DNS server: vendor: 0.0.0.0":              func(o *lab.Options) { o.DNS = netip.MustParseAddrPort("0.0.0.0:53") },
		"has no port":                                  func(o *lab.Options) { o.DNS = netip.AddrPortFrom(o.Listen[0], 0) },
		"where nothing listens":                        func(o *lab.Options) { o.Listen = o.Listen[1:] },
		"the advertised address: vendor: 0.0.0.0":      func(o *lab.Options) { o.Advertised[o.Listen[0]] = netip.IPv4Unspecified() },
	} {
		o := options()
		change(&o)
		dir := filepath.Join(t.TempDir(), "lab")
		if _, err := lab.Init(dir, o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q: %v", want, err)
		}
		if _, err := os.Stat(dir); err == nil {
			t.Errorf("%q: it left a folder", want)
		}
	}
}

// TestFaults: what is wrong in a lab's file is said with its line.
func TestFaults(t *testing.T) {
	t.Parallel()
	l := made(t, options())
	path := filepath.Join(l.Dir, lab.FileName)
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ from, to, want string }{
		"a field":     {"name: ", "nom: ", `the field "nom" is unknown`},
		"version":     {"version: 1", "version: 2", "the version is 2"},
		"date":        {"created: ", "created: on ", "is not a time"},
		"address":     {"- 192.0.2.7", "- 192.0.2", `"192.0.2" is not an IP address`},
		"wildcard":    {"- 192.0.2.7", "- 0.0.0.0", "0.0.0.0"},
		"name server": {"dns: 192.0.2.7:53", "dns: 192.0.2.7", "not an IP address with a port"},
		"secret":      {"secret: ", "secret: xx", "the secret is not"},
		"account":     {"user: ", "user: ''\n  # ", "no user"},
		"path":        {"handout: ", "handout: ../", "the path is not"},
		"twice":       {"name: ", "name: a\nname: ", "a second time"},
	} {
		text := strings.Replace(string(good), c.from, c.to, 1)
		if text == string(good) {
			t.Errorf("%s: nothing has changed in\n%s", name, good)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := lab.Open(l.Dir); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v; want %q", name, err, c.want)
		}
	}
	if err := os.WriteFile(path, bytes.Repeat([]byte("#\n"), 64<<10), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := lab.Open(l.Dir); err == nil || !strings.Contains(err.Error(), "the maximum") {
		t.Errorf("a file without end: %v", err)
	}
	if runtime.GOOS != "windows" {
		if err := os.Chmod(path, 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := lab.Open(l.Dir); err == nil || !strings.Contains(err.Error(), "chmod 600") {
			t.Errorf("a file that others can read: %v", err)
		}
	}
	if _, err := lab.Open(t.TempDir()); err == nil || !strings.Contains(err.Error(), "lab init") {
		t.Errorf("a folder without a lab: %v", err)
	}
}

// TestOldLab: in a lab of two years ago the root is the one of then, and what is below it is dated around today.
func TestOldLab(t *testing.T) {
	t.Parallel()
	o := options()
	o.Created = time.Now().AddDate(-2, 0, 0)
	l := made(t, o)
	pki := authority(t, l)
	then := l.Created
	if from, until := pki.Root.NotBefore, pki.Root.NotAfter; !from.Equal(then.AddDate(-10, 0, 0)) || !until.Equal(then.AddDate(10, 0, 0)) {
		t.Errorf("the root is valid from %v to %v", from, until)
	}
	again, err := lab.Open(l.Dir)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(authority(t, again).Root.Raw, pki.Root.Raw) {
		t.Error("the root is another")
	}
	leaf := certs.Leaf{DNSNames: []string{"lab7.sip.twilio.com"}}
	good, err := pki.Issue(leaf)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	if err := verified(good, good.Host, now); err != nil {
		t.Errorf("the good one: %v", err)
	}
	for recipe, want := range map[string]string{
		"expired": "is after", "not-yet-valid": "is before", "intermediate-expired": "is after", "intermediate-not-yet-valid": "is before",
		"root-expired": "is after",
	} {
		bad, err := pki.IssueDefective(recipe, leaf)
		if err != nil {
			t.Fatal(err)
		}
		if err := verified(bad, bad.Host, now); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", recipe, err)
		}
	}
	own, err := pki.Issue(l.DeviceLeaf())
	if err != nil {
		t.Fatal(err)
	}
	if err := verified(own, l.DeviceHost(), now); err != nil {
		t.Errorf("the device's own: %v", err)
	}
}

// FuzzFile: no content of a lab's file makes it panic, and what is taken is a lab.
func FuzzFile(f *testing.F) {
	l, err := lab.Init(filepath.Join(f.TempDir(), "lab"), options())
	if err != nil {
		f.Fatal(err)
	}
	path := filepath.Join(l.Dir, lab.FileName)
	good, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte("version: 1\nlisten: [::1]\nadvertised: {::1: ::2}\n"))
	f.Add([]byte("&a {version: *a}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, lab.FileName), data, 0o600); err != nil {
			t.Fatal(err)
		}
		if l, err := lab.Open(dir); err == nil && (l.Forge() == nil || len(l.Listen) == 0 || l.Account.Password == "") {
			t.Errorf("this is no lab: %+v", l)
		}
	})
}

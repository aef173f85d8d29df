package profile

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/sipconform/sipconform/internal/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// valid is a profile that has one of everything.
const valid = `
vendor: acme
product: trunk
prefix: AC
title: Acme Trunk
domain: acme.test
realm: acme
certificate:
  names: ["*.acme.test"]
  key: P-256
  roots: [{name: r1, common_name: Root, key: P-256}]
error_header: X-Error
codes: {"100": {level: ERROR, title: Bad}}
registrar: {min_expires: 60, max_expires: 3600, max_contacts: 2}
answer: {server: Acme, suites: [AES_CM_128_HMAC_SHA1_80], allow: [INVITE], supported: [timer], min_session_expires: 90}
offer:
  unreachable: "100"
  secure_setting: secure
  record_route: ["<sip:{{.Edge}};lr>"]
  contact: "<sip:{{.Caller}}@{{.Private}}>"
  headers: [{name: X-Id, value: "{{.Serial}}"}]
settings:
  secure: {default: "off", values: ["off", "on"], source: doc A}
  floor: {default: low, values: [low, high], source: unknown}
  tls_min: {default: TLS 1.0, values: [TLS 1.0, TLS 1.2], source: doc A}
  tls_max: {default: TLS 1.2, values: [TLS 1.2], source: doc A}
revisions:
  - revision: first
    from: 2020-01-01
    tls: {allowed_from: TLS 1.0, suites: [AES128-SHA]}
    refusals:
      - {requirement: A-1, on: [INVITE], when: {secure: ["on"], media: [rtp]}, status: 488, reason: No, code: "100"}
      - {requirement: A-2, on: ["*"], when: {credentials: [none]}, challenge: true}
  - revision: second
    from: 2021-06-01
    tls: {allowed_from: TLS 1.2}
    settings:
      floor: {default: high, values: [low, high], source: doc B}
  - revision: third
    from: 2022-01-01
    tls: {allowed_from: TLS 1.2, suites: [AES256-SHA]}
    refusals: []
`

func parse(t *testing.T) *Product {
	t.Helper()
	p, err := Parse("acme.yaml", []byte(valid))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestInherit checks that revisions take what they leave out from the revision before.
func TestInherit(t *testing.T) {
	t.Parallel()
	p := parse(t)
	for i, want := range []struct {
		suites   []string
		refusals int
	}{{[]string{"AES128-SHA"}, 2}, {[]string{"AES128-SHA"}, 2}, {[]string{"AES256-SHA"}, 0}} {
		if r := p.Revisions[i]; !slices.Equal(r.TLS.Suites, want.suites) || len(r.Refusals) != want.refusals {
			t.Errorf("%s has suites %q and %d refusals, want %q and %d", r.Revision, r.TLS.Suites, len(r.Refusals), want.suites, want.refusals)
		}
	}
}

func TestInForce(t *testing.T) {
	t.Parallel()
	p := parse(t)
	for date, want := range map[string]string{
		"1999-12-31": "first", "2020-01-01": "first", "2021-05-31": "first",
		"2021-06-01": "second", "2021-12-31": "second", "2022-01-01": "third", "2099-01-01": "third",
	} {
		day, err := time.Parse(time.DateOnly, date)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.InForce(day); got.Revision != want {
			t.Errorf("on %s %s is in force, want %s", date, got.Revision, want)
		}
	}
}

func TestNamed(t *testing.T) {
	t.Parallel()
	p := parse(t)
	if r, err := p.Named("second"); err != nil || r.From != "2021-06-01" {
		t.Errorf("got %v, %v", r, err)
	}
	_, err := p.Named("fourth")
	if err == nil {
		t.Fatal("there is a fourth revision")
	}
	for _, want := range []string{"acme trunk", "fourth", "first, second, third"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not say %q", err, want)
		}
	}
}

func TestSettingValues(t *testing.T) {
	t.Parallel()
	p := parse(t)
	for name, c := range map[string]struct {
		revision int
		chosen   map[string]string
		want     map[string]string
		says     []string // of the error
	}{
		"defaults":        {0, nil, map[string]string{"secure": "off", "floor": "low", "tls_min": "TLS 1.0", "tls_max": "TLS 1.2"}, nil},
		"of the revision": {1, nil, map[string]string{"secure": "off", "floor": "high", "tls_min": "TLS 1.0", "tls_max": "TLS 1.2"}, nil},
		"chosen": {1, map[string]string{"floor": "low", "secure": "on"},
			map[string]string{"secure": "on", "floor": "low", "tls_min": "TLS 1.0", "tls_max": "TLS 1.2"}, nil},
		"unknown setting": {0, map[string]string{"secured": "on"}, nil, []string{"acme trunk", `"secured"`, "floor, secure, tls_max, tls_min"}},
		"unknown value":   {0, map[string]string{"secure": "yes"}, nil, []string{"secure takes off, on", `"yes"`}},
		"first by name":   {0, map[string]string{"zebra": "", "aardvark": ""}, nil, []string{"aardvark"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := p.SettingValues(p.Revisions[c.revision], c.chosen)
			if !maps.Equal(got, c.want) || (err == nil) != (c.says == nil) {
				t.Errorf("got %v, %v; want %v", got, err, c.want)
			}
			for _, want := range c.says {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q does not say %q", err, want)
				}
			}
		})
	}
}

func TestMatches(t *testing.T) {
	t.Parallel()
	facts := map[string]string{"media": "rtp", "transport": "tls"}
	for _, c := range []struct {
		on     []string
		when   map[string][]string
		method string
		want   bool
	}{
		{[]string{"INVITE"}, nil, "INVITE", true},
		{[]string{"INVITE"}, nil, "REGISTER", false},
		{[]string{"INVITE", "REGISTER"}, nil, "REGISTER", true},
		{[]string{"*"}, nil, "OPTIONS", true},
		{[]string{"*"}, nil, "ACK", false},
		{[]string{"*"}, nil, "BYE", false},
		{[]string{"*"}, nil, "CANCEL", false},
		{[]string{"*", "BYE"}, nil, "BYE", true},
		{[]string{"INVITE"}, map[string][]string{"media": {"rtp"}}, "INVITE", true},
		{[]string{"INVITE"}, map[string][]string{"media": {"srtp", "rtp"}}, "INVITE", true},
		{[]string{"INVITE"}, map[string][]string{"media": {"srtp"}}, "INVITE", false},
		{[]string{"INVITE"}, map[string][]string{"media": {"rtp"}, "transport": {"udp", "tcp"}}, "INVITE", false},
		{[]string{"INVITE"}, map[string][]string{"unheard-of": {"x"}}, "INVITE", false},
	} {
		if got := (Refusal{On: c.on, When: c.when}).Matches(c.method, facts); got != c.want {
			t.Errorf("on %q when %v: %s matches: %v", c.on, c.when, c.method, got)
		}
	}
}

func TestExpand(t *testing.T) {
	t.Parallel()
	fields := OfferFields{Edge: "a:1", EdgeHost: "a", Transport: "tls", Private: "b:2", Caller: "+1", Serial: "ff"}
	got, err := fields.Expand("{{.Edge}} {{.EdgeHost}} {{.Transport}} {{.Private}} {{.Caller}} {{.Serial}}")
	if got != "a:1 a tls b:2 +1 ff" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestLoad(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{
		"profiles/b.yaml":    {Data: []byte(strings.Replace(valid, "product: trunk", "product: other", 1))},
		"profiles/a.yaml":    {Data: []byte(valid)},
		"profiles/README.md": {Data: []byte("not a profile")},
	}
	products, err := Load(files, "profiles")
	if err != nil || len(products) != 2 || products[0].Product != "trunk" || products[1].Product != "other" {
		t.Errorf("got %v, %v", products, err)
	}
	for _, name := range []string{"a", "b"} { // one product of a vendor's is the most used
		file := files["profiles/"+name+".yaml"]
		file.Data = []byte(strings.Replace(string(file.Data), "product: ", "most_used: true\nproduct: ", 1))
		if _, err := Load(files, "profiles"); (err != nil) != (name == "b") || err != nil && !strings.Contains(err.Error(), "profiles/b.yaml: most_used is said of trunk already") {
			t.Errorf("most_used up to %s: %v", name, err)
		}
	}
	files["profiles/c.yaml"] = &fstest.MapFile{Data: []byte("vendor: [")}
	if _, err := Load(files, "profiles"); err == nil || !strings.Contains(err.Error(), "profiles/c.yaml") {
		t.Errorf("a broken file: %v", err)
	}
	if products, err := Load(files, "elsewhere"); err != nil || len(products) != 0 {
		t.Errorf("an empty folder: %v, %v", products, err)
	}
	if _, err := Load(files, "[]"); err == nil {
		t.Error("a folder that is no pattern was loaded")
	}
}

// FuzzParse: whatever a file holds, there is either a product or an error that
// begins with the file's name.
func FuzzParse(f *testing.F) {
	f.Add([]byte(valid))
	f.Add([]byte(ports))
	f.Add([]byte(api))
	f.Add([]byte("revisions: [{from: 2020-01-01}]"))
	f.Add([]byte("chapters: [{rows: [{case: {a: b}}, ~]}, &a {chapter: x}, *a]"))
	f.Add([]byte("a: &a {<<: *a}"))
	f.Add([]byte("{<<: x}"))
	f.Add([]byte("vendor: *none"))
	f.Add([]byte("\xff\xfe-\x00 "))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := Parse("fuzz.yaml", data)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "fuzz.yaml:") {
				t.Errorf("the error begins with no file: %v", err)
			}
			return
		}
		r := p.InForce(time.Now())
		if _, err := p.SettingValues(r, nil); err != nil {
			t.Error(err)
		}
	})
}

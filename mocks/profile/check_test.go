package profile

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/internal/yamlfile"
)

// api is a profile of an API that has one of everything.
const api = `
vendor: acme
product: rest
prefix: AC
title: Acme API
domain: acme.test
certificate: {key: P-256, roots: [{name: r1, common_name: Root, key: P-256}]}
https:
  endpoints:
    - {name: production, sites: [{host: "api-{{.Name}}.acme.test", names: ["*.acme.test"]}]}
    - {name: test, staged: true, sites: [{host: "test-{{.Name}}.acme.test", names: ["*.acme.test"], serves: tls-test}]}
  notice: {certificate: {days: 60}}
settings:
  tls_min: {default: TLS 1.2, values: [TLS 1.2]}
  tls_max: {default: TLS 1.3, values: [TLS 1.3]}
revisions:
  - {revision: first, from: 2020-01-01, tls: {allowed_from: TLS 1.2, suites: [AES128-SHA]}}
`

// ports is a profile with a table of ports, and with devices that are verified.
const ports = `
vendor: acme
product: switch
prefix: AC
domain: acme.test
certificate: {names: ["{{.Host}}"], key: P-256, roots: [{name: r1, common_name: Root, key: P-256}]}
device_verification:
  wildcard_setting: wildcards
  subject_setting: known_as
  trust_setting: listed
  roots: [{name: d1, common_name: One, key: P-256}, {name: d2, common_name: Two, key: P-256}]
answer:
  suites_by: [{when: {mode: [common]}, suites: [AEAD_AES_256_GCM]}]
  clear_setting: mode
settings:
  wildcards: {default: accept, values: [accept]}
  known_as: {default: any, values: [any, own, other, listed]}
  listed: {default: "on", values: ["on", "off"]}
  mode: {default: usual, values: [usual, common]}
  tls_min: {default: TLS 1.0, values: [TLS 1.0]}
  tls_max: {default: TLS 1.2, values: [TLS 1.2]}
revisions:
  - revision: first
    from: 2020-01-01
    tls: {allowed_from: TLS 1.0, suites: [AES128-SHA], suites_by: [{when: {mode: [common]}, suites: [AES256-SHA]}]}
    ports:
      widen_setting: mode
      columns:
        - {name: Usual, when: {mode: [usual]}}
        - {name: Common, when: {mode: [common]}}
      rows:
        - {application: SIP, ports: [5061], cells: ["TLS 1.0, TLS 1.1", "TLS v1.2"]}
        - {application: Web, ports: [443, 8443], cells: ["TLS 1.1", "TLS 1.2"]}
`

// mistake is a change that breaks a profile, and how the error reads.
type mistake struct {
	name     string
	old, new string
	line     int
	what     string
}

// TestMistakes: an error names the file and the line, and says what is wrong and
// what to do.
func TestMistakes(t *testing.T) {
	t.Parallel()
	const (
		versions = "use TLS 1.0, TLS 1.1, TLS 1.2 or TLS 1.3"
		keys     = "use P-256, P-384, RSA-1024, RSA-2048, RSA-3072 or RSA-4096"
	)
	root := "roots: [{name: r1, common_name: Root, key: P-256}]"
	for _, table := range []struct {
		profile  string
		mistakes []mistake
	}{
		{valid, []mistake{
			{"empty", valid, "", 1, "the file is empty: write a product, or remove it"},
			{"only a comment", valid, "# nothing\n", 1, "the file is empty: write a product, or remove it"},
			{"no mapping", valid, "- vendor: acme", 1, "found a list where a mapping belongs"},
			{"no YAML", "values: [low, high], source: unknown}", "values: [low, high, source: unknown}", 24,
				"this is not valid YAML, here or just below: did not find expected ',' or ']'"},
			{"tab", "realm: acme", "\trealm: acme", 6,
				"this is not valid YAML, here or just below: found a tab character that violates indentation"},
			{"two documents", "realm: acme", "---\nrealm: acme", 7, `a second document begins here: keep one, with no "---" below it`},
			{"unknown field", "max_contacts: 2", "max_contact: 2", 14,
				`the field "max_contact" is unknown: use min_expires, max_expires or max_contacts`},
			{"field twice", "realm: acme", "realm: acme\nrealm: two", 8,
				`"realm" is here a second time, after line 7: keep one of the two`},
			{"word for a number", "max_contacts: 2", "max_contacts: two", 14, `found "two" where a whole number belongs`},
			{"long word for a list", `names: ["*.acme.test"]`, "names: the-name.acme.test", 9,
				`found "the-name.acme.test" where a list belongs: write [the-name.acme.test]`},
			{"word for a list", "suites: [AES128-SHA]", "suites: AES128-SHA", 30,
				`found "AES128-SHA" where a list belongs: write [AES128-SHA]`},
			{"list for a word", "realm: acme", "realm: [acme]", 7, "found a list where text belongs"},
			{"mapping for words", "refusals: []\n", "refusals: []\nchapters:\n  - rows: [{case: {a: b}}]\n", 44,
				"found a mapping where a word or a list of words belongs"},

			{"no vendor", "vendor: acme", "", 3, "vendor is missing: name the vendor, such as carrier"},
			{"no product", "product: trunk", "", 2, "product is missing: name the product, such as trunk"},
			{"no prefix", "prefix: AC", "", 2,
				`the prefix "" is not two capital letters: write what the IDs of the vendor's requirements begin with, such as CA`},
			{"prefix of another form", "prefix: AC", "prefix: acme", 4,
				`the prefix "acme" is not two capital letters: write what the IDs of the vendor's requirements begin with, such as CA`},
			{"no domain", "domain: acme.test", "", 2, "domain is missing: say what follows a customer's name, such as sip.carrier.test"},
			{"no certificate name", `names: ["*.acme.test"]`, "names: []", 9,
				`certificate.names is missing: list the names in certificates, such as "{{.Host}}"`},
			{"no root", root, "roots: []", 11, "certificate.roots is missing: list the authorities, the one in use first"},
			{"no revision", valid[strings.Index(valid, "revisions:"):], "revisions: []", 27, "revisions is missing: list one or more"},
			{"half a trunk", "realm: acme", "trunk: {host: x}", 7, "the trunk lacks a context or a host: give both, or remove it"},
			{"a setting without regions", "settings:\n", "settings:\n  region: {default: none, values: [none], source: inferred}\n", 23,
				"regions and the setting region go together: give both, or neither"},
			{"region without a name", "settings:\n", "regions: [{zone: z.test}]\nsettings:\n  region: {default: none, values: [none, north], source: inferred}\n", 22,
				`the region's name is "": give each region a name of its own`},
			{"two regions of a name", "settings:\n", "regions: [{region: north, zone: a}, {region: north, zone: b}]\nsettings:\n  region: {default: none, values: [none, north], source: inferred}\n", 22,
				`the region's name is "north": give each region a name of its own`},
			{"region without a zone", "settings:\n", "regions: [{region: north}]\nsettings:\n  region: {default: none, values: [none, north], source: inferred}\n", 22,
				"the region north has no zone: say what follows the labels of its proxies"},
			{"region that is the default", "settings:\n", "regions: [{region: none, zone: z.test}]\nsettings:\n  region: {default: none, values: [none, north], source: inferred}\n", 22,
				"the setting region does not choose none: add it to the values, and let the default be none"},
			{"region of no value", "settings:\n", "regions: [{region: south, zone: z.test}]\nsettings:\n  region: {default: none, values: [none, north], source: inferred}\n", 22,
				"the setting region does not choose south: add it to the values, and let the default be none"},
			{"key type", "  key: P-256", "  key: RSA-512", 10, `the key type "RSA-512" is unknown: ` + keys},
			{"second key type", "  key: P-256", "  key: P-256\n  second_key: DSA", 11, `the key type "DSA" is unknown: ` + keys},
			{"key type of a root", "common_name: Root, key: P-256", "common_name: Root, key: P-521", 11,
				`the key type "P-521" is unknown: ` + keys},
			{"two roots of a name", "roots: [", "roots: [{name: r1}, ", 11, `the root's name is "r1": give each root a name of its own`},
			{"template in a name", `"*.acme.test"`, `"{{.Hots}}"`, 9,
				`the template "{{.Hots}}" has a mistake, can't evaluate field Hots in type profile.NameFields: ` +
					"use {{.Host}}, {{.Domain}} or {{.Name}}"},
			{"registrar without room", "max_contacts: 2", "max_contacts: 0", 14, "registrar.max_contacts is 0: give 1 or more"},
			{"registrar below nothing", "min_expires: 60", "min_expires: -1", 14, "registrar.min_expires is -1: give 0 or more"},
			{"registrar upside down", "max_expires: 3600", "max_expires: 30", 14,
				"registrar.max_expires is 30: give 1 or more, and not less than min_expires"},

			{"SRTP suite", "suites: [AES_CM_128_HMAC_SHA1_80]", "suites: [AES_80]", 15,
				`the SRTP suite "AES_80" is unknown: use AES_CM_128_HMAC_SHA1_80, `},
			{"SRTP suite offered", "offer:\n", "offer:\n  suites: [AEAD_AES_128_GCM, X]\n", 17, `the SRTP suite "X" is unknown: use `},
			{"method allowed", "allow: [INVITE]", "allow: [INVITE, CALL]", 15, `the method "CALL" is unknown: use ACK, BYE, `},
			{"clear setting", "answer: {", "answer: {clear_setting: rtp, ", 15,
				`the setting "rtp" is unknown: use floor, secure, tls_max or tls_min`},
			{"limits of nothing", "offer:\n", "offer:\n  most: {calls: 0, rate: 1, source: x}\n", 17,
				"wants calls of at least 1, a rate above 0, and the source that says so"},
			{"format", "offer:\n", "offer:\n  formats: [\"0\", \"107\"]\n", 17, `the format "107" is unknown: use 0, 8 or 101`},
			{"code that is not", `unreachable: "100"`, `unreachable: "101"`, 17,
				`the code "101" is not in codes: add it there, or remove it`},
			{"broken template", "{{.Serial}}", "{{.Serial", 21, `the template "{{.Serial" has a mistake, unclosed action: ` +
				"use {{.Edge}}, {{.EdgeHost}}, {{.Transport}}, {{.Private}}, {{.Caller}} or {{.Serial}}"},
			{"template of nothing", "{{.Edge}}", "{{.Egde}}", 19,
				`the template "<sip:{{.Egde}};lr>" has a mistake, can't evaluate field Egde in type profile.OfferFields: use {{.Edge}}, `},
			{"secure setting missing", "secure_setting: secure", "secure_setting: srtp", 18,
				`the setting "srtp" is unknown: use floor, secure, tls_max or tls_min`},
			{"clear by no setting", "offer:\n", "offer:\n  clear_when: {mode: [open]}\n", 17,
				`the setting "mode" is unknown: use floor, secure, tls_max or tls_min`},
			{"clear by no value", "offer:\n", "offer:\n  clear_when: {secure: [\"no\"]}\n", 17,
				`"secure" is never "no" in revision first: use off or on`},
			{"clear by no transport", "offer:\n", "offer:\n  clear_setting: floor\n", 17,
				`the transport of floor, "low" is unknown: use TLS, TCP or UDP`},
			{"formats without security", "  secure_setting: secure\n", "  formats: [\"0\"]\n", 16,
				`the setting "" is unknown: use floor, `},

			{"default not a value", "default: low", "default: lowest", 24,
				`the default of "floor" is "lowest", which is none of its values: use low or high, or add it`},
			{"override's default", "default: high", "default: highest", 38,
				`the default of "floor" is "highest", which is none of its values: use low or high, or add it`},
			{"setting called as a fact", "settings:\n  secure", "settings:\n  media: {default: x, values: [x]}\n  secure", 23,
				`the setting "media" has the name of a fact about requests: rename it`},
			{"no lowest version", "  tls_min: {default: TLS 1.0, values: [TLS 1.0, TLS 1.2], source: doc A}\n", "", 22,
				"the setting tls_min is missing: list the TLS versions that it can have"},
			{"version of a setting", "values: [TLS 1.2]", "values: [TLS 1.2, '1.3']", 26, `the TLS version "1.3" is unknown: ` + versions},

			{"date", "2021-06-01", "June 2021", 35, `"June 2021" is not a date: write one such as 2022-04-01`},
			{"revision without name", "revision: second", `revision: ""`, 34,
				`the revision's name is "": give each revision a name of its own`},
			{"order of revisions", "2021-06-01", "2019-06-01", 35,
				`the revision "second" begins before the one above it: list the oldest first`},
			{"two of one name", "revision: second", "revision: first", 34,
				`the revision's name is "first": give each revision a name of its own`},
			{"no TLS version", "tls: {allowed_from: TLS 1.0, ", "tls: {", 30, `the TLS version "" is unknown: ` + versions},
			{"TLS version", "allowed_from: TLS 1.0", "allowed_from: '1.0'", 30, `the TLS version "1.0" is unknown: ` + versions},
			{"deprecated version", "allowed_from: TLS 1.0", "allowed_from: TLS 1.0, deprecated_from: SSL 3.0", 30,
				`the TLS version "SSL 3.0" is unknown: ` + versions},
			{"TLS suite", "suites: [AES128-SHA]", "suites: [AES512-SHA]", 30,
				`the TLS suite "AES512-SHA" is unknown: write its OpenSSL name, such as ECDHE-RSA-AES128-GCM-SHA256`},
			{"group", "suites: [AES128-SHA]", "suites: [AES128-SHA], groups: [x25519, curve9]", 30,
				`the group "curve9" is unknown: write its IANA name, such as secp384r1 or x25519`},

			{"refusal without row", "requirement: A-1, ", "", 32, "the refusal has no requirement: name the row that it comes from"},
			{"refusal of no method", `on: ["*"]`, "on: []", 33, `the refusal has no methods: list them in on, or write ["*"]`},
			{"refusal of a method", "on: [INVITE]", "on: [INVTE]", 32, `the method "INVTE" is unknown: use ACK, `},
			{"neither status nor challenge", "challenge: true", "challenge: false", 33,
				"the refusal needs either a status or a challenge: give one of the two"},
			{"both", "challenge: true", "challenge: true, status: 407", 33,
				"the refusal needs either a status or a challenge: give one of the two"},
			{"status that accepts", "status: 488", "status: 200", 32, "the status 200 refuses nothing: use 300 to 699"},
			{"provisional that is none", "status: 488", "status: 488, provisional: 200", 32,
				"the provisional status is 200: use 101 to 199, before a status"},
			{"code of a refusal", `code: "100"`, `code: "999"`, 32, `the code "999" is not in codes: add it there, or remove it`},
			{"fact", "credentials: [none]", "credential: [none]", 33,
				`the fact or setting "credential" is unknown: use contacts, credentials, crypto, `},
			{"value of a fact", "media: [rtp]", "media: [RTP]", 32,
				`"media" is never "RTP" in revision first: use none, empty, bad, rtp, srtp, opportunistic, both or other`},
			{"value of a setting", `secure: ["on"]`, `secure: ["yes"]`, 32, `"secure" is never "yes" in revision first: use off or on`},
			{"value of an inherited refusal", "settings:\n      floor: {default: high, values: [low, high], source: doc B}",
				"settings:\n      secure: {default: \"off\", values: [\"off\"]}", 32, `"secure" is never "on" in revision second: use off`},

			{"core of no role", "refusals: []\n", "refusals: []\ncore:\n  - {role: calling, scenarios: [a]}\n", 44,
				`the role "calling" is unknown: use register, call-out, call-in, call-in-listener, options, https or tls-connect`},
			{"core of a role twice", "refusals: []\n", "refusals: []\ncore:\n  - {role: https, scenarios: [a]}\n  - {role: https, scenarios: [b]}\n", 45,
				`the role "https" has a core already: put both in one list`},
			{"core of nothing", "refusals: []\n", "refusals: []\ncore:\n  - {role: https}\n", 44,
				`the core of "https" lists no scenarios: list some, or remove it`},
			{"core that is no pattern", "refusals: []\n", "refusals: []\ncore:\n  - role: https\n    scenarios:\n      - a\n      - 'b[/c'\n", 47,
				`"b[/c" is not a pattern of scenarios: write IDs such as certificate/expired, with * for any part`},
			{"core with an empty pattern", "refusals: []\n", "refusals: []\ncore:\n  - {role: https, scenarios: ['']}\n", 44,
				`"" is not a pattern of scenarios: write IDs such as certificate/expired, with * for any part`},

			{"verification, no roots", "realm: acme", "device_verification: {mutual: true}", 7,
				"device_verification.roots is missing: list the authorities of devices, or remove device_verification"},
		}},
		{ports, []mistake{
			{"wildcards", "wildcard_setting: wildcards", "wildcard_setting: wild", 8,
				`the setting "wild" is unknown: use known_as, listed, mode, tls_max, tls_min or wildcards`},
			{"subjects", "subject_setting: known_as", "subject_setting: mode", 9,
				`the values of "mode" are not those of a setting about names: give it any, own, other, listed`},
			{"trust", "trust_setting: listed", "trust_setting: trust", 10, `the setting "trust" is unknown: use `},
			{"trust in nothing", ", {name: d2, common_name: Two, key: P-256}", "", 10,
				`the setting "listed" leaves no root that is trusted: add a second root`},
			{"root of devices", "common_name: Two, key: P-256", "common_name: Two, key: P-2", 11, `the key type "P-2" is unknown: use `},
			{"answers by a setting", "{when: {mode: [common]}, suites: [AEAD", "{when: {modus: [common]}, suites: [AEAD", 13,
				`the setting "modus" is unknown: use `},
			{"suites by a setting", "{when: {mode: [common]}, suites: [AES256-SHA]}", "{when: {mode: [strict]}, suites: [AES256-SHA]}", 25,
				`"mode" is never "strict" in revision first: use usual or common`},
			{"suite by a setting", "suites: [AES256-SHA]", "suites: [AES256]", 25, `the TLS suite "AES256" is unknown: `},
			{"SRTP suite by a setting", "[AEAD_AES_256_GCM]", "[AEAD]", 13, `the SRTP suite "AEAD" is unknown: `},
			{"widened by a setting", "widen_setting: mode", "widen_setting: wide", 27, `the setting "wide" is unknown: use `},
			{"no column for the defaults", "when: {mode: [usual]}", "when: {mode: [common]}", 28,
				`no column holds while "known_as" is "any" in revision first: add one`},
			{"no column for a value", "when: {mode: [common]}}\n      rows", "when: {mode: [usual]}}\n      rows", 28,
				`no column holds while "mode" is "common" in revision first: add one`},
			{"no row for SIP", "ports: [5061]", "ports: [5062]", 31, "the table has no row for SIP: add one with the port 5061"},
			{"column", "when: {mode: [usual]}", "when: {mode: [usual, usally]}", 29,
				`"mode" is never "usally" in revision first: use usual or common`},
			{"cell too few", `cells: ["TLS 1.1", "TLS 1.2"]`, `cells: ["TLS 1.1"]`, 33,
				"the row has 1 cells, but there are 2 columns: give one cell a column"},
			{"cell without a version", `["TLS 1.1", "TLS 1.2"]`, `["TLS 1.1", "n/a"]`, 33,
				`no version can be read in "n/a": write such as "TLS 1.1, TLS 1.2"`},
			{"port in two rows", "[443, 8443]", "[443, 5061]", 33,
				"the port 5061 is in another row with other versions: correct one of the two"},
			{"port out of range", "[443, 8443]", "[443, 84430]", 33, `found "84430" where a whole number from 0 to 65535 belongs`},
		}},
		{api, []mistake{
			{"no endpoint", api[strings.Index(api, "  endpoints:"):strings.Index(api, "  notice:")], "", 8,
				"https.endpoints is missing: list one or more"},
			{"two of a name", "name: test,", "name: production,", 11,
				`the endpoint's name is "production": give each endpoint a name of its own`},
			{"no site", "[{host: \"api-{{.Name}}.acme.test\", names: [\"*.acme.test\"]}]", "[]", 10,
				`the endpoint "production" has no sites: list one or more`},
			{"no host", "host: \"api-{{.Name}}.acme.test\", ", "", 10,
				`the site's host is "": give each site of an endpoint a host of its own`},
			{"no name", "names: [\"*.acme.test\"]}]}\n    - {name: test", "names: []}]}\n    - {name: test", 10,
				`the site "api-{{.Name}}.acme.test" has no names: list those in its certificate`},
			{"serves what is not", "serves: tls-test", "serves: pages", 11, `the page "pages" is unknown: use tls-test or status`},
			{"broken template", "test-{{.Name}}", "test-{{.Location}}", 11,
				`the template "test-{{.Location}}.acme.test" has a mistake, can't evaluate field Location in type profile.NameFields: use {{.Host}}, `},
			{"shared by name alone", "serves: tls-test", "serves: tls-test, shared: true", 11,
				`the shared site's host "test-{{.Name}}.acme.test" depends on the customer: write it out, or remove shared`},
			{"negative notice", "days: 60", "days: -1", 12, `the notice of "certificate" is 0 months and -1 days: give 0 or more of each`},
		}},
	} {
		for _, m := range table.mistakes {
			t.Run(m.name, func(t *testing.T) {
				t.Parallel()
				if !strings.Contains(table.profile, m.old) {
					t.Fatalf("the profile has no %q", m.old)
				}
				_, err := Parse("profiles/acme.yaml", []byte(strings.Replace(table.profile, m.old, m.new, 1)))
				want := fmt.Sprintf("profiles/acme.yaml:%d: %s", m.line, m.what)
				exact := !strings.HasSuffix(m.what, ", ") && !strings.HasSuffix(m.what, " ")
				if err == nil || exact && err.Error() != want || !exact && !strings.HasPrefix(err.Error(), want) {
					t.Errorf("the error is\n\t%v\nwant\n\t%s", err, want)
				}
			})
		}
	}
}

// TestEveryMistake: all mistakes are reported at once, in the order of their lines.
func TestEveryMistake(t *testing.T) {
	t.Parallel()
	text := strings.NewReplacer("prefix: AC", "prefix: a", "INVITE, ", "INVTE, ", "status: 488", "status: 2").Replace(valid)
	text = strings.ReplaceAll(text, "on: [INVITE]", "on: [INVTE]")
	_, err := Parse("acme.yaml", []byte(text))
	var lines []int
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			fault, ok := errors.AsType[*yamlfile.Fault](e)
			if !ok || fault.File != "acme.yaml" {
				t.Fatalf("%T: %v", e, e)
			}
			lines = append(lines, fault.Line)
		}
	}
	if fmt.Sprint(lines) != "[4 32 32]" {
		t.Errorf("mistakes on lines %d: %v", lines, err)
	}
}

// TestParseHTTPS: an API needs nothing of SIP's, but sites of its own.
func TestParseHTTPS(t *testing.T) {
	t.Parallel()
	p, err := Parse("acme.yaml", []byte(api))
	if err != nil {
		t.Fatal(err)
	}
	if e := p.HTTPS.Endpoints[1]; !e.Staged || e.Sites[0].Serves != ServesTLSTest || p.HTTPS.Notice["certificate"].Days != 60 {
		t.Errorf("%+v", p.HTTPS)
	}
}

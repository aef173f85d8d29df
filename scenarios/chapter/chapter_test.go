package chapter_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/scenarios/chapter"
)

// small is a profile without chapters.
const small = `
vendor: acme
product: trunk
prefix: AC
domain: sip.acme.test
certificate: {names: ["{{.Domain}}"], key: RSA-2048, roots: [{name: root, common_name: Root, key: RSA-2048}]}
offer: {suites: [AES_CM_128_HMAC_SHA1_80], formats: ["0"], secure_setting: secure}
answer: {suites: [AES_CM_128_HMAC_SHA1_80]}
settings:
  secure: {default: "on", values: ["on"]}
  tls_min: {default: TLS 1.2, values: [TLS 1.2]}
  tls_max: {default: TLS 1.2, values: [TLS 1.2]}
revisions:
  - {revision: one, from: 2026-01-01, tls: {allowed_from: TLS 1.2, suites: [ECDHE-RSA-AES128-GCM-SHA256]}}
chapters:
`

func parse(t *testing.T, chapters string) *profile.Product {
	t.Helper()
	p, err := profile.Parse("acme.yaml", []byte(small+chapters))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// row is a chapter with one case.
func row(chapter, name string) string {
	return "  - chapter: " + chapter + "\n    control: connect/default\n    rows:\n      - {case: \"" + name + "\", requirement: AC-01}\n"
}

// TestFaults: what is wrong in a profile's chapters is said with the file, the
// line, and what there is instead.
func TestFaults(t *testing.T) {
	t.Parallel()
	first := strings.Count(small, "\n") + 1
	for name, test := range map[string]struct {
		chapters string
		line     int // after the head
		want     string
	}{
		"chapter":      {"  - chapter: vresions\n", 0, `there is no chapter "vresions", but answers, certificates`},
		"way":          {"  - {chapter: good, way: fly}\n", 0, `there is no way "fly", but call-out, connect`},
		"way of HTTPS": {"  - {chapter: good, way: fetch}\n", 0, `there is no way "fetch", but call-out, connect`},
		"case": {"  - chapter: versions\n    rows:\n      - {case: tls2, requirement: AC-01}\n", 2,
			`has no case "tls2", but tls1.0, tls1.1`},
		"ask": {"  - chapter: good\n    rows:\n      - {ask: serve, requirement: AC-01}\n", 2,
			`there is no ask "serve", but accepts-certificate`},
		"requirement": {"  - chapter: good\n    rows:\n      - {ask: served}\n", 2, "which requirement does it serve?"},
		"control": {"  - chapter: certificates\n    rows:\n      - {case: expired, requirement: AC-01}\n", 2,
			"certificate/expired needs a control"},
		"setting": {"  - chapter: good\n    rows:\n      - {settings: {secret: \"on\"}, requirement: AC-01}\n", 2,
			`has no setting "secret"`},
		"twice": {"  - chapter: good\n    rows:\n      - {requirement: AC-01}\n      - {requirement: AC-02, enable: [AEAD_AES_128_GCM]}\n", 3,
			"connect/default is there already with other settings"},
		"proxies": {"  - chapter: routing\n    rows:\n      - {case: srv-weight}\n", 2, "for a product with two proxies or more"},
		"registrar": {"  - chapter: registration\n    rows:\n      - {case: capped, requirement: AC-01}\n", 2,
			"for a product with a registrar"},
		"hosts":     {row("certificates", "other-proxy"), 3, "is for a product with two proxies or more"},
		"trunk":     {row("certificates", "trunk-host"), 3, "is for a product with a trunk"},
		"recipe":    {row("certificates", "revoked"), 3, `has no case "revoked"`},
		"mutual":    {row("identity", "listed"), 3, "device_verification, with mutual: true"},
		"setting's": {row("media\n    way: call-listener", "rtp"), 4, "is not what the vendor offers while secure is as it is"},
		"ports":     {row("ports", "443"), 3, "a product with a table of ports"},
		"refusal":   {row("refusals", "suspended"), 3, "the profile has no refusal for suspended"},
		"group":     {row("groups", "secp521r2"), 3, "a group by IANA's name"},
		"second root": {"  - chapter: certificates\n    control: connect/default\n    rows:\n" +
			"      - {case: root-not-imported, requirement: AC-01}\n", 3,
			"needs a second root"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := chapter.Write(parse(t, test.chapters), nil)
			if err == nil {
				t.Fatal("no error")
			}
			place, what, _ := strings.Cut(err.Error(), ": ")
			if want := "acme.yaml:" + strconv.Itoa(first+test.line); place != want || !strings.Contains(what, test.want) {
				t.Errorf("the error is\n%v\nwant %s: …%s", err, want, test.want)
			}
		})
	}
}

// TestOutcomesFollowTheProfile: the same case asks to be served, or to take a
// refusal, by what the profile says becomes of it.
func TestOutcomesFollowTheProfile(t *testing.T) {
	t.Parallel()
	const rows = "    control: connect/default\n    rows:\n" +
		"      - {case: tls1.2, requirement: AC-01}\n      - {case: tls1.1, requirement: AC-02}\n"
	scenes, err := chapter.Write(parse(t, "  - chapter: versions\n"+rows), nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []struct{ id, control, expected string }{
		{"call-out/tls1.2", "connect/default", "is served at TLS 1.2"},
		{"call-out/tls1.1", "connect/default", "gets nothing through, and stays off UDP and TCP"},
	} {
		s := scenes[i]
		if s.ID != want.id || s.Control != want.control || s.Asks[0].Expected != want.expected {
			t.Errorf("%s, controlled by %q: %s", s.ID, s.Control, s.Asks[0].Expected)
		}
	}
}

// TestChaptersWithoutRows ask every case that an RFC has a rule for.
func TestChaptersWithoutRows(t *testing.T) {
	t.Parallel()
	scenes, err := chapter.Write(parse(t, "  - {chapter: answers, control: call-listener/secure}\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(scenes) < 30 {
		t.Errorf("%d scenes", len(scenes))
	}
	for _, s := range scenes {
		for _, c := range s.Asks {
			if !strings.HasPrefix(c.Requirement, "RF-") {
				t.Errorf("%s asks about %s", s.ID, c.Requirement)
			}
		}
	}
}

// FuzzWrite: whatever stands in a profile, there are scenes or an error.
func FuzzWrite(f *testing.F) {
	f.Add("  - {chapter: answers, control: call-listener/secure}\n")
	for _, c := range []string{
		"versions", "suites", "groups", "certificates", "media", "offers", "registration", "routing", "ports", "refusals",
	} {
		f.Add(row(c, "x"))
	}
	f.Add("  - chapter: media\n    rows:\n      - {case: [secure, tls/rtp], requirement: AC-01}\n")
	f.Fuzz(func(t *testing.T, chapters string) {
		p, err := profile.Parse("acme.yaml", []byte(small+chapters))
		if err != nil {
			return
		}
		if _, err := chapter.Write(p, nil); err != nil && !strings.Contains(err.Error(), "acme.yaml:") {
			t.Errorf("no place: %v", err)
		}
	})
}

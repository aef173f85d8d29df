package reference

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"maps"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/mocks/sdp"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

func TestMutantsAreTheBugs(t *testing.T) {
	t.Parallel()
	slug, row := regexp.MustCompile(`^[a-z0-9.]+(-[a-z0-9.]+)*$`), regexp.MustCompile(`^([A-Z]{2}-[A-Z]+-[0-9]{2}|(ST|IB)-[0-9]{2})$`)
	fields := bugFields()
	mutants := Mutants()
	if len(mutants) != len(fields) {
		t.Fatalf("%d mutants for %d bugs", len(mutants), len(fields))
	}
	names := map[string]bool{}
	bugs := map[string]bool{}
	for _, m := range mutants {
		if !slug.MatchString(m.Name) || !slug.MatchString(m.Cause) || !row.MatchString(m.Requirement) || names[m.Name] {
			t.Errorf("%+v", m)
		}
		for _, also := range m.Also {
			if !row.MatchString(also) {
				t.Errorf("%s violates %q", m.Name, also)
			}
		}
		names[m.Name] = true
		var on []string
		for _, f := range fields {
			if reflect.ValueOf(m.Bugs).FieldByIndex(f.Index).Bool() {
				on = append(on, f.Name)
			}
		}
		if len(on) != 1 || bugs[on[0]] {
			t.Errorf("%s has the bugs %v", m.Name, on)
			continue
		}
		bugs[on[0]] = true
		if got := strings.ReplaceAll(m.Name, "-", ""); got != strings.ToLower(on[0]) {
			t.Errorf("%s is the mutant of %s", m.Name, on[0])
		}
	}
	table := kills(t)
	for name := range table {
		if !names[name] {
			t.Errorf("%s is no mutant", name)
		}
	}
}

// TestBugsAreDescribed checks that a sentence says what each bug does.
func TestBugsAreDescribed(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("bugs*.go")
	if err != nil {
		t.Fatal(err)
	}
	described := 0
	for _, name := range files {
		file, err := parser.ParseFile(gotoken.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			field, ok := n.(*ast.Field)
			if ok && len(field.Names) > 0 && field.Tag != nil {
				described++
				if name := field.Names[0].Name; !strings.HasPrefix(field.Doc.Text(), name+" ") {
					t.Errorf("%s has the comment %q", name, field.Doc.Text())
				}
			}
			return true
		})
	}
	if fields := len(Mutants()); described != fields {
		t.Errorf("%d of %d bugs are described", described, fields)
	}
}

// TestMutants runs a good device and each mutant through the same situation. The good device has to do what is right, and the
// mutant what its bug says.
func TestMutants(t *testing.T) {
	t.Parallel()
	table := kills(t)
	for _, m := range Mutants() {
		t.Run(m.Name, func(t *testing.T) {
			t.Parallel()
			k, ok := table[m.Name]
			if !ok {
				t.Fatal("nothing shows this bug")
			}
			if got := k.probe(t, Bugs{}); got != k.good {
				t.Errorf("a good device: %s\nwant: %s", got, k.good)
			}
			if got := k.probe(t, m.Bugs); got != k.bad {
				t.Errorf("the mutant: %s\nwant: %s", got, k.bad)
			}
		})
	}
}

// kill is a situation in which a bug shows.
type kill struct {
	probe     probe
	good, bad string
}

const (
	savpOffer = "RTP/SAVP 1:" + cm80 + " 2:" + cm32
	avpOffer  = "RTP/AVP"
)

func kills(t testing.TB) map[string]kill {
	hour := time.Hour
	helloGood := "TLS 1.3, TLS 1.2, RSA with AES, P-384, name " + domain + ", 2 certificates"
	servedGood := "TLS 1.1 refused; no certificate served with 2 certificates, asked; stranger refused, asked"
	refused403 := "tls1 REGISTER: register failed 403 Forbidden"
	refused488 := "tls1 INVITE " + savpOffer + ", tls1 ACK"
	callGood := "tls1 INVITE " + savpOffer + ", tls1 ACK, tls1 BYE"
	routesGood := "tls1 INVITE with 0 routes, tls1 ACK with 2 routes, tls1 BYE with 2 routes"
	two := func(a, b func(testing.TB) []string) func(testing.TB) []string {
		return func(t testing.TB) []string { return append(a(t), b(t)...) }
	}
	accepts := func(keys ...func(testing.TB) []string) func(*received) {
		return answered(t, func(*sdp.Session) []string {
			all := []string{}
			for _, k := range keys {
				all = append(all, k(t)...)
			}
			return all
		})
	}
	invite := reacts("INVITE", nil)
	short := func(t testing.TB) []string {
		text, _ := attribute(t, 1, cm80, "")
		return []string{text[:len(text)-4]}
	}
	stranger := func(t testing.TB) []string {
		text, _ := attribute(t, 1, cm80, "")
		return []string{strings.Replace(text, cm80, "NO_SUCH_SUITE_80", 1)}
	}
	all := map[string]kill{
		"offers-unusable-suites":         {shakesWithAES256, "TLS 1.2 TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 is not implemented"},
		"http-after-handshake-failure":   {turnedAway, "gave up", "asked in clear"},
		"only-tls10":                     {hello, helloGood, "TLS 1.0, RSA with AES, P-384, name " + domain + ", 2 certificates"},
		"only-tls11":                     {hello, helloGood, "TLS 1.1, RSA with AES, P-384, name " + domain + ", 2 certificates"},
		"only-tls13":                     {hello, helloGood, "TLS 1.3, RSA with AES, P-384, name " + domain + ", 2 certificates"},
		"accepts-tls10-server":           {hello, helloGood, "TLS 1.3, TLS 1.2, TLS 1.1, TLS 1.0, RSA with AES, P-384, name " + domain + ", 2 certificates"},
		"offers-foreign-suites":          {hello, helloGood, "TLS 1.3, TLS 1.2, P-384, name " + domain + ", 2 certificates"},
		"lacks-p384":                     {hello, helloGood, "TLS 1.3, TLS 1.2, RSA with AES, name " + domain + ", 2 certificates"},
		"sends-no-server-name":           {hello, helloGood, "TLS 1.3, TLS 1.2, RSA with AES, P-384, name , 2 certificates"},
		"presents-no-certificate":        {hello, helloGood, "TLS 1.3, TLS 1.2, RSA with AES, P-384, name " + domain + ", 0 certificates"},
		"serves-old-tls":                 {served, servedGood, "TLS 1.1 served with 2 certificates, asked; no certificate served with 2 certificates, asked; stranger refused, asked"},
		"demands-client-certificate":     {served, servedGood, "TLS 1.1 refused; no certificate refused, asked; stranger refused, asked"},
		"requests-no-certificate":        {served, servedGood, "TLS 1.1 refused; no certificate served with 2 certificates; stranger served with 2 certificates"},
		"accepts-any-client-certificate": {served, servedGood, "TLS 1.1 refused; no certificate served with 2 certificates, asked; stranger served with 2 certificates, asked"},
		"presents-factory-certificate":   {served, servedGood, "TLS 1.1 refused; no certificate served with 1 certificates, asked; stranger refused, asked"},
		"sends-plain-on-tls":             {calls(device.Levers{}, refusing(488)), refused488, ""},
		"sends-no-intermediates":         {served, servedGood, "TLS 1.1 refused; no certificate served with 1 certificates, asked; stranger refused, asked"},

		"udp-after-403":                 {registers(device.Levers{}, refusing(403)), refused403, "tls1 REGISTER, udp0 REGISTER: register failed 403 Forbidden; registered for 3600 s"},
		"loops-after-403":               {registers(device.Levers{}, refusing(403)), refused403, strings.Repeat("tls1 REGISTER, ", 4) + refused403 + strings.Repeat("; register failed 403 Forbidden", 4)},
		"offers-keys-in-clear":          {calls(device.Levers{Transport: "tcp"}, refusing(488)), "tcp1 INVITE RTP/AVP, tcp1 ACK, tcp1 BYE", "tcp1 INVITE RTP/SAVP 1:AES_CM_128_HMAC_SHA1_80 2:AES_CM_128_HMAC_SHA1_32, tcp1 ACK, tcp1 BYE"},
		"udp-after-488":                 {calls(device.Levers{}, refusing(488)), refused488, refused488 + ", udp0 INVITE RTP/AVP, udp0 ACK, udp0 BYE"},
		"clear-media-after-488":         {calls(device.Levers{}, refusing(488)), refused488, refused488 + ", tls1 INVITE RTP/AVP, tls1 ACK"},
		"loops-after-488":               {calls(device.Levers{}, refusing(488)), refused488, strings.Repeat(refused488+", ", 4) + refused488},
		"udp-after-handshake-failure":   {failing, `1 connections, sent ""`, `1 connections, sent "udp0 REGISTER"`},
		"tcp-after-handshake-failure":   {failing, `1 connections, sent ""`, `2 connections, sent "tcp2 REGISTER"`},
		"tries-null-cipher":             {failing, `1 connections, sent ""`, `2 connections, sent ""`},
		"tls10-after-handshake-failure": {failing, `1 connections, sent ""`, `2 connections, sent "tls2 REGISTER"`},

		"ignores-407-on-register":  {registers(device.Levers{}, challenged), "tls1 REGISTER, tls1 REGISTER: register failed 486 Busy Here", "tls1 REGISTER: register failed 407 Proxy Authentication Required"},
		"ignores-407-on-invite":    {calls(device.Levers{}, challenged), refused488 + ", " + refused488, refused488},
		"wrong-digest-response":    {registers(device.Levers{}, challenged), "tls1 REGISTER, tls1 REGISTER: register failed 486 Busy Here", "tls1 REGISTER, tls1 REGISTER: register failed 403 Forbidden"},
		"digest-on-new-connection": {registers(device.Levers{}, challenged), "tls1 REGISTER, tls1 REGISTER: register failed 486 Busy Here", "tls1 REGISTER, tls2 REGISTER: register failed 486 Busy Here"},
		"ignores-423":              {registers(device.Levers{Expires: 60}, brief), "tls1 REGISTER, tls1 REGISTER: registered for 900 s", "tls1 REGISTER: register failed 423 Interval Too Brief"},
		"ignores-granted-expires":  {registers(device.Levers{Expires: 6000}, brief), "tls1 REGISTER: registered for 900 s", "tls1 REGISTER: registered for 6000 s"},
		"registers-at-trunk":       {calls(device.Levers{}, refusing(488)), refused488, "tls1 REGISTER, " + refused488},
		"registers-over-udp":       {registers(device.Levers{}, ok), "tls1 REGISTER: registered for 600 s", "udp0 REGISTER: registered for 600 s"},

		"accepts-expired":       {presents(one(func(c *x509.Certificate) { c.NotBefore, c.NotAfter = time.Now().Add(-2*hour), time.Now().Add(-hour) })), "refused", "accepted"},
		"accepts-not-yet-valid": {presents(one(func(c *x509.Certificate) { c.NotBefore, c.NotAfter = time.Now().Add(hour), time.Now().Add(2*hour) })), "refused", "accepted"},
		"accepts-wrong-name":    {presents(one(func(c *x509.Certificate) { c.DNSNames = []string{"other.example.com"} })), "refused", "accepted"},
		"trusts-common-name":    {presents(one(func(c *x509.Certificate) { c.DNSNames = []string{"other.example.com"} })), "refused", "accepted"},
		"wildcard-covers-two-labels": {presents(one(func(c *x509.Certificate) { c.DNSNames = []string{"*.example.com"} })),
			"refused", "accepted"},
		"wildcard-covers-part": {presents(one(func(c *x509.Certificate) { c.DNSNames = []string{"s*.sip.example.com"} })), "refused", "accepted"},
		"ignores-uri-names":    {presents(one(inURI)), "accepted", "refused"},
		"ignores-purpose": {presents(one(func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} })),
			"refused", "accepted"},
		"ignores-critical-extensions": {presents(one(func(c *x509.Certificate) {
			c.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 32473, 1}, Critical: true, Value: asn1.NullBytes}}
		})), "refused", "accepted"},
		"accepts-weak-keys":        {presents(weak), "refused", "accepted"},
		"refuses-wildcard":         {presents(one(nil)), "accepted", "refused"},
		"refuses-ecdsa":            {presents(one(nil)), "accepted", "refused"},
		"requires-client-auth-eku": {presents(one(nil)), "accepted", "refused"},
		"accepts-unknown-ca": {presents(func(t testing.TB, _ *world) []tls.Certificate {
			return []tls.Certificate{newAuthority(t, "unknown", nil).leaf(t, nil)}
		}), "refused", "accepted"},
		"accepts-self-signed": {presents(func(t testing.TB, _ *world) []tls.Certificate {
			return []tls.Certificate{(*authority)(nil).leaf(t, nil)}
		}), "refused", "accepted"},
		"ignores-revocation": {presents(revoked), "refused", "accepted"},
		"pins-leaf-key": {presents(func(t testing.TB, w *world) []tls.Certificate {
			return []tls.Certificate{w.root.leaf(t, nil), w.root.leaf(t, nil)}
		}), "accepted, accepted", "accepted, refused"},
		"trusts-first-root-only": {presents(func(t testing.TB, w *world) []tls.Certificate { return []tls.Certificate{w.second.leaf(t, nil)} }), "accepted", "refused"},
		"compares-service-name":  {presents(one(nil)), "accepted", "refused"},
		"compares-srv-target":    {presents(one(func(c *x509.Certificate) { c.DNSNames = []string{"edge.example.com"} })), "refused", "accepted"},

		"ignores-srv":             {locates((*peer).records, nil), "tls1 REGISTER", ""},
		"tries-last-target-first": {locates(prioritised, nil), "tls1 REGISTER", "tcp1 MALFORMED"},
		"ignores-weights":         {locates(weighed, nil), "tls1 REGISTER", "tcp1 MALFORMED"},
		"tries-first-target-only": {locates(deadFirst(t), nil), "tls1 REGISTER", ""},
		"uses-udp":                {registers(device.Levers{}, ok), "tls1 REGISTER: registered for 600 s", "udp0 REGISTER: registered for 600 s"},
		"shares-connections":      {callsTwoHosts, "tls1 INVITE, tls1 ACK, tls2 INVITE, tls2 ACK", "tls1 INVITE, tls1 ACK, tls1 INVITE, tls1 ACK"},
		"stays-away":              {locates((*peer).records, (*peer).records), "tls1 REGISTER, tls2 REGISTER", "tls1 REGISTER"},
		"caches-dns":              {locates((*peer).records, func(*peer) []string { return nil }), "tls1 REGISTER", "tls1 REGISTER, tls2 REGISTER"},

		"dials-address":            {requestURI(target), "sip:" + target + ";transport=tls", "sip:+15551234567@127.0.0.1;transport=tls"},
		"drops-plus":               {requestURI(target), "sip:" + target + ";transport=tls", "sip:" + target[1:] + ";transport=tls"},
		"moves-user-parameters":    {requestURI("+1555;tgrp=a;trunk-context=b@" + domain), "sip:+1555;tgrp=a;trunk-context=b@" + domain + ";transport=tls", "sip:+1555@" + domain + ";transport=tls;tgrp=a;trunk-context=b"},
		"sends-sips":               {calls(device.Levers{}, accepts(key(1, cm80, ""))), callGood, "tls1 INVITE " + savpOffer},
		"sends-to-private-contact": {routes, routesGood, "tls1 INVITE with 0 routes, udp0 ACK with 0 routes, udp0 BYE with 0 routes"},
		"ignores-record-route":     {routes, routesGood, "tls1 INVITE with 0 routes, tls1 ACK with 0 routes, tls1 BYE with 0 routes"},
		"connects-to-route":        {routes, routesGood, "tls1 INVITE with 0 routes"},

		"pings-too-often":          {pings, "is quiet", "pings"},
		"never-answers":            {invite, "200, 1 pongs", "0, 1 pongs"},
		"rejects-unknown-headers":  {reacts("INVITE", func(m *sipwire.Message) { m.Add("X-Vendor", "1") }), "200, 1 pongs", "400, 1 pongs"},
		"closes-on-unknown-header": {reacts("INVITE", func(m *sipwire.Message) { m.Add("X-Vendor", "1") }), "200, 1 pongs", "connection closed"},
		"rejects-timers":           {reacts("INVITE", func(m *sipwire.Message) { m.Add("Session-Expires", "1800") }), "200, 1 pongs", "422, 1 pongs"},
		"refuses-late-offers":      {reacts("INVITE", func(m *sipwire.Message) { m.Del("Content-Type"); m.Body = nil }), "200, 1 pongs", "488, 1 pongs"},
		"rejects-min-se":           {reacts("INVITE", func(m *sipwire.Message) { m.Add("Min-SE", "120") }), "200, 1 pongs", "400, 1 pongs"},

		"offers-no-body":        {calls(device.Levers{}, refusing(488)), refused488, "tls1 INVITE, tls1 ACK"},
		"offers-only-mki":       {calls(device.Levers{}, refusing(488)), refused488, "tls1 INVITE RTP/SAVP 1:" + cm80 + "|1:4 2:" + cm32 + "|1:4, tls1 ACK"},
		"knows-only-32":         {offered("RTP/SAVP", key(1, cm80, "")), "200 RTP/SAVP 1:" + cm80, "488"},
		"knows-only-gcm":        {offered("RTP/SAVP", key(1, cm80, "")), "200 RTP/SAVP 1:" + cm80, "488"},
		"offers-duplicate-tags": {calls(device.Levers{}, refusing(488)), refused488, "tls1 INVITE RTP/SAVP 1:" + cm80 + " 1:" + cm32 + ", tls1 ACK"},
		"refuses-clear-media":   {calls(device.Levers{Media: device.RTP}, refusing(488)), "tls1 INVITE RTP/AVP, tls1 ACK", refused488},

		"accepts-answer-with-wrong-tag":   {establishes(accepts(key(5, cm80, ""))), "refused", "established"},
		"accepts-answer-with-other-suite": {establishes(accepts(key(1, cm32, ""))), "refused", "established"},
		"accepts-several-answers":         {establishes(accepts(key(1, cm80, ""), key(2, cm32, ""))), "refused", "established"},
		"accepts-clear-answer":            {establishes(answered(t, func(*sdp.Session) []string { return nil })), "refused", "established"},
		"accepts-answer-without-key":      {establishes(answered(t, func(*sdp.Session) []string { return []string{} })), "refused", "established"},
		"accepts-unencrypted-answer":      {establishes(accepts(key(1, cm80, " UNENCRYPTED_SRTP"))), "refused", "established"},
		"requires-tag-one":                {establishes(accepts(key(2, cm32, ""))), "established", "refused"},

		"ignores-mki":                 {offered("RTP/SAVP", key(1, cm80, "|1:4")), "488", "200 RTP/SAVP 1:" + cm80},
		"accepts-unencrypted-srtp":    {offered("RTP/SAVP", key(1, cm80, " UNENCRYPTED_SRTP")), "488", "200 RTP/SAVP 1:" + cm80},
		"accepts-unknown-parameters":  {offered("RTP/SAVP", key(1, cm80, " FOO=1")), "488", "200 RTP/SAVP 1:" + cm80},
		"accepts-long-lifetime":       {offered("RTP/SAVP", key(1, cm80, "|2^49")), "488", "200 RTP/SAVP 1:" + cm80},
		"accepts-bad-mki":             {offered("RTP/SAVP", key(1, cm80, "|1:129")), "488", "200 RTP/SAVP 1:" + cm80},
		"accepts-wrong-key-length":    {offered("RTP/SAVP", short), "488", "200 RTP/SAVP 1:" + cm80},
		"measures-key-text":           {offered("RTP/SAVP", ofGCM), "488", "200 RTP/SAVP 1:" + cm80},
		"accepts-duplicate-tags":      {offered("RTP/SAVP", two(key(1, cm80, ""), key(1, cm32, ""))), "488", "200 RTP/SAVP 1:" + cm80},
		"accepts-keyless-offer":       {offered("RTP/SAVP", func(testing.TB) []string { return nil }), "488", "200 RTP/SAVP"},
		"accepts-clear-offer":         {offered("RTP/AVP", func(testing.TB) []string { return nil }), "488", "200 RTP/AVP"},
		"refuses-unknown-suites":      {offered("RTP/SAVP", two(func(testing.TB) []string { return []string{"9 NEW inline:AAAA"} }, key(1, cm80, ""))), "200 RTP/SAVP 1:" + cm80, "488"},
		"refuses-lifetimes":           {offered("RTP/SAVP", key(1, cm80, "|2^20")), "200 RTP/SAVP 1:" + cm80, "488"},
		"refuses-optional-parameters": {offered("RTP/SAVP", key(1, cm80, " -FOO=1")), "200 RTP/SAVP 1:" + cm80, "488"},
		"refuses-unpadded-keys":       {offered("RTP/SAVP", unpadded), "200 RTP/SAVP 1:" + cm80, "488"},
		"prefers-last":                {offered("RTP/SAVP", two(key(1, cm80, ""), key(2, cm32, ""))), "200 RTP/SAVP 1:" + cm80, "200 RTP/SAVP 2:" + cm32},

		"answers-secure-to-clear": {offered("RTP/AVP", none), "488", "200 RTP/SAVP"},
		"answers-clear-to-secure": {offered("RTP/SAVP", key(3, cm80, "")), "200 RTP/SAVP 3:" + cm80, "200 RTP/AVP"},
		"answers-two-keys":        {offered("RTP/SAVP", key(3, cm80, "")), "200 RTP/SAVP 3:" + cm80, "200 RTP/SAVP 3:" + cm80 + " 4:" + cm80},
		"answers-wrong-tag":       {offered("RTP/SAVP", key(3, cm80, "")), "200 RTP/SAVP 3:" + cm80, "200 RTP/SAVP 4:" + cm80},
		"answers-tag-one":         {offered("RTP/SAVP", key(3, cm80, "")), "200 RTP/SAVP 3:" + cm80, "200 RTP/SAVP 1:" + cm80},
		"answers-offered-key":     {offered("RTP/SAVP", key(3, cm80, "")), "200 RTP/SAVP 3:" + cm80, "200 RTP/SAVP 3:" + cm80 + " with the offered key"},
		"answers-unoffered-suite": {offered("RTP/SAVP", key(3, cm80, "")), "200 RTP/SAVP 3:" + cm80, "200 RTP/SAVP 3:" + cm32},
		"takes-unknown-suites":    {offered("RTP/SAVP", stranger), "488", "200 RTP/SAVP 1:" + cm80},
		"refuses-partly":          {offered("RTP/SAVP", withVideo), "200 RTP/SAVP 1:" + cm80 + " / RTP/SAVP rejected", "488"},

		"sends-clear-media": {plays(cm80), "182 bytes, authentic, report authentic", "172 bytes, not authentic, report authentic"},

		"sends-under-wrong-key":       {sends(cm80), soundGood, "bad-tag unknown-key, bad-tag unknown-key"},
		"sends-under-peer-key":        {sends(cm80), soundGood, "bad-tag key-of-the-peer, bad-tag key-of-the-peer"},
		"swaps-key-and-salt":          {sends(cm80), soundGood, "bad-tag salt-before-key, bad-tag salt-before-key"},
		"uses-other-suite":            {sends(cm80), soundGood, "bad-tag another-suite, bad-tag another-suite"},
		"cuts-long-keys":              {sends("AES_256_CM_HMAC_SHA1_80"), soundGood, "bad-tag half-of-the-key, bad-tag half-of-the-key"},
		"sends-stray-mki":             {sends(cm80), soundGood, "bad-tag stray-mki, srtcp"},
		"sends-mki-behind-tag":        {sends(cm80), soundGood, "bad-tag mki-misplaced, srtcp"},
		"shortens-tag":                {sends(cm80), soundGood, "bad-tag tag-length, srtcp"},
		"sends-whole-tag":             {sends(cm80), soundGood, "bad-tag tag-length, srtcp"},
		"shortens-aead-tag":           {sends("AEAD_AES_256_GCM"), soundGood, "bad-tag tag-length, srtcp"},
		"forgets-mki":                 {sends(cm80, "|1:4"), "488", "bad-tag mki-missing, srtcp"},
		"sends-other-mki":             {sends(cm80, "|1:4"), "488", "bad-tag mki-value, srtcp"},
		"shortens-mki":                {sends(cm80, "|1:4"), "488", "bad-tag mki-length, srtcp"},
		"covers-mki":                  {sends(cm80, "|1:4"), "488", "bad-tag mki-covered, srtcp"},
		"sends-under-other-attribute": {callsWith, "srtp", "bad-tag key-of-another-attribute"},
		"leaves-out-rollover":         {sends(cm80), soundGood, "bad-tag rollover-left-out, srtcp"},
		"starts-rollover-at-one":      {sends(cm80), soundGood, "bad-tag rollover-counter, srtcp"},
		"leaves-media-unencrypted":    {sends(cm80), soundGood, "srtp not-encrypted, srtcp"},
		"encrypts-under-other-key":    {sends(cm80), soundGood, "srtp noise, srtcp"},
		"sends-clear-digits":          {sendsDigit, "srtp", "rtp telephone-event"},
		"plays-milliwatt":             {sendsTone, "440 Hz", "1004 Hz"},
		"leaves-reports-untagged":     {sends(cm80), soundGood, "srtp, bad-tag no-tag"},
		"shortens-rtcp-tag":           {sends(cm32), soundGood, "srtp, bad-tag tag-length"},
		"leaves-reports-unencrypted":  {sends(cm80), soundGood, "srtp, srtcp not-encrypted"},
		"garbles-reports":             {sends(cm80), soundGood, "srtp, srtcp not-rtcp"},
		"repeats-report-index":        {reportsTwice, "index 1, index 2", "index 0, index 0"},
		"starts-reports-late":         {reportsTwice, "index 1, index 2", "index 1000, index 1001"},
		"sends-clear-reports":         {plays(cm80), "182 bytes, authentic, report authentic", "182 bytes, authentic, report not authentic"},
		"ignores-new-key":             {changesKeys, "hears and sends under the new keys", "does not hear the new key"},
		"sends-under-old-key":         {changesKeys, "hears and sends under the new keys", "sends under another key than it told"},
	}
	maps.Copy(all, earlyKills())
	maps.Copy(all, keyKills())
	maps.Copy(all, packetKills())
	maps.Copy(all, holdKills())
	maps.Copy(all, trunkKills())
	maps.Copy(all, genesysKills())
	maps.Copy(all, calledKills())
	maps.Copy(all, changeKills())
	maps.Copy(all, callKills())
	maps.Copy(all, portKills())
	return all
}

// establishes has the device call a peer and shows whether it accepts the answer.
func establishes(script func(*received)) probe {
	return func(t testing.TB, bugs Bugs) string {
		w := newWorld(t, settings{options: Options{Bugs: bugs}, script: script})
		w.do(device.Call, target)
		established := strings.Contains(w.events(), "call established")
		sent := outline(w.finish())
		switch {
		case established && sent == "tls1 INVITE, tls1 ACK":
			return "established"
		case !established && sent == "tls1 INVITE, tls1 ACK, tls1 BYE":
			return "refused"
		}
		return sent
	}
}

// callsTwoHosts has the device call the peer by two names.
func callsTwoHosts(t testing.TB, bugs Bugs) string {
	w := newWorld(t, settings{options: Options{Bugs: bugs}, script: refusing(488)})
	w.do(device.Call, target)
	w.do(device.Call, fmt.Sprintf("+15551234567@%s:%d", domain, port(w.peer.tls.Addr())))
	return outline(w.finish())
}

// deadFirst returns records in which an address where nobody listens comes before that of the peer.
func deadFirst(t testing.TB) func(*peer) []string {
	dead := deadPort(t)
	return func(p *peer) []string {
		return append(p.records(), fmt.Sprintf("_sips._tcp.%s. 600 IN SRV 1 1 %d edge.example.com.", domain, dead))
	}
}

// ofGCM returns a key of the length of AEAD_AES_128_GCM under another suite: 28 bytes, whose base64 text is as long as that
// of the 30 bytes that are required.
func ofGCM(t testing.TB) []string {
	text, _ := attribute(t, 1, "AEAD_AES_128_GCM", "")
	return []string{strings.Replace(text, "AEAD_AES_128_GCM", cm80, 1)}
}

// unpadded returns a key that needs padding, without the padding, and a good one.
func unpadded(t testing.TB) []string {
	text, _ := attribute(t, 2, "AEAD_AES_128_GCM", "")
	good, _ := attribute(t, 1, cm80, "")
	return []string{strings.TrimRight(text, "="), good}
}

// withVideo returns a key that is followed by another stream.
func withVideo(t testing.TB) []string {
	text, _ := attribute(t, 1, cm80, "")
	return []string{text + "\r\nm=video 9 RTP/SAVP 99"}
}

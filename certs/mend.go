package certs

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"encoding/hex"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/cryptobyte"
	tag "golang.org/x/crypto/cryptobyte/asn1"
)

// maxParts bounds how many extensions, alternative names and attributes of a name are looked at one by one.
const maxParts = 256

// fields are the parts of a certificate, RFC 5280 §4.1, each with its tag and length.
type fields struct {
	whole, signed []byte // the certificate and its TBSCertificate, as they came
	trailing      int    // bytes after the certificate

	version, serial, algorithm, issuer, validity, subject, key []byte
	extensions                                                 [][]byte
	outerAlgorithm, signature                                  []byte
}

// splitCertificate takes a certificate apart without looking into its fields.
func splitCertificate(der []byte) (f fields, ok bool) {
	input := cryptobyte.String(der)
	var whole, body, signed, version, extensions cryptobyte.String
	var hasVersion, hasExtensions bool
	if !input.ReadASN1Element(&whole, tag.SEQUENCE) {
		return f, false
	}
	f.whole, f.trailing = whole, len(input)
	if !whole.ReadASN1(&body, tag.SEQUENCE) || !body.ReadASN1Element(&signed, tag.SEQUENCE) {
		return f, false
	}
	f.signed = signed
	if !signed.ReadASN1(&signed, tag.SEQUENCE) ||
		!signed.ReadOptionalASN1(&version, &hasVersion, tag.Tag(0).Constructed().ContextSpecific()) {
		return f, false
	}
	f.version = version
	for _, field := range []struct {
		of  *[]byte
		tag tag.Tag
	}{
		{&f.serial, tag.INTEGER}, {&f.algorithm, tag.SEQUENCE}, {&f.issuer, tag.SEQUENCE},
		{&f.validity, tag.SEQUENCE}, {&f.subject, tag.SEQUENCE}, {&f.key, tag.SEQUENCE},
	} {
		if !signed.ReadASN1Element((*cryptobyte.String)(field.of), field.tag) {
			return f, false
		}
	}
	if !signed.SkipOptionalASN1(tag.Tag(1).ContextSpecific()) || !signed.SkipOptionalASN1(tag.Tag(2).ContextSpecific()) ||
		!signed.ReadOptionalASN1(&extensions, &hasExtensions, tag.Tag(3).Constructed().ContextSpecific()) {
		return f, false
	}
	if hasExtensions && !extensions.ReadASN1(&extensions, tag.SEQUENCE) {
		return f, false
	}
	for !extensions.Empty() {
		var extension cryptobyte.String
		if len(f.extensions) == maxParts || !extensions.ReadASN1Element(&extension, tag.SEQUENCE) {
			return f, false
		}
		f.extensions = append(f.extensions, extension)
	}
	return f, body.ReadASN1Element((*cryptobyte.String)(&f.outerAlgorithm), tag.SEQUENCE) &&
		body.ReadASN1Element((*cryptobyte.String)(&f.signature), tag.BIT_STRING)
}

// certificate puts the parts together.
func (f fields) certificate() []byte {
	b := cryptobyte.NewBuilder(nil)
	b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
			if len(f.version) > 0 {
				b.AddASN1(tag.Tag(0).Constructed().ContextSpecific(), func(b *cryptobyte.Builder) { b.AddBytes(f.version) })
			}
			for _, field := range [][]byte{f.serial, f.algorithm, f.issuer, f.validity, f.subject, f.key} {
				b.AddBytes(field)
			}
			if len(f.extensions) > 0 {
				b.AddASN1(tag.Tag(3).Constructed().ContextSpecific(), func(b *cryptobyte.Builder) {
					b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) { b.AddBytes(slices.Concat(f.extensions...)) })
				})
			}
		})
		b.AddBytes(f.outerAlgorithm)
		b.AddBytes(f.signature)
	})
	der, _ := b.Bytes() // of parts that are well formed
	return der
}

// number returns the serial number, which may be negative.
func (f fields) number() *big.Int {
	serial, n := cryptobyte.String(f.serial), new(big.Int)
	serial.ReadASN1Integer(n)
	return n
}

// harmless returns parts that crypto/x509 parses, so that another part can be tried on its own.
func harmless() fields {
	at := time.Unix(0, 0)
	return fields{
		version: element(2), serial: element(1), issuer: []byte{0x30, 0}, subject: []byte{0x30, 0},
		validity:  element(struct{ NotBefore, NotAfter time.Time }{at.UTC(), at.UTC()}),
		algorithm: element(struct{ ID asn1.ObjectIdentifier }{asn1.ObjectIdentifier{1, 2}}),
		key:       unknownKey(), signature: []byte{byte(tag.BIT_STRING), 1, 0},
	}
}

// unknownKey is a SubjectPublicKeyInfo of an algorithm that nobody knows.
func unknownKey() []byte {
	type algorithm struct{ ID asn1.ObjectIdentifier }
	return element(struct {
		Algorithm algorithm
		Key       asn1.BitString
	}{algorithm{asn1.ObjectIdentifier{1, 2}}, asn1.BitString{}})
}

// element marshals a value. It is empty, and so not a part of any certificate, if the value cannot be.
func element(value any) []byte {
	der, _ := asn1.Marshal(value)
	return der
}

// complaint returns what crypto/x509 says against harmless parts of which one has been replaced.
func complaint(replace func(*fields)) error {
	f := harmless()
	replace(&f)
	if f.outerAlgorithm == nil {
		f.outerAlgorithm = f.algorithm
	}
	_, err := x509.ParseCertificate(f.certificate())
	return err
}

// mend returns the parts with those replaced or left out that crypto/x509 does not parse, and says which.
func (f fields) mend() (fields, []Flaw) {
	var flaws []Flaw
	add := func(kind FlawKind, format string, args ...any) {
		flaws = append(flaws, Flaw{kind, fmt.Sprintf(format, args...)})
	}
	m := f
	if f.trailing > 0 {
		add(FlawTrailing, "%d bytes after the certificate", f.trailing)
	}
	if err := complaint(func(t *fields) { t.version = f.version }); err != nil {
		m.version = element(2)
		add(FlawVersion, "%v", err)
	}
	if err := complaint(func(t *fields) { t.serial = f.serial }); err != nil {
		m.serial = element(1)
		add(FlawSerial, "serial number %s", f.number())
	}
	if err := complaint(func(t *fields) { t.algorithm, t.outerAlgorithm = f.algorithm, f.outerAlgorithm }); err != nil {
		m.outerAlgorithm = f.algorithm
		add(FlawAlgorithm, "%v", err)
	}
	for _, name := range []struct {
		from []byte
		to   *[]byte
	}{{f.issuer, &m.issuer}, {f.subject, &m.subject}} {
		if err := complaint(func(t *fields) { t.subject = name.from }); err != nil {
			*name.to = mendName(name.from)
			add(FlawDistinguished, "%v", err)
		}
	}
	if err := complaint(func(t *fields) { t.validity = f.validity }); err != nil {
		m.validity = mendValidity(f.validity)
		add(FlawDate, "%v: %s", err, datesOf(f.validity))
	}
	if err := complaint(func(t *fields) { t.key = f.key }); err != nil {
		m.key = unknownKey()
		kind := FlawKey
		if spellsCurve(f.key) {
			kind = FlawCurve
		}
		add(kind, "%v", err)
	}
	var more []Flaw
	m.extensions, more = mendExtensions(f.extensions)
	return m, append(flaws, more...)
}

var ecPublicKey = asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1}

// spellsCurve reports whether a SubjectPublicKeyInfo has the parameters of a curve instead of its name.
func spellsCurve(key []byte) bool {
	var info struct {
		Algorithm struct {
			ID         asn1.ObjectIdentifier
			Parameters asn1.RawValue `asn1:"optional"`
		}
		Key asn1.BitString
	}
	_, err := asn1.Unmarshal(key, &info)
	return err == nil && info.Algorithm.ID.Equal(ecPublicKey) && info.Algorithm.Parameters.Tag == asn1.TagSequence
}

// mendName returns a name whose strings are valid UTF-8, whatever they claim to be. Nothing is left of one whose
// structure is broken.
func mendName(der []byte) []byte {
	type attribute struct {
		Type  asn1.ObjectIdentifier
		Value asn1.RawValue
	}
	var sets []asn1.RawValue
	if _, err := asn1.Unmarshal(der, &sets); err != nil || len(sets) > maxParts {
		return []byte{0x30, 0}
	}
	for i := range sets {
		var attributes []attribute
		if _, err := asn1.UnmarshalWithParams(sets[i].FullBytes, &attributes, "set"); err != nil || len(attributes) > maxParts {
			return []byte{0x30, 0}
		}
		for j := range attributes {
			text := strings.ToValidUTF8(string(attributes[j].Value.Bytes), "\uFFFD")
			attributes[j].Value = asn1.RawValue{Tag: asn1.TagUTF8String, Bytes: []byte(text)}
		}
		set, err := asn1.MarshalWithParams(attributes, "set")
		if err != nil {
			return []byte{0x30, 0}
		}
		sets[i] = asn1.RawValue{FullBytes: set}
	}
	return element(sets)
}

// datesOf returns the two dates as they are written.
func datesOf(validity []byte) string {
	var dates [2]asn1.RawValue
	body := cryptobyte.String(validity)
	body.ReadASN1(&body, tag.SEQUENCE)
	for i := range dates {
		var element cryptobyte.String
		var kind tag.Tag
		if !body.ReadAnyASN1(&element, &kind) {
			break
		}
		dates[i] = asn1.RawValue{Tag: int(kind), Bytes: element}
	}
	return fmt.Sprintf("%q to %q", dates[0].Bytes, dates[1].Bytes)
}

// mendValidity reads dates in every form that ITU-T X.680 allows. Dates that are in none of them become the year 1,
// when nothing was valid.
func mendValidity(der []byte) []byte {
	body := cryptobyte.String(der)
	body.ReadASN1(&body, tag.SEQUENCE)
	b := cryptobyte.NewBuilder(nil)
	b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
		for range 2 {
			var text cryptobyte.String
			var kind tag.Tag
			body.ReadAnyASN1(&text, &kind)
			b.AddASN1GeneralizedTime(readDate(kind, string(text)))
		}
	})
	mended, _ := b.Bytes()
	return mended
}

func readDate(kind tag.Tag, text string) time.Time {
	century := ""
	if kind == tag.UTCTime && len(text) > 2 { // RFC 5280 §4.1.2.5.1
		if century = "20"; text[0] >= '5' {
			century = "19"
		}
	}
	for _, form := range []string{"20060102150405", "200601021504", "2006010215"} {
		for _, zone := range []string{"Z0700", "Z07", ""} {
			if at, err := time.Parse(form+zone, century+strings.ReplaceAll(text, ",", ".")); err == nil {
				return at.UTC()
			}
		}
	}
	return time.Time{}
}

var subjectAltName = asn1.ObjectIdentifier{2, 5, 29, 17}

// mendExtensions leaves out extensions that crypto/x509 does not parse, and of a subjectAltName the names.
func mendExtensions(all [][]byte) (kept [][]byte, flaws []Flaw) {
	var seen []string
	for _, der := range all {
		id, extension := "", readExtension(der)
		if extension != nil {
			id = extension.ID.String()
		}
		err := complaint(func(t *fields) { t.extensions = [][]byte{der} })
		switch {
		case id != "" && slices.Contains(seen, id):
			flaws = append(flaws, Flaw{FlawDuplicate, "extension " + id + " twice"})
			continue
		case err == nil:
			kept = append(kept, der)
		case extension != nil && extension.ID.Equal(subjectAltName):
			names, more := mendNames(extension)
			kept, flaws = append(kept, names), append(flaws, more...)
		default:
			flaws = append(flaws, Flaw{FlawExtension, fmt.Sprintf("extension %s: %v", id, err)})
		}
		seen = append(seen, id)
	}
	return kept, flaws
}

// extension is RFC 5280 §4.1.
type extension struct {
	ID       asn1.ObjectIdentifier
	Critical bool `asn1:"optional"`
	Value    []byte
}

func readExtension(der []byte) *extension {
	var e extension
	if _, err := asn1.Unmarshal(der, &e); err != nil {
		return nil
	}
	return &e
}

// mendNames returns a subjectAltName without the names that crypto/x509 does not parse.
func mendNames(e *extension) (der []byte, flaws []Flaw) {
	var all, kept []asn1.RawValue
	if _, err := asn1.Unmarshal(e.Value, &all); err != nil || len(all) > maxParts {
		flaws = append(flaws, Flaw{FlawExtension, "subjectAltName whose names cannot be told apart"})
	}
	for _, name := range all {
		with := func(names ...asn1.RawValue) []byte { return element(extension{e.ID, e.Critical, element(names)}) }
		if len(all) > maxParts || complaint(func(t *fields) { t.extensions = [][]byte{with(name)} }) != nil {
			flaws = append(flaws, Flaw{FlawAlternativeName, describeName(name)})
			continue
		}
		kept = append(kept, name)
	}
	if kept == nil {
		kept = []asn1.RawValue{}
	}
	return element(extension{e.ID, e.Critical, element(kept)}), flaws
}

// describeName says what a name in a subjectAltName is.
func describeName(name asn1.RawValue) string {
	text := hex.EncodeToString(name.Bytes)
	if !bytes.ContainsFunc(name.Bytes, func(r rune) bool { return r < ' ' || r == '\uFFFD' }) {
		text = string(name.Bytes)
	}
	switch name.Tag { // RFC 5280 §4.2.1.6
	case 1:
		return "email address " + text
	case 2:
		return "DNS name " + text
	case 6:
		return "URI " + text
	case 7:
		return fmt.Sprintf("IP address of %d bytes: %s", len(name.Bytes), text)
	}
	return "name " + text
}

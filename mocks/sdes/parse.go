package sdes

import (
	"encoding/base64"
	"fmt"
	"math/big"
	"strconv"
	"strings"
)

// maxValue bounds the text of one attribute. A long one, with several keys and MKIs of 128 bytes, has about 2 kB.
const maxValue = 8 << 10

// Parse reads the value of an attribute: the text after "a=crypto:". Every error is an [*Error].
func Parse(value string) (Attribute, error) {
	if len(value) > maxValue {
		return Attribute{}, &Error{Cause: BadSyntax, Detail: fmt.Sprintf("attribute of %d bytes", len(value))}
	}
	fields := splitWSP(value)
	if len(fields) < 3 || strings.HasPrefix(value, " ") || strings.HasPrefix(value, "\t") {
		if len(fields) > 0 && !isTag(fields[0]) {
			return Attribute{}, badTag(fields[0])
		}
		return Attribute{}, &Error{Cause: BadSyntax, Detail: "want tag, crypto-suite and key parameters"}
	}
	for _, f := range fields {
		if strings.IndexFunc(f, func(r rune) bool { return r < 0x21 || r > 0x7e }) >= 0 {
			return Attribute{}, &Error{Cause: BadSyntax, Detail: "character that is not visible ASCII"}
		}
	}

	a := Attribute{TagText: fields[0], Suite: fields[1]}
	if !isTag(a.TagText) {
		return Attribute{}, badTag(a.TagText)
	}
	a.Tag, _ = strconv.Atoi(a.TagText) // 9 digits fit
	if !isToken(a.Suite) {
		return Attribute{}, &Error{Cause: BadSuite, Detail: "want letters, digits and underscore"}
	}
	suite, known := a.Known()

	keys, err := parseKeys(fields[2], suite, known)
	switch {
	case err == nil:
		a.Keys = keys
	case known || err.Cause == BadSyntax || err.Cause == UnknownKeyMethod:
		return Attribute{}, err
	default:
		// RFC 4568 §9.2 leaves the form of a key to its suite.
		a.KeyText = fields[2]
	}

	for _, f := range fields[3:] {
		p, err := parseParam(f, suite, known)
		if err != nil {
			return Attribute{}, err
		}
		if _, twice := a.Param(p.Name); twice && !p.Optional {
			return Attribute{}, &Error{Cause: DuplicateSessionParameter, Detail: p.Name}
		}
		a.Params = append(a.Params, p)
	}
	return a, nil
}

func badTag(tag string) *Error {
	return &Error{Cause: BadTag, Detail: fmt.Sprintf("want 1 to 9 digits, have %d characters", len(tag))}
}

// parseKeys reads key-params: one key, or several separated by semicolons.
func parseKeys(text string, suite Suite, known bool) ([]Key, *Error) {
	var keys []Key
	for param := range strings.SplitSeq(text, ";") {
		method, info, ok := strings.Cut(param, ":")
		if !ok || info == "" || !isToken(method) {
			return nil, &Error{Cause: BadSyntax, Detail: "want key-method:key-info"}
		}
		if method != "inline" {
			return nil, &Error{Cause: UnknownKeyMethod, Detail: "want inline"}
		}
		k, err := parseKey(info, suite, known)
		if err != nil {
			return nil, err
		}
		keys = append(keys, k)
	}
	if err := checkMKIs(keys); err != nil {
		return nil, err
	}
	return keys, nil
}

// checkMKIs applies the rules of RFC 4568 §6.1 for several keys: each has its own MKI, and all MKIs have the same
// length.
func checkMKIs(keys []Key) *Error {
	if len(keys) < 2 {
		return nil
	}
	seen := make(map[string]bool)
	for i, k := range keys {
		switch {
		case !k.HasMKI:
			return &Error{Cause: SeveralKeysWithoutMKI, Detail: fmt.Sprintf("key %d of %d", i+1, len(keys))}
		case k.MKILength != keys[0].MKILength:
			return &Error{Cause: MKILengthsDiffer, Detail: fmt.Sprintf("%d and %d bytes", keys[0].MKILength, k.MKILength)}
		case seen[string(k.MKI)]:
			return &Error{Cause: DuplicateMKI, Detail: fmt.Sprintf("key %d of %d", i+1, len(keys))}
		}
		seen[string(k.MKI)] = true
	}
	return nil
}

// parseKey reads srtp-key-info: key-salt ["|" lifetime] ["|" mki]. A single
// field after the key is an MKI if it has a colon, else a lifetime.
func parseKey(info string, suite Suite, known bool) (Key, *Error) {
	keySalt, rest, more := strings.Cut(info, "|")
	var k Key
	var err *Error
	if k.Material, err = parseMaterial(keySalt, suite, known); err != nil {
		return Key{}, err
	}
	if !more {
		return k, nil
	}
	first, second, two := strings.Cut(rest, "|")
	if two || !strings.Contains(first, ":") {
		if k.Lifetime, err = parseLifetime(first, suite, known); err != nil {
			return Key{}, err
		}
		k.LifetimeText = first
		if !two {
			return k, nil
		}
		first = second
	}
	if k.MKI, err = parseMKI(first); err != nil {
		return Key{}, err
	}
	k.HasMKI, k.MKILength = true, len(k.MKI)
	return k, nil
}

func parseMaterial(text string, suite Suite, known bool) ([]byte, *Error) {
	// A reader accepts missing padding (RFC 4568 §6.1), but padding must be at the end and at most two characters.
	bare := strings.TrimRight(text, "=")
	material, err := base64.RawStdEncoding.DecodeString(bare)
	if err != nil || len(text)-len(bare) > 2 || bare == "" {
		return nil, &Error{Cause: BadBase64, Detail: fmt.Sprintf("key of %d characters", len(text))}
	}
	if known && len(material) != suite.KeySalt() {
		return nil, &Error{Cause: KeyLength, Detail: fmt.Sprintf("%d bytes, %s needs %d", len(material), suite.Name, suite.KeySalt())}
	}
	return material, nil
}

func parseLifetime(text string, suite Suite, known bool) (uint64, *Error) {
	digits, power := strings.CutPrefix(text, "2^")
	if !isDigits(digits) {
		return 0, &Error{Cause: BadLifetime, Detail: "want a decimal number or 2^ and one"}
	}
	limit := uint64(maxLifetime)
	if known {
		limit = suite.MaxLifetime
	}
	tooLong := &Error{Cause: LifetimeTooLong, Detail: fmt.Sprintf("more than %d packets", limit)}
	n, err := strconv.ParseUint(digits, 10, 64)
	if err != nil {
		return 0, tooLong // only the range can be wrong: there are only digits
	}
	if power {
		if n > 63 {
			return 0, tooLong
		}
		n = 1 << n
	}
	switch {
	case n == 0:
		return 0, &Error{Cause: BadLifetime, Detail: "zero"}
	case n > limit:
		return 0, tooLong
	}
	return n, nil
}

// parseMKI reads mki-value ":" mki-length and returns the MKI as on the wire.
func parseMKI(text string) ([]byte, *Error) {
	value, length, ok := strings.Cut(text, ":")
	if !ok || !isDigits(value) || !isDigits(length) || len(length) > 3 {
		return nil, &Error{Cause: BadMKI, Detail: "want number:length"}
	}
	n, _ := strconv.Atoi(length)
	if n < 1 || n > 128 {
		return nil, &Error{Cause: MKILength, Detail: fmt.Sprintf("%d bytes, want 1 to 128", n)}
	}
	v, _ := new(big.Int).SetString(value, 10)
	if v.BitLen() > 8*n {
		return nil, &Error{Cause: MKITooLarge, Detail: fmt.Sprintf("value of %d bits in %d bytes", v.BitLen(), n)}
	}
	return v.FillBytes(make([]byte, n)), nil
}

// splitWSP splits at runs of space and tab, the WSP of RFC 4234. Unlike strings.Fields it does not split at other
// white space, which is then rejected.
func splitWSP(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == '\t' })
}

func isTag(s string) bool { return len(s) <= 9 && isDigits(s) }

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

func isToken(s string) bool {
	for i := range len(s) {
		c := s[i]
		if !(c == '_' || '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z') {
			return false
		}
	}
	return s != ""
}

// Package redact takes secrets out of observations and results, so that a record can be
// published: SRTP keys, digest responses, passwords, tokens, cookies, private keys,
// what decrypts TLS, and what was said in calls.
//
// A secret is found by where it stands, such as after "inline:" or in an Authorization
// header field. What was found once is then taken wherever it stands, in base64,
// hexadecimal or as it is. A key is replaced by another of the same length that begins with
// the bytes whose base64 is REDACTED, and the same key by the same one, so that rules about
// keys find in the redacted record what they found before.
//
// The package serves this module and may change.
package redact

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"reflect"
	"slices"
	"strings"

	"github.com/sipconform/sipconform/mocks/media"
	"github.com/sipconform/sipconform/mocks/observation"
)

// The kinds of secret, as [observation.Event.Redacted] names them.
const (
	Keys      = "SRTP keys"
	Digests   = "digest responses"
	Passwords = "passwords"
	Tokens    = "tokens and cookies"
	Private   = "private keys"
	Secrets   = "TLS secrets"
	// Segments are what crossed TCP and TLS, which the secrets of TLS would decrypt, and
	// those of some suites can be had otherwise. What was said stays, message by message.
	Segments = "segments of TCP and TLS"
	// Voice is what was said: the payloads of RTP, protected or not. Their lengths stay.
	Voice = "voice"
	// Questions are messages of the name system in which another secret stood.
	Questions = "questions about names"
)

// Redactor takes secrets. [Redactor.Learn] all events of a record before [Redactor.Event]
// takes any from them: what stands openly in one scenario may be printed in another.
type Redactor struct {
	salt  []byte // of what keys are replaced by
	known map[string]replacement
	sweep *strings.Replacer // of known; nil if that has changed

	learning bool
}

// replacement is what a known form of a secret is replaced by.
type replacement struct{ kind, by string }

// New returns a redactor that knows passwords, and whatever else is given.
func New(known ...string) *Redactor {
	r := &Redactor{salt: make([]byte, 32), known: make(map[string]replacement)}
	_, _ = rand.Read(r.salt) // never fails
	for _, secret := range known {
		r.remember(Passwords, secret)
	}
	return r
}

// mark stands in the place of a secret.
const mark = "REDACTED"

// shortest is the length of a secret, in bytes, that is looked for wherever it may stand.
// A shorter one is a word of texts that have nothing to do with it.
const shortest = 8

// remember looks for a secret in all forms from now on.
func (r *Redactor) remember(kind, secret string) {
	r.add(kind, secret, mark)
	if kind == Secrets { // of which there are thousands, in hexadecimal
		r.add(kind, strings.ToUpper(secret), mark)
		return
	}
	r.add(kind, url.QueryEscape(secret), mark)
	r.encoded(kind, []byte(secret), []byte(mark))
}

// encoded looks for the encodings of a secret.
func (r *Redactor) encoded(kind string, secret, by []byte) {
	digits, other := hex.EncodeToString(secret), hex.EncodeToString(by)
	r.add(kind, digits, other)
	r.add(kind, strings.ToUpper(digits), strings.ToUpper(other))
	for _, separator := range []string{":", " "} {
		r.add(kind, spread(digits, separator), mark)
		r.add(kind, strings.ToUpper(spread(digits, separator)), mark)
	}
	r.add(kind, base64.RawStdEncoding.EncodeToString(secret), base64.RawStdEncoding.EncodeToString(by))
	r.add(kind, base64.RawURLEncoding.EncodeToString(secret), base64.RawURLEncoding.EncodeToString(by))
}

// spread puts a separator between the bytes of hexadecimal digits.
func spread(digits, separator string) string {
	var bytes []string
	for pair := range slices.Chunk([]byte(digits), 2) {
		bytes = append(bytes, string(pair))
	}
	return strings.Join(bytes, separator)
}

func (r *Redactor) add(kind, form, by string) {
	if _, known := r.known[form]; !known && len(form) >= shortest && !strings.Contains(form, mark) {
		r.known[form], r.sweep = replacement{kind, by}, nil
	}
}

// rememberKey looks for SRTP key material in all forms, and for its fingerprint.
func (r *Redactor) rememberKey(material, by []byte) {
	r.encoded(Keys, material, by)
	r.add("", media.Fingerprint(material), media.Fingerprint(by)) // which is no secret
}

// Learn finds the secrets of an event, and changes nothing.
func (r *Redactor) Learn(e *observation.Event) {
	r.learning = true
	defer func() { r.learning = false }()
	if e.Kind == observation.TLSKeyLog {
		r.text(e.Text)
	}
	r.Event(*e)
}

// Event returns an event without secrets, and with the kinds of those that were taken.
func (r *Redactor) Event(e observation.Event) observation.Event {
	taken := make(map[string]bool)
	switch e.Kind {
	case observation.Wire:
		if len(e.Bytes) > 0 {
			e.Bytes, taken[Segments] = nil, true
		}
	case observation.TLSKeyLog:
		e.Text, taken[Secrets] = "", true
	case observation.SIP, observation.SIPMalformed, observation.Data, observation.NotTLS, observation.Unexpected:
		e.Bytes = r.message(e.Bytes, taken)
	case observation.Media:
		if spoken(&e) {
			e.Bytes, taken[Voice] = muted(e.Bytes), true
		}
	case observation.DNS:
		if e.DNS != nil && !r.learning && (r.holds(e.Bytes) || r.holds(e.DNS.Reply)) {
			without := *e.DNS
			without.Reply = nil
			e.DNS, e.Bytes, taken[Questions] = &without, nil, true
		}
	}
	e = r.strings(reflect.ValueOf(e), taken).Interface().(observation.Event)
	for what := range taken {
		e.Redacted = append(e.Redacted, what)
	}
	slices.Sort(e.Redacted)
	e.Redacted = slices.Compact(e.Redacted)
	return e
}

// holds reports whether what is known stands in bytes.
func (r *Redactor) holds(raw []byte) bool {
	var taken []string
	return r.swept(string(raw), &taken) != string(raw)
}

// Text returns a text without secrets.
func (r *Redactor) Text(text string) string {
	clean, _ := r.text(text)
	return clean
}

// Value returns a copy of a value, a pointer to a struct of results, without secrets.
func Value[T any](r *Redactor, v T) T {
	return r.strings(reflect.ValueOf(v), make(map[string]bool)).Interface().(T)
}

// strings returns a copy of a value in which no text has a secret. Bytes stay as they are.
func (r *Redactor) strings(v reflect.Value, taken map[string]bool) reflect.Value {
	c := reflect.New(v.Type()).Elem()
	c.Set(v)
	switch v.Kind() {
	case reflect.String:
		if v.Type() != reflect.TypeFor[string]() {
			break // a word of the harness's own, such as a verdict
		}
		text, kinds := r.text(v.String())
		for _, kind := range kinds {
			taken[kind] = true
		}
		c.SetString(text)
	case reflect.Pointer:
		if !v.IsNil() {
			c.Set(reflect.New(v.Type().Elem()))
			c.Elem().Set(r.strings(v.Elem(), taken))
		}
	case reflect.Slice:
		if !v.IsNil() && v.Type().Elem().Kind() != reflect.Uint8 {
			c.Set(reflect.MakeSlice(v.Type(), v.Len(), v.Len()))
			for i := range v.Len() {
				c.Index(i).Set(r.strings(v.Index(i), taken))
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if c.Field(i).CanSet() {
				c.Field(i).Set(r.strings(v.Field(i), taken))
			}
		}
	}
	return c
}

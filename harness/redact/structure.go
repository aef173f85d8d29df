package redact

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"regexp"
	"slices"
	"strings"
)

// pattern finds secrets by where they stand: the group named secret is one.
type pattern struct {
	kind string
	at   *regexp.Regexp
}

// A value ends where a parameter, an attribute or a word of text does.
const value = `(?:"(?P<secret>[^"\r\n]*)"|'(?P<secret>[^'\r\n]*)'|(?P<secret>[^\s,;&|<>"']+))`

// patterns are those of text, in the order in which they are looked for.
var patterns = []pattern{
	{Private, regexp.MustCompile(`(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----(?P<secret>[\sA-Za-z0-9+/=:,\\-]*)`)},
	{Secrets, regexp.MustCompile(`\b(?:CLIENT_RANDOM|[A-Z_]+_SECRET(?:_\d+)?|RSA) [0-9a-fA-F]{16,64} (?P<secret>[0-9a-fA-F]{32,})`)},
	{Secrets, regexp.MustCompile(`(?i)\bmaster[-_ ]?(?:key|secret)\s*[:=]\s*(?P<secret>[0-9a-f]{32,})`)},
	// Credentials of any scheme but Digest, and those that name none.
	{Tokens, regexp.MustCompile(`(?im)\bauthorization["']?[ \t]*[:=][ \t]*["']?(?:[^d\s]\S*|d[^i\s]\S*)[ \t]+(?P<secret>[^\r\n]+)`)},
	{Tokens, regexp.MustCompile(`(?im)^(?:proxy-)?authorization[ \t]*:[ \t]*(?P<secret>\S+)[ \t]*\r?$`)},
	{Tokens, regexp.MustCompile(`(?i)\b(?:bearer|basic) (?P<secret>[a-z0-9._~+/-]{16,}=*)`)},
	{Tokens, regexp.MustCompile(`(?im)^(?:set-)?cookie2?[ \t]*:[ \t]*(?P<secret>[^\r\n]+(?:\r?\n[ \t][^\r\n]*)*)`)},
	{Tokens, regexp.MustCompile(`(?im)^[a-z0-9-]*(?:api-?key|token|secret)[ \t]*:[ \t]*(?P<secret>[^\r\n]+)`)},
	{Tokens, regexp.MustCompile(`\beyJ[A-Za-z0-9_-]{5,}\.(?P<secret>[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]*)`)},
	{Digests, regexp.MustCompile(`(?i)\b(?:response|rspauth)\s*=\s*(?:"(?P<secret>[^"\r\n]*)"?|(?P<secret>[0-9a-f]{32,}))`)},
	{Passwords, regexp.MustCompile(`(?i)(?:_pass|passw(?:or)?d|passphrase|passcode|\bpwd)["']?\s*[=:]\s*` + value)},
	{Passwords, regexp.MustCompile(`(?i)\b(?:sips?|https?):[^\s@:;<>"/]+:(?P<secret>[^\s@<>"]+)@`)},
	{Passwords, regexp.MustCompile(`(?i)\ba=ice-pwd:(?P<secret>\S+)`)},
	{Tokens, regexp.MustCompile(`(?i)\b(?:(?:access|refresh|id|auth|bearer)[-_]?token|api[-_]?key|client[-_]?secret|pn-prid|pn-param|sig(?:nature)?)["']?\s*=\s*` + value)},
	{Tokens, regexp.MustCompile(`(?i)[?&](?:token|key|secret|auth)=(?P<secret>[^\s&;"'<>]+)`)},
	{Keys, regexp.MustCompile(`(?i)\ba=key-mgmt:\s*\S+\s+(?P<secret>\S+)`)},
	{Keys, regexp.MustCompile(`(?m)^k=[a-z0-9]+:(?P<secret>\S+)`)},
}

// inline finds SRTP keys: RFC 4568 §9.1, and §6.3.7 for those of FEC. In prose a short word
// may follow.
var inline = regexp.MustCompile(`(?i)\binline:[ \t]*([^\s|;"',]+)`)

// shortInline is how long such a key is at least where it does not stand in an attribute.
const shortInline = 12

// text returns a text without secrets, and the kinds of those that were taken.
func (r *Redactor) text(text string) (clean string, taken []string) {
	return r.within(text, func(string) string { return mark })
}

// within is text, with what stands in the place of a secret that is no key.
func (r *Redactor) within(text string, instead func(secret string) string) (clean string, taken []string) {
	if len(text) < shortest {
		return text, nil
	}
	clean = text
	if strings.ContainsAny(text, ":= ") {
		clean = r.keys(text, &taken)
		for _, p := range patterns {
			clean = p.replace(clean, func(secret string) string {
				r.remember(p.kind, secret)
				taken = append(taken, p.kind)
				return instead(secret)
			})
		}
	}
	if r.learning {
		return clean, taken
	}
	return r.swept(clean, &taken), taken
}

// replace replaces every secret that the pattern finds. What is redacted already stays.
func (p pattern) replace(text string, by func(secret string) string) string {
	found := p.at.FindAllStringSubmatchIndex(text, -1)
	if found == nil {
		return text
	}
	var b strings.Builder
	from := 0
	for _, at := range found {
		for i, name := range p.at.SubexpNames() {
			if name != "secret" || at[2*i] < from || at[2*i] == at[2*i+1] {
				continue
			}
			secret := text[at[2*i]:at[2*i+1]]
			if strings.HasPrefix(secret, mark) {
				continue
			}
			b.WriteString(text[from:at[2*i]])
			b.WriteString(by(secret))
			from = at[2*i+1]
		}
	}
	b.WriteString(text[from:])
	return b.String()
}

// keys replaces SRTP keys.
func (r *Redactor) keys(text string, taken *[]string) string {
	found := inline.FindAllStringSubmatchIndex(text, -1)
	if found == nil {
		return text
	}
	var b strings.Builder
	from := 0
	for _, at := range found {
		key := text[at[2]:at[3]]
		line := text[strings.LastIndexByte(text[:at[0]], '\n')+1 : at[0]]
		if attribute := strings.Contains(line, "crypto"); strings.HasPrefix(key, mark) || !attribute && len(key) < shortInline {
			continue
		}
		b.WriteString(text[from:at[2]])
		b.WriteString(r.another(key))
		from = at[3]
		*taken = append(*taken, Keys)
	}
	b.WriteString(text[from:])
	return b.String()
}

// another returns the key that a key is replaced by: of the same length, the same for the
// same material, and no other's.
func (r *Redactor) another(key string) string {
	bare := strings.TrimRight(key, "=")
	material, err := base64.RawStdEncoding.DecodeString(bare)
	if err != nil || len(material) == 0 {
		// It is none, and whatever it is meant to be stays as unreadable as it was.
		r.add(Keys, key, strings.Repeat("*", len(key)))
		return strings.Repeat("*", len(key))
	}
	by := make([]byte, 0, len(material)+sha256.Size)
	if head, err := base64.RawStdEncoding.DecodeString(mark); err == nil && len(material) >= 2*len(head) {
		by = append(by, head...)
	}
	for block := byte(0); len(by) < len(material); block++ {
		h := hmac.New(sha256.New, r.salt)
		h.Write(append([]byte{block}, material...))
		by = h.Sum(by)
	}
	by = by[:len(material)]
	r.rememberKey(material, by)
	return base64.RawStdEncoding.EncodeToString(by) + key[len(bare):]
}

// message returns the bytes of a message without secrets. Of its body, the length stays.
func (r *Redactor) message(raw []byte, taken map[string]bool) []byte {
	if len(raw) == 0 {
		return raw
	}
	head, body := raw, []byte(nil)
	if i := bytes.Index(raw, []byte("\r\n\r\n")); i >= 0 {
		head, body = raw[:i+4], raw[i+4:]
	}
	// A folded header field is one line to the patterns, and what is redacted in it is one then.
	unfolded := folded.ReplaceAllString(string(head), " ")
	clean, kinds := r.text(unfolded)
	if len(kinds) == 0 {
		clean = string(head)
	}
	same, more := r.within(string(body), func(secret string) string {
		return (mark + strings.Repeat("*", len(secret)))[:len(secret)]
	})
	for _, kind := range append(kinds, more...) {
		taken[kind] = true
	}
	return append([]byte(clean), fitted(same, len(body))...)
}

var folded = regexp.MustCompile(`\r?\n[ \t]+`)

// fitted makes a body as long as it was, so that its Content-Length is still right or wrong.
func fitted(body string, length int) string {
	if len(body) < length {
		body += strings.Repeat("\n", length-len(body))
	}
	return body[:length]
}

// swept replaces what is known wherever it stands.
func (r *Redactor) swept(text string, taken *[]string) string {
	if r.sweep == nil {
		var pairs []string
		forms := make([]string, 0, len(r.known))
		for form := range r.known {
			forms = append(forms, form)
		}
		// Of forms that begin alike, the longest counts.
		slices.SortFunc(forms, func(a, b string) int { return len(b) - len(a) })
		for _, form := range forms {
			pairs = append(pairs, form, r.known[form].by)
		}
		r.sweep = strings.NewReplacer(pairs...)
	}
	clean := r.sweep.Replace(text)
	if clean != text {
		for form, of := range r.known {
			if of.kind != "" && strings.Contains(text, form) {
				*taken = append(*taken, of.kind)
			}
		}
	}
	return clean
}

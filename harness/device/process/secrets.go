package process

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/sipconform/sipconform/mocks/observation"
)

// inlineKey matches a key in an a=crypto attribute (RFC 4568 §6.1).
var inlineKey = regexp.MustCompile(`inline:([A-Za-z0-9+/]{22,128})`)

// maxSecrets is how many keys of a session are looked for, and shortestSecret how long a
// password is at least that is no word of its own.
const (
	maxSecrets     = 256
	shortestSecret = 8
)

// searchOutput reports which of the session's secrets stand in what its programs printed.
// They have ended.
func (s *session) searchOutput(printed []byte) {
	var found []string
	for _, secret := range s.secrets() {
		has := func(form string) bool { return bytes.Contains(printed, []byte(form)) }
		if !slices.Contains(found, secret.kind) && slices.ContainsFunc(secret.forms, has) {
			found = append(found, secret.kind)
		}
	}
	text := "none in its output"
	if len(found) > 0 {
		text = strings.Join(found, ", ")
	}
	s.note(observation.DeviceSecrets, "", len(found), text)
}

// secret is what a device should keep to itself, in the forms in which it would print it.
type secret struct {
	kind  string
	forms []string
}

// secrets returns those of the session: the SRTP keys of the messages in its log, its
// password and its private key.
func (s *session) secrets() []secret {
	var all []secret
	if password := s.data.Account.Password; len(password) >= shortestSecret {
		all = append(all, secret{"its password", []string{password}})
	}
	// The first line of a key in PEM is much the same for all keys of a kind.
	if lines := strings.Split(s.data.Key, "\n"); len(lines) > 3 {
		all = append(all, secret{"its private key", []string{lines[2]}})
	}
	seen := make(map[string]bool)
	for _, e := range s.log.Events() {
		if e.Kind != observation.SIP {
			continue
		}
		for _, match := range inlineKey.FindAllSubmatch(e.Bytes, -1) {
			text := string(match[1])
			material, err := base64.RawStdEncoding.DecodeString(text)
			if err != nil || seen[text] || len(seen) >= maxSecrets {
				continue
			}
			seen[text] = true
			digits := fmt.Sprintf("%x", material)
			all = append(all, secret{"an SRTP key", []string{text, digits, strings.ToUpper(digits)}})
		}
	}
	return all
}

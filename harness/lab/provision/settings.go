// Package provision writes the configuration files of phones: what the templates in fixtures/provisioning make of the
// settings of an account. They were written from public documentation, and not tried on the phones.
//
// The package serves this module and may change.
package provision

import (
	"encoding/xml"
	"fmt"
	"reflect"
	"strings"
	"unicode"
)

// Settings is what the templates see.
type Settings struct {
	Product        string // its title
	User, Password string
	Domain         string // of the account, and the SIP server
	// Outbound is the host or address to send to instead of the domain; empty: the domain itself.
	Outbound string
	Port     uint16 // of SIP over TLS
	DNS      string // address of the name server; empty: any
	Register bool
	Expires  int  // how long to register for, in seconds
	Secure   bool // SRTP in every call
	Roots    []Root
}

// Minutes is [Settings.Expires] in minutes.
func (s Settings) Minutes() int { return max(1, s.Expires/60) }

// Root is a certificate that the phone has to trust.
type Root struct {
	Number int    // from 1
	File   string // its name in the lab's folder
	URL    string // where the phone can fetch it; empty where nothing serves it
	PEM    string
}

// format is how a kind of file writes values.
type format func(text string) (string, error)

// asXML escapes text for an element or an attribute. XML has no form for control characters but line breaks and tabs.
func asXML(text string) (string, error) {
	if i := strings.IndexFunc(text, func(r rune) bool {
		return unicode.IsControl(r) && !strings.ContainsRune("\t\r\n", r) || r == '\uFFFD' || r == '\uFFFE' || r == '\uFFFF'
	}); i >= 0 {
		return "", fmt.Errorf("%q has a character that XML cannot hold", text)
	}
	if strings.Contains(text, "--") && !strings.HasPrefix(text, "-----BEGIN") {
		return "", fmt.Errorf("%q has two hyphens, which end a comment in XML", text)
	}
	var b strings.Builder
	err := xml.EscapeText(&b, []byte(text))
	return b.String(), err
}

// asLine takes text of one line, in which nothing is quoted.
func asLine(text string) (string, error) {
	if strings.HasPrefix(text, "-----BEGIN") {
		return text, nil // no line has a PEM block in it
	}
	if strings.ContainsFunc(text, unicode.IsControl) || strings.TrimSpace(text) != text {
		return "", fmt.Errorf("%q is no line without space around it", text)
	}
	return text, nil
}

// in returns the settings with every text in a format, so that no template can forget to escape one.
func (s Settings) in(f format) (Settings, error) {
	roots := make([]Root, len(s.Roots))
	copy(roots, s.Roots)
	s.Roots = roots
	return s, escape(reflect.ValueOf(&s).Elem(), f)
}

// escape replaces the texts in a value.
func escape(v reflect.Value, f format) error {
	switch v.Kind() {
	case reflect.String:
		text, err := f(v.String())
		if err != nil {
			return err
		}
		v.SetString(text)
	case reflect.Struct:
		for i := range v.NumField() {
			if err := escape(v.Field(i), f); err != nil {
				return fmt.Errorf("%s: %w", v.Type().Field(i).Name, err)
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			if err := escape(v.Index(i), f); err != nil {
				return err
			}
		}
	}
	return nil
}

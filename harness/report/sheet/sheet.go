// Package sheet is what the HTML pages of the harness share: the style sheet, and the policy by which a page runs and
// loads nothing but its own.
//
// The package serves this module and may change.
package sheet

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
)

// style is that of all pages: colours, type, tables, verdicts.
//
//go:embed sheet.css
var style string

// Head is what the head of a page needs. The policy allows only the page's own style and
// script, so that a hole in the escaping would run nothing, and sounds that lie beside the page.
type Head struct {
	Style  template.CSS
	Script template.JS
	Policy string
}

// New returns the head of a page with a style of its own behind that of all pages, and a script, which may be empty.
func New(own, script string) Head {
	hash := func(s string) string {
		sum := sha256.Sum256([]byte(s))
		return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	own = style + own
	return Head{
		Style:  template.CSS(own),
		Script: template.JS(script),
		Policy: fmt.Sprintf("default-src 'none'; style-src %s; script-src %s; media-src 'self' file:; base-uri 'none'; form-action 'none'",
			hash(own), hash(script)),
	}
}

package sheet

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"strings"
	"time"
	"unicode/utf8"
)

// width is that of the text, in columns.
const width = 110

// Title is the sheet's first line.
func (s Sheet) Title() string {
	return fmt.Sprintf("Setting sheet of the lab %s, made on %s", s.Lab.Name, s.Lab.Created.Format(time.DateOnly))
}

// Text returns the sheet as plain text.
func (s Sheet) Text() []byte {
	var b strings.Builder
	b.WriteString(s.Title() + "\n")
	for _, c := range s.sections() {
		b.WriteString("\n" + c.Heading + "\n")
		names := 0
		for _, r := range c.Rows {
			names = max(names, utf8.RuneCountInString(r.Name))
		}
		for _, r := range c.Rows {
			for i, value := range r.Values {
				fmt.Fprintf(&b, "  %-*s  %s\n", names, label(i == 0, r.Name), value)
			}
		}
		for _, note := range c.Notes {
			wrap(&b, note)
		}
	}
	return []byte(b.String())
}

// wrap writes a paragraph in lines of at most the width, unless a word is longer.
func wrap(b *strings.Builder, text string) {
	column := 0
	for _, word := range strings.Fields(text) {
		n := utf8.RuneCountInString(word)
		switch {
		case column == 0:
			b.WriteString("  " + word)
			column = 2 + n
		case column+1+n > width:
			b.WriteString("\n  " + word)
			column = 2 + n
		default:
			b.WriteString(" " + word)
			column += 1 + n
		}
	}
	b.WriteString("\n")
}

//go:embed sheet.css
var style string

//go:embed sheet.html
var page string

var pageTemplate = template.Must(template.New("sheet").Parse(page))

// HTML returns the sheet as a page, which loads nothing and runs nothing.
func (s Sheet) HTML() ([]byte, error) {
	sum := sha256.Sum256([]byte(style))
	var b bytes.Buffer
	err := pageTemplate.Execute(&b, map[string]any{
		"Title": s.Title(), "Sections": s.sections(), "Style": template.CSS(style),
		"Policy": "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'",
	})
	return b.Bytes(), err
}

package report

import (
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"strings"

	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
)

//go:embed page.html page.css page.js
var assets embed.FS

// head is what the page's head needs. The policy allows only the page's own style and
// script, so that a hole in the escaping would run nothing.
type head struct {
	Style  template.CSS
	Script template.JS
	Policy string
}

// HTML writes a run as one page that loads nothing. The page belongs beside
// results.json, since it links to the evidence there. Known may be nil.
func HTML(w io.Writer, run *results.Run, known Requirements) error {
	run, err := advised(run)
	if err != nil {
		return err
	}
	p := newPage(run, known)
	if p.Sources, err = p.cited(known); err != nil {
		return err
	}
	return pageTemplate.Execute(w, p)
}

var (
	pageHead     = newHead(asset("page.css"), asset("page.js"))
	pageTemplate = template.Must(template.New("page.html").Funcs(template.FuncMap{
		"glyph":     Glyph,
		"title":     title,
		"state":     claimGlyph,
		"role":      roleWords,
		"seconds":   seconds,
		"plain":     func(slug results.ClaimState) string { return strings.ReplaceAll(string(slug), "-", " ") },
		"scenarios": scenarios,
		"missed":    missed,
		"disputed":  isDisputed,
		"join":      func(list []string) string { return strings.Join(list, ", ") },
		"slug":      func(name string) string { return strings.ReplaceAll(name, " ", "-") },
	}).ParseFS(assets, "page.html"))
)

func asset(name string) string {
	data, err := assets.ReadFile(name)
	if err != nil {
		panic(err) // it is embedded
	}
	return string(data)
}

func newHead(style, script string) head {
	hash := func(s string) string {
		sum := sha256.Sum256([]byte(s))
		return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	return head{
		Style:  template.CSS(style),
		Script: template.JS(script),
		Policy: fmt.Sprintf("default-src 'none'; style-src %s; script-src %s; base-uri 'none'; form-action 'none'",
			hash(style), hash(script)),
	}
}

// Glyph returns a sign for a verdict, so that colour is not the only difference.
func Glyph(v verdict.Verdict) string {
	switch v {
	case verdict.Pass:
		return "✓"
	case verdict.Deviation:
		return "≈"
	case verdict.Fail:
		return "✕"
	case verdict.Inconclusive:
		return "?"
	case verdict.NotApplicable:
		return "–"
	case verdict.Observed:
		return "○"
	case verdict.Error:
		return "!"
	}
	return "i"
}

// title returns a name in the form for headings.
func title(name string) string {
	switch name {
	case "rfc":
		return "RFCs"
	case "stack":
		return "SIP stacks and RFC 5922"
	case "":
		return ""
	}
	return strings.ToUpper(name[:1]) + name[1:]
}

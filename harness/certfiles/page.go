package certfiles

import (
	"bytes"
	_ "embed"
	"strings"
	"text/template"
)

//go:embed index.md.tmpl
var pageText string

// pageTemplate is index.md. What a vendor's profile says is put where Markdown has no meaning for it.
var pageTemplate = template.Must(template.New("index").Funcs(template.FuncMap{
	"cell": cell, "code": code, "join": func(all []string) string { return strings.Join(all, ", ") },
	"of": func(p Product, kind Kind) (some []Certificate) {
		for _, c := range p.Certificates {
			if c.Kind == kind {
				some = append(some, c)
			}
		}
		return some
	},
}).Parse(pageText))

// cell writes text for a cell of a table.
func cell(text string) string {
	return strings.NewReplacer("|", `\|`, "\n", " ", "<", "&lt;", "*", `\*`, "_", `\_`, "`", "'").Replace(text)
}

// code writes text as code in a cell.
func code(text string) string {
	return "`" + strings.NewReplacer("`", "'", "|", `\|`, "\n", " ").Replace(text) + "`"
}

func (x *Index) page() ([]byte, error) {
	var page bytes.Buffer
	err := pageTemplate.Execute(&page, x)
	return page.Bytes(), err
}

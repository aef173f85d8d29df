package usertemplate

import (
	"strings"
	"testing"
)

// TestRendering: templates do what they do without bounds.
func TestRendering(t *testing.T) {
	t.Parallel()
	data := map[string]any{"name": "alice", "list": []string{"a", "b", "c"}, "yes": true}
	functions := FuncMap{"twice": func(s string) (string, error) { return s + s, nil },
		"all": func(separator string, list ...string) string { return strings.Join(list, separator) }}
	for source, want := range map[string]string{
		"":                             "",
		"plain":                        "plain",
		"{{.name}}":                    "alice",
		"{{- .name -}} ":               "alice",
		"{{twice .name}}":              "alicealice",
		`{{all "-" "x" "y"}}`:          "x-y",
		`{{all "-"}}`:                  "",
		"{{range .list}}{{.}},{{end}}": "a,b,c,",
		"{{range $i, $e := .list}}{{if $i}} {{end}}{{$e}}{{end}}":         "a b c",
		"{{range .list}}{{if eq . \"b\"}}{{break}}{{end}}{{.}}{{end}}":    "a",
		"{{range .list}}{{if eq . \"b\"}}{{continue}}{{end}}{{.}}{{end}}": "ac",
		"{{range 3}}x{{end}}":                                               "xxx",
		"{{if .yes}}yes{{else}}no{{end}}":                                   "yes",
		"{{with .name}}{{.}}{{end}}":                                        "alice",
		`{{printf "%s-%d" .name 3}}`:                                        "alice-3",
		`{{html "<"}}{{js "'"}}{{urlquery " "}}{{print 1 2}}`:               "&lt;\\'+1 2",
		`{{define "x"}}[{{.}}]{{end}}{{template "x" .name}}{{len .list}}`:   "[alice]3",
		`{{block "y" .}}{{.name}}{{end}}{{/* nothing */}}{{$v := 4}}{{$v}}`: "alice4",
	} {
		parsed, err := Parse(source, functions)
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		for range 2 {
			if got, err := parsed.Execute(NewBudget(), data); err != nil || got != want {
				t.Errorf("%s: %q, %v; want %q", source, got, err, want)
			}
		}
	}
}

// TestEnds: whatever a template says, it ends, and says why.
func TestEnds(t *testing.T) {
	t.Parallel()
	const doubling = `{{$x := "12345678"}}{{range 60}}{{$x = %s $x}}{{end}}{{len $x}}`
	for name, c := range map[string]struct{ source, says string }{
		"a loop":               {"{{range 100000000000}}{{end}}", "steps"},
		"a loop of text":       {"{{range 100000000000}} {{end}}", "steps"},
		"loops in loops":       {"{{range 100000}}{{range 100000}}{{end}}{{end}}", "steps"},
		"what calls itself":    {`{{define "a"}}{{template "a"}}{{end}}{{template "a"}}`, "depth"},
		"what calls others":    {`{{define "a"}}{{template "b"}}{{template "b"}}{{end}}` + multiplying() + `{{template "a"}}`, "steps"},
		"much text":            {`{{range 1000000}}` + strings.Repeat("x", 100) + `{{end}}`, "more than 8388608 bytes"},
		"a text that doubles":  {strings.Replace(doubling, "%s", `printf "%s%s" $x`, 1), "more than 8388608 bytes"},
		"escapes that double":  {strings.Replace(strings.Replace(doubling, "%s", "js", 1), "12345678", `\\\\`, 1), "more than 8388608 bytes"},
		"a function's doubles": {strings.Replace(doubling, "%s", "twice", 1), "more than 8388608 bytes"},
		"many arguments": {`{{$x := "12345678"}}{{range 19}}{{$x = twice $x}}{{end}}{{print` + strings.Repeat(" $x", 1000) + `}}`,
			"more than 8388608 bytes"},
		"no such key": {"{{.nothing}}", "nothing"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			parsed, err := Parse(c.source, FuncMap{"twice": func(s string) string { return s + s }})
			if err != nil {
				t.Fatal(err)
			}
			got, err := parsed.Execute(NewBudget(), map[string]string{})
			if err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), step) {
				t.Errorf("%d bytes, %v; want an error with %q", len(got), err, c.says)
			}
		})
	}
	if _, err := Parse("{{range", nil); err == nil {
		t.Error("half an action is a template")
	}
}

// multiplying are templates of which each calls the next twice.
func multiplying() string {
	var b strings.Builder
	for c := 'b'; c < 'z'; c++ {
		next := string(c + 1)
		b.WriteString(`{{define "` + string(c) + `"}}{{template "` + next + `"}}{{template "` + next + `"}}{{end}}`)
	}
	return b.String() + `{{define "z"}}{{end}}`
}

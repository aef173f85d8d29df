package report

import (
	"embed"
	"html/template"
	"io"
	"strings"
	"sync"

	"github.com/sipconform/sipconform/fixtures"
	"github.com/sipconform/sipconform/harness/catalogue"
	"github.com/sipconform/sipconform/harness/causes"
	"github.com/sipconform/sipconform/harness/picture"
	"github.com/sipconform/sipconform/harness/report/sheet"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
)

//go:embed page.html page.js page.css matrix.html matrix.css
var assets embed.FS

// HTML writes a run as one page that loads nothing but the sounds that a reader plays. The page belongs beside
// results.json, since it links to the evidence there. Known and seen may be nil; without seen, nothing is drawn.
func HTML(w io.Writer, run *results.Run, known Requirements, seen Observations) error {
	observed := run.Results
	run, err := advised(run)
	if err != nil {
		return err
	}
	sources, err := loadSources()
	if err != nil {
		return err
	}
	explained, err := loadCauses()
	if err != nil {
		return err
	}
	p := newPage(run, known, sources)
	p.addCauses(explained)
	p.Sources = p.cited(sources)
	if err := p.draw(observed, seen); err != nil {
		return err
	}
	return pageTemplate().Execute(w, p)
}

// What is embedded is read once.
var (
	loadSources = sync.OnceValues(func() (catalogue.Sources, error) { return catalogue.LoadSources(fixtures.FS) })
	loadCauses  = sync.OnceValues(func() (*causes.Set, error) { return causes.Load(fixtures.FS) })
)

var pageHead = sheet.New(asset("page.css")+picture.CSS, asset("page.js"))

// pageTemplate takes longer to parse than most commands take.
var pageTemplate = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("page.html").Funcs(template.FuncMap{
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
		"look":      look,
	}).ParseFS(assets, "page.html"))
})

func asset(name string) string {
	data, err := assets.ReadFile(name)
	if err != nil {
		panic(err) // it is embedded
	}
	return string(data)
}

// look says where to look for what has to be mended.
func look(f causes.Fault) string {
	switch f {
	case causes.Device:
		return "the device"
	case causes.Network:
		return "the network"
	case causes.Harness:
		return "the harness, or its machine"
	case causes.SetUp:
		return "the set-up of the device or the run"
	}
	return "open: the cause alone does not tell"
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

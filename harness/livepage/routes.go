package livepage

import (
	"bytes"
	"embed"
	"errors"
	"html/template"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/sipconform/sipconform/harness/operator"
	"github.com/sipconform/sipconform/harness/report"
	"github.com/sipconform/sipconform/harness/report/printable"
)

//go:embed page.html page.css page.js icon.svg
var assets embed.FS

var pageTemplate = template.Must(template.New("page.html").Funcs(template.FuncMap{
	"glyph": report.Glyph,
}).ParseFS(assets, "page.html"))

// maxAnswer bounds the body of an answer, in bytes: a form with a reason, of which each byte may take three.
const maxAnswer = 4 << 10

// routes are the paths below the token.
func (p *Page) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { p.page(w, http.StatusOK, "") })
	mux.HandleFunc("GET /events", p.stream)
	mux.HandleFunc("POST /answer", p.answer)
	for name, kind := range map[string]string{"page.css": "text/css", "page.js": "text/javascript", "icon.svg": "image/svg+xml"} {
		data, err := assets.ReadFile(name)
		if err != nil {
			panic(err) // it is embedded
		}
		mux.HandleFunc("GET /"+name, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind+"; charset=utf-8")
			_, _ = w.Write(data)
		})
	}
	return mux
}

// whole is what the template of the whole page shows.
type whole struct {
	Title       string
	Facts       []Fact
	Asks, Plans bool
	Total       int
	Message     string // about the answer that was just sent
	Task        any
	Progress    any
	Wire        any
	Ladder      any
	Verdicts    any
}

// page answers with the whole page.
func (p *Page) page(w http.ResponseWriter, status int, message string) {
	c := p.config
	v := whole{
		Title: printable.Line(c.Title), Asks: c.Desk != nil, Plans: c.Total > 0, Total: c.Total, Message: message,
		Task: p.state.view(taskSection), Progress: p.view(progressSection), Wire: p.state.view(wireSection),
		Ladder: p.state.view(ladderSection), Verdicts: p.state.view(verdictSection),
	}
	for _, f := range c.Facts {
		v.Facts = append(v.Facts, Fact{printable.Line(f.Name), printable.Line(f.Value)})
	}
	var out bytes.Buffer
	if err := pageTemplate.Execute(&out, v); err != nil {
		http.Error(w, "the page cannot be made: "+err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(out.Bytes())
}

// view is what a section's template shows.
func (p *Page) view(which section) any {
	v := p.state.view(which)
	if progress, ok := v.(progressView); ok {
		progress.Total = p.config.Total
		return progress
	}
	return v
}

// rendering is the newest HTML of a section. All browsers get the same.
type rendering struct {
	mu      sync.Mutex
	version int // plus one; 0 for none
	html    []byte
}

// rendered returns a section's HTML, of that version or a newer one.
func (p *Page) rendered(which section, version int) []byte {
	r := &p.renderings[which]
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.version <= version {
		var out bytes.Buffer
		if err := pageTemplate.ExecuteTemplate(&out, sectionNames[which], p.view(which)); err != nil {
			return []byte("<p>this part of the page cannot be made</p>")
		}
		r.version, r.html = version+1, out.Bytes()
	}
	return r.html
}

// answer takes what the person at the device says: the task's ID, the answer, and a reason. A script gets a status, and a
// sentence if the answer was not taken; a browser without one gets the page again.
func (p *Page) answer(w http.ResponseWriter, r *http.Request) {
	say := func(status int, text string) {
		switch page := strings.Contains(r.Header.Get("Accept"), "text/html"); {
		case page && status == http.StatusNoContent:
			http.Redirect(w, r, "./", http.StatusSeeOther)
		case page:
			p.page(w, status, text)
		case text != "":
			http.Error(w, text, status)
		default:
			w.WriteHeader(status)
		}
	}
	if !sameOrigin(r) {
		say(http.StatusForbidden, "answers are taken from this page alone")
		return
	}
	if p.config.Desk == nil {
		say(http.StatusNotFound, "nobody is asked anything here")
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxAnswer)
	if err := r.ParseForm(); err != nil {
		status := http.StatusBadRequest
		if errors.As(err, new(*http.MaxBytesError)) {
			status = http.StatusRequestEntityTooLarge
		}
		say(status, "the answer cannot be read, and was not taken")
		return
	}
	id, err := strconv.Atoi(r.PostForm.Get("task"))
	if err != nil {
		say(http.StatusBadRequest, "the answer does not say which task it is for, and was not taken")
		return
	}
	switch err := p.config.Desk.Answer(id, operator.Answer(r.PostForm.Get("answer")), r.PostForm.Get("why")); {
	case errors.Is(err, operator.ErrOver):
		say(http.StatusConflict, "That task was over already, so the answer was not taken. What is to do now is above.")
	case err != nil:
		say(http.StatusBadRequest, "the answer was not taken: "+err.Error())
	default:
		say(http.StatusNoContent, "")
	}
}

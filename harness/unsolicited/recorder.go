package unsolicited

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/sipconform/sipconform/harness/engine"
	"github.com/sipconform/sipconform/harness/evidence"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/profile"
)

// Recorder records the episodes of a mock that runs. Its methods may be called from any goroutine.
type Recorder struct {
	log *observation.Log

	mu     sync.Mutex
	sorter *Sorter
	kept   *Kept
	seq    int // of the next event
}

// NewRecorder returns a recorder of what devices do at a product's mock. Settings returns the mock's settings in force;
// folder is one of the recorder's own, in which it keeps episodes.
func NewRecorder(log *observation.Log, product *profile.Product, settings func() map[string]string, folder string) *Recorder {
	r := &Recorder{log: log, kept: Keep(folder)}
	r.sorter = NewSorter(product, settings, r.kept.Put)
	return r
}

// tick is how often the recorder looks whether an episode is over without anything being seen.
const tick = time.Second

// Run records until ctx ends.
func (r *Recorder) Run(ctx context.Context) {
	for ctx.Err() == nil {
		r.listen(ctx)
		r.mu.Lock()
		r.sorter.Pass(time.Since(r.log.Start()))
		r.mu.Unlock()
	}
}

// listen takes events as they come, for a while.
func (r *Recorder) listen(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, tick)
	defer cancel()
	r.mu.Lock()
	seq := r.seq
	r.mu.Unlock()
	_, _ = r.log.WaitFrom(ctx, seq, func(e observation.Event) bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.take(e)
		return false
	})
}

// take sorts an event, unless that was done already.
func (r *Recorder) take(e observation.Event) {
	if e.Seq >= r.seq {
		r.sorter.Take(e)
		r.seq = e.Seq + 1
	}
}

// catchUp sorts what the log has and the recorder has not seen.
func (r *Recorder) catchUp() {
	for _, e := range r.log.Events() {
		r.take(e)
	}
}

// Change ends the episodes that go on, because the mock is about to be changed.
func (r *Recorder) Change() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.catchUp()
	r.sorter.Change()
}

// Record is what was seen and judged so far.
type Record struct {
	Seen      []results.Seen
	Results   []results.Result
	Agents    []string // what devices called themselves in what was judged, sorted
	Forgotten int
	Idle      int
}

// Record judges what was seen so far, and writes the evidence of what could be judged below out. The record is
// returned even if some of it could not be kept or written.
func (r *Recorder) Record(j *Judge, out string) (Record, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.catchUp()
	var record Record
	open := r.sorter.Open()
	asked := r.kept.asked(open)
	idle := 0
	err := r.kept.Each(open, func(e *Episode) error {
		if e.Role == profile.Connecting && asked[e.Device] { // which has got in by now
			idle++
			return nil
		}
		judged := j.Episode(e)
		record.Seen = append(record.Seen, Seen(e, judged))
		if len(judged.Results) == 0 {
			return nil
		}
		record.Agents = append(record.Agents, judged.Agents...)
		files, err := evidence.Write(out, e.Events, evidence.Options{Scenario: e.Name, Start: r.log.Start(), Extent: evidence.Text})
		for i := range judged.Results {
			judged.Results[i].Evidence = files
		}
		record.Results = append(record.Results, judged.Results...)
		return err
	})
	record.Agents = engine.Known(record.Agents)
	record.Forgotten, record.Idle = r.kept.Forgotten()+r.sorter.Missed(), r.sorter.Idle()+idle
	if err == nil {
		err = r.kept.Err()
	}
	return record, err
}

// Files returns the paths of the evidence of an episode.
func Files(e *Episode) results.Evidence {
	return evidence.Paths(e.Events, evidence.Options{Scenario: e.Name, Extent: evidence.Text})
}

// Hash identifies what was judged: which scenarios, by what, and which of their requirements.
func Hash(all []results.Result) string {
	h := sha256.New()
	for i := range all {
		fmt.Fprintln(h, all[i].Name(), strings.Join(all[i].Requirements, " "))
	}
	return hex.EncodeToString(h.Sum(nil))[:16]
}

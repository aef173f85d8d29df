package engine

import (
	"bufio"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/mocks/observation"
)

// shelfBytes is how much of the observations of scenarios that have run stays in memory until they are judged, by the
// measure of [observation.ConnectionBytes]. A scenario waits for those that it rests on, of which one may take its whole
// budget, or for all others; if a device floods meanwhile, hundreds of logs wait. A thousand ordinary ones fit.
const shelfBytes = 64 << 20

// shelf holds the observations of scenarios that wait to be judged: in memory while there is room, else in files.
type shelf struct {
	scratch string // the folder of the files

	mu   sync.Mutex
	used int
}

// shelved are the observations of one scenario. The zero value has none.
type shelved struct {
	events []observation.Event
	size   int
	file   string // instead, if there was no room
}

// put puts a scenario's observations on the shelf.
func (s *shelf) put(events []observation.Event) (shelved, error) {
	one := shelved{events: events, size: observation.Size(events)}
	if s.room(one.size) {
		return one, nil
	}
	f, err := os.CreateTemp(s.scratch, "waiting-")
	if err != nil {
		return shelved{}, err
	}
	one.file, one.events = f.Name(), nil
	if err := errors.Join(store(f, events), f.Close()); err != nil {
		return shelved{}, errors.Join(err, os.Remove(one.file))
	}
	return one, nil
}

// store writes events one by one: an encoder holds in memory what it is given at once.
func store(f *os.File, events []observation.Event) error {
	out := bufio.NewWriter(f)
	encoder := gob.NewEncoder(out)
	for i := range events {
		if err := encoder.Encode(&events[i]); err != nil {
			return err
		}
	}
	return out.Flush()
}

// load reads the events that store has written.
func load(f *os.File) (events []observation.Event, err error) {
	decoder := gob.NewDecoder(bufio.NewReader(f))
	for {
		var e observation.Event
		switch err := decoder.Decode(&e); {
		case errors.Is(err, io.EOF):
			return events, nil
		case err != nil:
			return nil, err
		}
		events = append(events, e)
	}
}

// take takes them off the shelf.
func (s *shelf) take(one shelved) ([]observation.Event, error) {
	if one.file == "" {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.used -= one.size
		return one.events, nil
	}
	f, err := os.Open(one.file)
	if err != nil {
		return nil, err
	}
	events, err := load(f)
	return events, errors.Join(err, f.Close(), os.Remove(one.file))
}

func (s *shelf) room(size int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.used+size > shelfBytes {
		return false
	}
	s.used += size
	return true
}

// shelve puts what a scenario has seen on the shelf, until unshelve.
func (e *Engine) shelve(one *raw) {
	if one == nil {
		return
	}
	one.unexplained = judge.Unexplained(one.events)
	one.waiting, one.lost = e.shelf.put(one.events)
	one.events = nil
}

// unshelve takes it back. Observations that could not be stored are an error of the harness.
func (e *Engine) unshelve(one *raw) {
	if one == nil {
		return
	}
	if one.lost == nil {
		one.events, one.lost = e.shelf.take(one.waiting)
	}
	one.waiting = shelved{}
	if one.lost != nil {
		one.judged, one.events = false, nil
		one.result = stop(one.result, verdict.Error, "observations-lost",
			fmt.Sprintf("what was seen could not be kept until it was judged: %v", one.lost))
	}
}

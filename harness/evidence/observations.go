package evidence

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/sipconform/sipconform/mocks/observation"
)

func writeObservations(w io.Writer, events []observation.Event) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for i := range events {
		if err := enc.Encode(&events[i]); err != nil {
			return err
		}
	}
	return nil
}

// Read returns the events of an observations.jsonl as they were logged. Raw bytes
// come back exactly; text that was not UTF-8 comes back with replacement
// characters. An event out of its place is an error: evidence with a line
// missing proves nothing.
func Read(r io.Reader) ([]observation.Event, error) {
	dec := json.NewDecoder(r)
	var events []observation.Event
	for {
		var e observation.Event
		err := dec.Decode(&e)
		if errors.Is(err, io.EOF) {
			return events, nil
		}
		if err != nil {
			return nil, fmt.Errorf("evidence: observation %d: %w", len(events), err)
		}
		if e.Seq != len(events) {
			return nil, fmt.Errorf("evidence: observation %d stands in place %d", e.Seq, len(events))
		}
		events = append(events, e)
	}
}

// ReadFile is [Read] of the file at path.
func ReadFile(path string) ([]observation.Event, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("evidence: %w", err)
	}
	defer f.Close()
	return Read(bufio.NewReaderSize(f, 64<<10))
}

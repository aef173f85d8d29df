package evidence

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"unicode/utf8"

	"github.com/sipconform/sipconform/mocks/observation"
)

func writeObservations(w io.Writer, events []observation.Event) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for i := range events {
		one := line{Event: &events[i], Bytes: events[i].Bytes}
		if isText(&events[i]) {
			one.Bytes, one.Message = nil, string(events[i].Bytes)
		}
		if err := enc.Encode(&one); err != nil {
			return err
		}
	}
	return nil
}

// line is an event as it is stored: SIP is text, which a person can read and which takes half the room, as long as
// it is UTF-8 and nothing in it needs more room than base64.
type line struct {
	*observation.Event
	Bytes   []byte `json:"bytes,omitempty"` // in the place of the event's
	Message string `json:"message,omitempty"`
}

func isText(e *observation.Event) bool {
	control := func(r rune) bool { return r < ' ' && r != '\r' && r != '\n' && r != '\t' || r == 0x7f }
	return e.Kind == observation.SIP && utf8.Valid(e.Bytes) && !bytes.ContainsFunc(e.Bytes, control)
}

// Keep writes the observations of a scenario below dir, where [Write] would write them, and
// returns the SHA-256 of the file in hexadecimal. With [Recall], a later run goes on from them.
func Keep(dir, scenario string, events []observation.Event, packer *Packer) (digest string, err error) {
	folder, err := Folder(scenario)
	if err != nil {
		return "", err
	}
	full := filepath.Join(dir, filepath.FromSlash(folder))
	if err := os.MkdirAll(full, 0o777); err != nil {
		return "", fmt.Errorf("evidence: %w", err)
	}
	sum := sha256.New()
	w := writer{buf: bufio.NewWriterSize(io.Discard, bufferSize)}
	err = w.write(filepath.Join(full, ObservationsFile+packed), func(out *bufio.Writer) error {
		return packer.Pack(io.MultiWriter(out, sum), func(out *bufio.Writer) error { return writeObservations(out, events) })
	})
	if err != nil {
		return "", fmt.Errorf("evidence: %s: %w", scenario, err)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// Recall returns the observations that [Keep] wrote. It is an error if they have not the
// digest that Keep returned.
func Recall(dir, scenario, digest string) ([]observation.Event, error) {
	folder, err := Folder(scenario)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(filepath.Join(dir, filepath.FromSlash(folder), ObservationsFile+packed))
	if err != nil {
		return nil, fmt.Errorf("evidence: %w", err)
	}
	defer f.Close()
	sum := sha256.New()
	events, err := Read(io.TeeReader(f, sum))
	if err != nil {
		return nil, err
	}
	if hex.EncodeToString(sum.Sum(nil)) != digest {
		return nil, fmt.Errorf("evidence: the observations of %s are not those that were written", scenario)
	}
	return events, nil
}

// maxSize bounds what events take, by the measure of a log, which keeps half of it.
const maxSize = 2 * observation.ScenarioBytes

// Read returns the events of an observations.jsonl as they were logged, compressed or not. Raw bytes
// come back exactly; text that was not UTF-8 comes back with replacement
// characters. An event out of its place is an error: evidence with a line
// missing proves nothing. So are more events than a log holds.
func Read(r io.Reader) ([]observation.Event, error) {
	in, err := unpack(r)
	if err != nil {
		return nil, err
	}
	dec := json.NewDecoder(in)
	var events []observation.Event
	for size := 0; ; {
		var e observation.Event
		one := line{Event: &e}
		err := dec.Decode(&one)
		if errors.Is(err, io.EOF) {
			return events, nil
		}
		if err != nil {
			return nil, fmt.Errorf("evidence: observation %d: %w", len(events), err)
		}
		if e.Bytes = one.Bytes; one.Message != "" {
			e.Bytes = []byte(one.Message)
		}
		if e.Seq != len(events) {
			return nil, fmt.Errorf("evidence: observation %d stands in place %d", e.Seq, len(events))
		}
		events = append(events, e)
		if size += observation.Size(events[e.Seq:]); size > maxSize {
			return nil, fmt.Errorf("evidence: observation %d: %w", e.Seq, errTooMuch)
		}
	}
}

// ReadFile is [Read] of the file at path.
func ReadFile(path string) ([]observation.Event, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("evidence: %w", err)
	}
	defer f.Close()
	return Read(f)
}

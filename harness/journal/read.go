package journal

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"time"

	"github.com/sipconform/sipconform/harness/results"
)

// Content is what a journal holds.
type Content struct {
	Header Header
	// Ran are the scenarios that ran, in the order in which they ended.
	Ran []Ran
	// Ended tells that the run came to its end, of one that keeps its journal.
	Ended bool
	// Spent is how long the runs took that wrote it, up to the end of the last scenario
	// of each.
	Spent time.Duration

	size int64 // of the lines that are whole
}

// maxLine bounds a line. The longest is the header, or the result of a scenario.
const maxLine = 16 << 20

// errNotOurs says that a file has the name of a journal and is none.
var errNotOurs = errors.New("it is no journal of a run")

// Read reads the journal in a folder. A journal ends with the first line that is not
// whole: the process that wrote it was killed meanwhile, or the machine went down. It is
// an error that wraps [fs.ErrNotExist] if there is none.
func Read(dir string) (*Content, error) {
	file := filepath.Join(dir, File)
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	c := new(Content)
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, maxLine)
	lines.Split(whole)
	if !lines.Scan() || json.Unmarshal(lines.Bytes(), &c.Header) != nil || c.Header.Schema != Schema {
		return nil, fmt.Errorf("%s: %w, or of another version", file, errNotOurs)
	}
	c.size = int64(len(lines.Bytes()))
	began, last := c.Header.Started, c.Header.Started
	for lines.Scan() {
		var e Entry
		if json.Unmarshal(lines.Bytes(), &e) != nil {
			break
		}
		c.size += int64(len(lines.Bytes()))
		switch {
		case e.Ran != nil:
			c.Ran = append(c.Ran, *e.Ran)
			if end := e.Ran.Start.Add(time.Duration(e.Ran.DurationMS) * time.Millisecond); end.After(last) {
				last = end
			}
		case e.Resumed != nil:
			c.Spent += last.Sub(began)
			began, last = *e.Resumed, *e.Resumed
		case e.Ended != nil:
			c.Ended = true
		}
	}
	c.Spent += last.Sub(began)
	if err := lines.Err(); err != nil && !errors.Is(err, bufio.ErrTooLong) {
		return nil, err
	}
	return c, nil
}

// whole splits lines, each with its end. What follows the last end is none.
func whole(data []byte, _ bool) (int, []byte, error) {
	if i := bytes.IndexByte(data, '\n'); i >= 0 {
		return i + 1, data[:i+1], nil
	}
	return 0, nil, nil
}

// same returns an error that names what differs between the header of a journal and that
// of the run that wants to go on.
func (h Header) same(now Header) error {
	differ := h.differences(now, "%s was %v and is %v")
	switch a, b := h.Plan.Shard, now.Plan.Shard; {
	case len(differ) > 0:
	case shardOf(a) != shardOf(b):
		differ = append(differ, fmt.Sprintf("it was %s and is %s", shardOf(a), shardOf(b)))
	case a != nil && a.Split != b.Split:
		differ = append(differ, fmt.Sprintf("the plan was divided as %s and is divided as %s, by other durations", a.Split, b.Split))
	}
	if len(differ) == 0 {
		return nil
	}
	return fmt.Errorf("%s. Give it the settings of the first run, or begin anew without -resume", strings.Join(differ, "; "))
}

func shardOf(s *results.Shard) string {
	if s == nil {
		return "all of the plan"
	}
	return s.String()
}

// SameWhole returns an error that names what keeps two journals from being of shards of one whole.
func (h Header) SameWhole(other Header) error {
	if differ := h.differences(other, "%s is %v there and %v here"); len(differ) > 0 {
		return errors.New(strings.Join(differ, "; "))
	}
	return nil
}

// differences says what differs between two headers, whatever shard they are of: with the name of the thing, what it is in the
// one and what in the other.
func (h Header) differences(now Header, format string) (differ []string) {
	compare := func(what string, then, now any) {
		if !reflect.DeepEqual(then, now) {
			differ = append(differ, fmt.Sprintf(format, what, then, now))
		}
	}
	text := func(s string) string { return fmt.Sprintf("%q", s) }
	compare("the device", h.Device.Name, now.Device.Name)
	compare("its version", text(h.Device.Version), text(now.Device.Version))
	compare("the filter", text(h.Plan.Filter), text(now.Plan.Filter))
	compare("the date", h.AsOf, now.AsOf)
	compare("the seed", h.Seed, now.Seed)
	compare("evidence", h.Evidence, now.Evidence)
	compare("full coverage", h.Plan.FullCoverage, now.Plan.FullCoverage)
	compare("isolation", h.Harness.Isolation, now.Harness.Isolation)
	compare("the version of sipconform", h.Harness.Version, now.Harness.Version)
	if len(differ) == 0 {
		compare("the plan", h.Plan.Hash, now.Plan.Hash)
		compare("what the device can do", comparable(h.Device.Capabilities), comparable(now.Device.Capabilities))
		compare("its configurations", fmt.Sprint(h.Device.Configurations), fmt.Sprint(now.Device.Configurations))
	}
	return differ
}

func comparable(list []string) string { return strings.Join(list, " ") }

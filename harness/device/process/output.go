package process

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/sipconform/sipconform/mocks/observation"
)

// logName is the file in the session's folder for the output of the device's programs.
const logName = "device.log"

// longestTail is the most that is kept of the end of a long output, in bytes.
const longestTail = 256 << 10

// outputLog is device.log. Its size is limited, and the programs of the session share it. Of an output that is longer it has
// the head, the number of bytes that are left out, and the tail.
type outputLog struct {
	mu     sync.Mutex
	file   *os.File
	limit  int64
	left   int64 // for the head
	tail   tail
	failed func(error) // called once, if the file cannot be written
}

func newOutputLog(dir string, limit Size, failed func(error)) (*outputLog, error) {
	file, err := os.OpenFile(filepath.Join(dir, logName), os.O_CREATE|os.O_RDWR|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	size := min(int64(limit)/4, longestTail)
	return &outputLog{file: file, limit: int64(limit), left: int64(limit) - size, tail: tail{size: int(size)}, failed: failed}, nil
}

// write appends text to the head, and to the tail what there is no room for.
func (l *outputLog) write(text []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	head := text[:min(int64(len(text)), l.left)]
	l.left -= int64(len(head))
	l.put(head)
	l.tail.write(text[len(head):])
}

// finish writes the tail. The programs have ended.
func (l *outputLog) finish() {
	l.mu.Lock()
	defer l.mu.Unlock()
	dropped, text := l.tail.end()
	if dropped > 0 {
		l.put(fmt.Appendf(nil, "\n[%d bytes of the output were left out here]\n", dropped))
	}
	l.put(text)
}

// put writes to the file. What fails is told once.
func (l *outputLog) put(text []byte) {
	if _, err := l.file.Write(text); err != nil && l.failed != nil {
		l.failed(err)
		l.failed = nil
	}
}

// contents returns what was written. It reads the file that was opened, whatever the device
// has put in its place, and no more than the limit and a line.
func (l *outputLog) contents() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	printed, err := io.ReadAll(io.NewSectionReader(l.file, 0, l.limit+maxLine))
	if err != nil {
		return nil // nothing is kept of what cannot be read
	}
	return printed
}

// Of a session's output, the record keeps the head and the tail, in bytes: what a device
// says when it starts, and what it says last.
const (
	keptHead = 64 << 10
	keptTail = 192 << 10
)

// kept returns what the record keeps of a session's output.
func kept(printed []byte) string {
	left := len(printed) - keptHead - keptTail
	if left <= 0 {
		return string(printed)
	}
	return fmt.Sprintf("%s\n[%d bytes were left out]\n%s", printed[:keptHead], left, printed[len(printed)-keptTail:])
}

// keepOutput logs what the device's programs printed, as evidence.
func (s *session) keepOutput(printed []byte) {
	if text := strings.Trim(kept(printed), "\n"); text != "" {
		s.note(observation.DeviceOutput, "", 0, text)
	}
}

// Close closes the file.
func (l *outputLog) Close() error { return l.file.Close() }

// maxLine is the length of the longest line of output, in bytes. A longer one is split.
const maxLine = 4 << 10

// lastLines is how many lines of its output the end of a program is reported with.
const lastLines = 5

// outputWriter splits the output of a program into lines.
type outputWriter struct {
	log    *outputLog
	prefix string
	hear   func(line string)

	mu   sync.Mutex
	rest []byte
	last []string
}

// Write never fails, so that no program is stopped by its own output.
func (w *outputWriter) Write(chunk []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.rest = append(w.rest, chunk...)
	left := w.rest
	for {
		text, rest, complete := cutLine(left)
		if !complete {
			w.rest = append(w.rest[:0], left...) // once, however many lines there were
			return len(chunk), nil
		}
		w.take(text)
		left = rest
	}
}

// cutLine returns the first line. Lines end with LF or CR, with which programs redraw a status.
func cutLine(data []byte) (text, rest []byte, complete bool) {
	i := bytes.IndexAny(data, "\r\n")
	switch {
	case i >= 0 && i <= maxLine:
		return data[:i], data[i+1:], true
	case len(data) > maxLine:
		return data[:maxLine], data[maxLine:], true
	}
	return nil, nil, false
}

// flush handles an unfinished last line.
func (w *outputWriter) flush() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.rest) > 0 {
		w.take(w.rest)
		w.rest = nil
	}
}

// take handles a line. The caller holds w.mu.
func (w *outputWriter) take(text []byte) {
	line := string(bytes.TrimRight(text, " \t"))
	if line == "" {
		return
	}
	w.log.write([]byte(w.prefix + line + "\n"))
	if w.last = append(w.last, line); len(w.last) > lastLines {
		w.last = w.last[1:]
	}
	w.hear(line)
}

// tail returns the last lines of the output.
func (w *outputWriter) tail() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]string(nil), w.last...)
}

package process

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"sync"
)

// logName is the file in the session's folder that keeps what the device's
// programs write.
const logName = "device.log"

// outputLog is device.log: bounded, and shared by the session's programs.
type outputLog struct {
	mu   sync.Mutex
	file *os.File
	left int64
}

func newOutputLog(dir string, limit Size) (*outputLog, error) {
	file, err := os.OpenFile(filepath.Join(dir, logName), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	return &outputLog{file: file, left: int64(limit)}, nil
}

// write adds text, or as much of it as there is room for.
func (l *outputLog) write(text []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.left <= 0 {
		return
	}
	cut := int64(len(text)) > l.left
	if cut {
		text = text[:l.left]
	}
	l.left -= int64(len(text))
	_, _ = l.file.Write(text) // evidence only: a full disk shows elsewhere
	if cut {
		_, _ = fmt.Fprintln(l.file, "\n[the rest of the output was dropped]")
	}
}

func (l *outputLog) Close() error { return l.file.Close() }

// maxLine bounds a line of output, in bytes: a longer one is taken in parts.
const maxLine = 4 << 10

// lastLines is how much of its output a program is remembered by.
const lastLines = 5

// outputWriter takes one program's output, line by line.
type outputWriter struct {
	log    *outputLog
	prefix string
	hear   func(line string)

	mu   sync.Mutex
	rest []byte
	last []string
}

// Write never fails: a program must not stop because of what it says.
func (w *outputWriter) Write(chunk []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.rest = append(w.rest, chunk...)
	for {
		text, rest, complete := cutLine(w.rest)
		if !complete {
			return len(chunk), nil
		}
		w.take(text)
		w.rest = append(w.rest[:0], rest...)
	}
}

// cutLine ends lines at LF and at CR, with which programs redraw a status.
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

// flush takes what came after the last end of line.
func (w *outputWriter) flush() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.rest) > 0 {
		w.take(w.rest)
		w.rest = nil
	}
}

// take needs the lock.
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

// tail is the last lines of the output.
func (w *outputWriter) tail() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]string(nil), w.last...)
}

package evidence

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/mocks/observation"
)

// packedOf returns text compressed by pack.
func packedOf(t testing.TB, text string) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := new(Packer).Pack(&out, func(w *bufio.Writer) error { _, err := w.WriteString(text); return err }); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestPackIsTheSame: the same contents give the same file, whose header tells nothing.
func TestPackIsTheSame(t *testing.T) {
	t.Parallel()
	a := packedOf(t, register)
	if b := packedOf(t, register); !bytes.Equal(a, b) {
		t.Errorf("%x and %x", a, b)
	}
	z, err := gzip.NewReader(bytes.NewReader(a))
	if err != nil || !z.ModTime.IsZero() || z.Name != "" || z.Comment != "" || len(z.Extra) > 0 {
		t.Errorf("the header is %+v: %v", z.Header, err)
	}
}

// TestReadRefusesTooMuch: what would fill the memory is refused, compressed or not, however it is made.
func TestReadRefusesTooMuch(t *testing.T) {
	t.Parallel()
	var many strings.Builder
	for i := range maxSize/512 + 1 {
		fmt.Fprintf(&many, "{\"seq\":%d}\n", i)
	}
	for name, contents := range map[string]io.Reader{
		"many events":        strings.NewReader(many.String()),
		"many events packed": bytes.NewReader(packedOf(t, many.String())),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := Read(contents); !errors.Is(err, errTooMuch) {
				t.Errorf("Read = %v, want %v", err, errTooMuch)
			}
		})
	}
	for name, contents := range map[string]io.Reader{"a text without end": letters{}, "a bomb": bomb(t)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			unpacked, err := unpack(contents)
			if err != nil {
				t.Fatal(err)
			}
			if n, err := io.Copy(io.Discard, unpacked); !errors.Is(err, errTooMuch) || n > maxUnpacked {
				t.Errorf("%d bytes and %v, want %v", n, err, errTooMuch)
			}
		})
	}
}

// letters is a reader that has no end.
type letters struct{}

func (letters) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'a'
	}
	return len(p), nil
}

// bomb returns a small file that is unpacked to more than a file of evidence may have.
func bomb(t *testing.T) io.Reader {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if _, err := io.CopyN(z, letters{}, maxUnpacked+1); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if out.Len() > maxUnpacked/100 {
		t.Fatalf("it has %d bytes", out.Len())
	}
	return &out
}

// TestReadRefusesCutShort: a compressed file is noticed that lacks its end, wherever it was cut.
func TestReadRefusesCutShort(t *testing.T) {
	t.Parallel()
	whole := packedOf(t, `{"seq":0,"at_ns":1,"kind":"note"}`+"\n"+`{"seq":1,"at_ns":2,"kind":"note"}`+"\n")
	if events, err := Read(bytes.NewReader(whole)); err != nil || len(events) != 2 {
		t.Fatalf("Read = %d events, %v", len(events), err)
	}
	for n := 3; n < len(whole); n++ {
		if _, err := Read(bytes.NewReader(whole[:n])); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("Read of %d bytes of %d = %v, want %v", n, len(whole), err, io.ErrUnexpectedEOF)
		}
	}
	damaged := bytes.Clone(whole)
	damaged[len(damaged)-6] ^= 1 // of the checksum
	if _, err := Read(bytes.NewReader(damaged)); !errors.Is(err, gzip.ErrChecksum) {
		t.Errorf("Read of a damaged file = %v, want %v", err, gzip.ErrChecksum)
	}
}

// TestEarlierFilesAreRead: observations of versions that compressed nothing are read, and go when they are written again.
func TestEarlierFilesAreRead(t *testing.T) {
	t.Parallel()
	dir, events := t.TempDir(), typical(nil)
	files, err := Write(dir, events, Options{Extent: Loose})
	if err != nil || !Earlier(files) {
		t.Fatalf("Write = %+v, %v", files, err)
	}
	read, err := ReadFile(filepath.Join(dir, files.Observations))
	if err != nil || len(read) != len(events) {
		t.Errorf("read %d events of %d: %v", len(read), len(events), err)
	}
	if files, err = Write(dir, events, Options{}); err != nil || Earlier(files) || ExtentOf(files) != Least {
		t.Fatalf("Write = %+v, %v", files, err)
	}
	if _, err := os.Stat(filepath.Join(dir, ObservationsFile)); !os.IsNotExist(err) {
		t.Errorf("%s is still there: %v", ObservationsFile, err)
	}
}

// BenchmarkPack tells what each level of compression costs and saves.
func BenchmarkPack(b *testing.B) {
	var lines bytes.Buffer
	if err := writeObservations(&lines, observationsOf(b)); err != nil {
		b.Fatal(err)
	}
	for _, level := range []int{gzip.BestSpeed, 3, gzip.DefaultCompression, gzip.BestCompression} {
		b.Run(fmt.Sprint("level ", level), func(b *testing.B) {
			var out bytes.Buffer
			for b.Loop() {
				out.Reset()
				z, err := gzip.NewWriterLevel(&out, level)
				if err != nil {
					b.Fatal(err)
				}
				if _, err = z.Write(lines.Bytes()); err != nil || z.Close() != nil {
					b.Fatal(err)
				}
			}
			b.SetBytes(int64(lines.Len()))
			b.ReportMetric(float64(out.Len())/float64(lines.Len()), "of-its-size")
		})
	}
}

// observationsOf returns the events of the file that OBSERVATIONS names, or of a typical scenario.
func observationsOf(b *testing.B) []observation.Event {
	file := os.Getenv("OBSERVATIONS")
	if file == "" {
		return typical([][]byte{wildcard()})
	}
	events, err := ReadFile(file)
	if err != nil {
		b.Fatal(err)
	}
	return events
}

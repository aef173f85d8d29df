package evidence

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"sync"
)

// packed is what the name of a compressed file ends with.
const packed = ".gz"

// level is how hard files are compressed. Most of what fills them is encrypted: of the 24 MB of observations of the reference
// device, level 1 leaves 12.6 MB, level 3 12.0 MB in half a second of a processor, and level 6 11.8 MB in a third more time.
const level = 3

// maxUnpacked bounds what a file of evidence is unpacked to, in bytes. A log bounds its events, whose JSON is far shorter,
// but evidence may come from anybody.
const maxUnpacked = 128 << 20

// errTooMuch is the error of a file that holds more than any scenario's can.
var errTooMuch = errors.New("it holds more than any scenario's evidence can: it is refused")

// Packer compresses files by gzip, one or several at a time. What a compression needs, about a megabyte, is kept for the
// next: a run compresses thousands of small files. The zero value is ready to use.
type Packer struct {
	// Level is how hard it compresses: see [gzip.NewWriterLevel]. 0 is that of the files of evidence.
	Level int

	idle sync.Pool
}

// Pack has fill write to w through gzip. The header has neither name nor time, so that the same contents are the same file.
func (p *Packer) Pack(w io.Writer, fill func(*bufio.Writer) error) error {
	z, ok := p.idle.Get().(*gzip.Writer)
	if ok {
		z.Reset(w)
	} else {
		var err error
		if z, err = gzip.NewWriterLevel(w, cmp.Or(p.Level, level)); err != nil {
			return err
		}
	}
	defer p.idle.Put(z)
	out := bufio.NewWriterSize(z, 16<<10)
	if err := fill(out); err != nil {
		return err
	}
	return errors.Join(out.Flush(), z.Close())
}

// unpack returns what r has, decompressed if it is compressed, and bounded.
func unpack(r io.Reader) (io.Reader, error) {
	in := bufio.NewReaderSize(r, 64<<10)
	if magic, _ := in.Peek(2); !bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		return &bounded{in, maxUnpacked}, nil
	}
	z, err := gzip.NewReader(in)
	if err != nil {
		return nil, fmt.Errorf("evidence: %w", whole(err))
	}
	return &bounded{z, maxUnpacked}, nil
}

// whole says of a compressed file that was cut short what it is.
func whole(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// bounded is a reader that refuses to read on after so many bytes.
type bounded struct {
	r    io.Reader
	left int64
}

// Read reads up to the bound.
func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errTooMuch
	}
	n, err := b.r.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}

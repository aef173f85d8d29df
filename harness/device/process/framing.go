package process

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
)

// maxFrame is the size of the longest control message, in bytes.
const maxFrame = 64 << 10

// framer finds the messages in what a device sends. After an error it finds nothing more. The caller may keep the frames.
type framer interface {
	frames(chunk []byte) ([][]byte, error)
}

func newFramer(f Framing) framer {
	if f == Netstring {
		return &netstrings{}
	}
	return &lines{}
}

// frame returns a message as it is sent to a device.
func frame(f Framing, message []byte) ([]byte, error) {
	if f == Netstring {
		return fmt.Appendf(nil, "%d:%s,", len(message), message), nil
	}
	if bytes.ContainsAny(message, "\r\n\x00") {
		return nil, fmt.Errorf("the control message %q must be one line", message)
	}
	return append(bytes.Clone(message), '\n'), nil
}

// errFrameTooLong is an error of both framings.
var errFrameTooLong = fmt.Errorf("a control message is longer than %d bytes", maxFrame)

// lines is the framing in which messages end with LF or CR LF.
type lines struct {
	rest   []byte
	failed bool
}

func (l *lines) frames(chunk []byte) (found [][]byte, err error) {
	if l.failed {
		return nil, nil
	}
	l.rest = append(l.rest, chunk...)
	for {
		line, rest, complete := bytes.Cut(l.rest, []byte("\n"))
		if len(line) > maxFrame {
			l.failed, l.rest = true, nil
			return found, errFrameTooLong
		}
		if !complete {
			return found, nil
		}
		found = append(found, bytes.Clone(bytes.TrimSuffix(line, []byte("\r"))))
		l.rest = rest
	}
}

// netstrings is the framing "5:hello,": https://cr.yp.to/proto/netstrings.txt.
type netstrings struct {
	rest   []byte
	failed bool
}

var errNotNetstring = errors.New("a control message is not a netstring")

func (n *netstrings) frames(chunk []byte) (found [][]byte, err error) {
	if n.failed {
		return nil, nil
	}
	n.rest = append(n.rest, chunk...)
	for {
		content, rest, err := cutNetstring(n.rest)
		if err != nil {
			n.failed, n.rest = true, nil
			return found, err
		}
		if content == nil {
			return found, nil
		}
		found = append(found, bytes.Clone(content))
		n.rest = rest
	}
}

// cutNetstring returns the content of the first netstring, or nil if it is not complete yet.
func cutNetstring(data []byte) (content, rest []byte, err error) {
	digits, after, complete := bytes.Cut(data, []byte(":"))
	if len(digits) > len(strconv.Itoa(maxFrame)) {
		return nil, nil, errNotNetstring
	}
	for _, c := range digits {
		if c < '0' || c > '9' {
			return nil, nil, errNotNetstring
		}
	}
	if !complete {
		return nil, nil, nil
	}
	length, err := strconv.Atoi(string(digits))
	if err != nil {
		return nil, nil, errNotNetstring
	}
	if length > maxFrame {
		return nil, nil, errFrameTooLong
	}
	if len(after) <= length {
		return nil, nil, nil
	}
	if after[length] != ',' {
		return nil, nil, errNotNetstring
	}
	return after[:length:length], after[length+1:], nil
}

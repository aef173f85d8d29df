package process

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
)

// maxFrame bounds one control message, in bytes.
const maxFrame = 64 << 10

// framer finds the messages in what a device sends. After an error it finds
// nothing more. Frames are the caller's to keep.
type framer interface {
	frames(chunk []byte) ([][]byte, error)
}

func newFramer(f Framing) framer {
	if f == Netstring {
		return &netstrings{}
	}
	return &lines{}
}

// frame is message as a device wants to be sent it.
func frame(f Framing, message []byte) ([]byte, error) {
	if f == Netstring {
		return fmt.Appendf(nil, "%d:%s,", len(message), message), nil
	}
	if bytes.ContainsAny(message, "\r\n\x00") {
		return nil, fmt.Errorf("the control message %q must be one line", message)
	}
	return append(bytes.Clone(message), '\n'), nil
}

var errFrameTooLong = fmt.Errorf("a control message of more than %d bytes", maxFrame)

// lines end with LF, or with CR LF.
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

// netstrings are "5:hello,": https://cr.yp.to/proto/netstrings.txt.
type netstrings struct {
	rest   []byte
	failed bool
}

var errNotNetstring = errors.New("control data that is no netstring")

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

// cutNetstring returns nil content for a netstring that is not complete yet.
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

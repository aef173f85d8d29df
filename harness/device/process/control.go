package process

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"
)

// control is the connection on which a device is told what to do.
type control struct {
	protocol *Control
	events   events
	hear     func(saying)

	stream interface {
		io.Writer
		SetWriteDeadline(time.Time) error
	}
	close func() // ends the reader and waits for it

	mu    sync.Mutex // one exchange at a time
	token int

	framer framer // used by one reader
	bad    bool   // by the same
}

// dialEvery is how often an address is tried that does not answer yet.
const dialEvery = 10 * time.Millisecond

// dial tries until the device answers or ctx is done. failed is closed when
// there is no use in waiting.
func dial(ctx context.Context, network, address string, failed <-chan struct{}) (net.Conn, error) {
	retry := time.NewTicker(dialEvery)
	defer retry.Stop()
	var dialer net.Dialer
	for {
		conn, err := dialer.DialContext(ctx, network, address)
		if err == nil {
			return conn, nil
		}
		select {
		case <-retry.C:
		case <-failed:
			return nil, err
		case <-ctx.Done():
			return nil, fmt.Errorf("%s %s does not answer: %w", network, address, err)
		}
	}
}

// overConn reads and writes conn until close.
func (c *control) overConn(conn net.Conn) {
	c.stream = conn
	var reading sync.WaitGroup
	reading.Go(func() {
		_, err := io.Copy(c, conn)
		if err == nil || !errors.Is(err, net.ErrClosed) {
			c.hear(saying{kind: saidEvent, text: "CONTROL_CLOSED"})
		}
	})
	c.close = func() {
		_ = conn.Close()
		reading.Wait()
	}
}

// Write takes what the device sent. It never fails, whatever that is.
func (c *control) Write(chunk []byte) (int, error) {
	if c.framer == nil {
		c.framer = newFramer(c.protocol.Framing)
	}
	frames, err := c.framer.frames(chunk)
	for _, f := range frames {
		for _, s := range c.understand(f) {
			c.hear(s)
		}
	}
	if err != nil && !c.bad {
		c.bad = true
		c.hear(saying{kind: saidEvent, text: "CONTROL_BROKEN " + err.Error()})
	}
	return len(chunk), nil
}

// understand is what a message says. It may be nothing.
func (c *control) understand(message []byte) []saying {
	if c.protocol.Format == PlainText {
		text := string(message)
		return append(c.events.inLine(text), saying{kind: saidLine, text: text})
	}
	var fields map[string]any
	if err := json.Unmarshal(message, &fields); err != nil || fields == nil {
		return []saying{{kind: saidEvent, text: "CONTROL_BROKEN a message that is no JSON object"}}
	}
	if told := c.events.inObject(fields); told != nil {
		return told
	}
	if c.protocol.Reply == nil {
		return nil
	}
	s := saying{kind: saidReply, token: text(fields[c.protocol.Token]), text: text(fields[c.protocol.Reply.Error])}
	if ok, present := fields[c.protocol.Reply.OK].(bool); present && !ok {
		s.reply = refused
	}
	if unsupported, _ := fields[c.protocol.Reply.Unsupported].(bool); unsupported {
		s.reply = unknown
	}
	return []saying{s}
}

// events are a descriptor's.
type events []Event

// inObject is the event that a JSON message tells of, nil if it tells of none.
func (es events) inObject(fields map[string]any) []saying {
	for _, e := range es {
		if name, ok := fields[e.Field]; ok && e.Field != "" {
			return []saying{{kind: saidEvent, text: trimmed(text(name) + " " + text(fields[e.Detail]))}}
		}
	}
	return nil
}

// inLine are the events that a line of text, or of output, tells of.
func (es events) inLine(line string) []saying {
	var found []saying
	for _, e := range es {
		if e.Pattern.IsZero() {
			continue
		}
		if m := e.Pattern.FindStringSubmatchIndex(line); m != nil {
			name := e.Pattern.ExpandString(nil, e.Name, line, m)
			found = append(found, saying{kind: saidEvent, text: trimmed(string(name))})
		}
	}
	return found
}

// maxText bounds what is kept of one event, in bytes.
const maxText = 1 << 10

func trimmed(s string) string {
	s = strings.TrimRight(s, " ")
	return s[:min(len(s), maxText)]
}

// text is a field's value as text, "" for one that is absent.
func text(value any) string {
	switch value := value.(type) {
	case nil:
		return ""
	case string:
		return value
	case float64:
		return strconv.FormatFloat(value, 'f', -1, 64)
	}
	return fmt.Sprint(value)
}

// nextToken needs the lock.
func (c *control) nextToken() string {
	c.token++
	return strconv.Itoa(c.token)
}

// send writes one message. It needs the lock.
func (c *control) send(ctx context.Context, message []byte) error {
	framed, err := frame(c.protocol.Framing, message)
	if err != nil {
		return err
	}
	deadline, _ := ctx.Deadline()
	if err := c.stream.SetWriteDeadline(deadline); err != nil {
		return err
	}
	_, err = c.stream.Write(framed)
	return err
}

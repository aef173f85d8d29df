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

	"github.com/sipconform/sipconform/mocks/observation"
)

// controlChannel is the connection on which a device is told what to do, and reports events.
type controlChannel struct {
	protocol *ControlProtocol
	events   events
	hear     func(saying)
	log      *observation.Log // of the session, for a panic while the device's words are read

	stream interface {
		io.Writer
		SetWriteDeadline(time.Time) error
	}
	close func() // ends the reader and waits for it

	mu    sync.Mutex // held for one exchange at a time
	token int        // the last one used

	framer framer // used by the reader alone
	broken bool   // as is this: the reader has reported that the framing is broken
}

// dialEvery is the time between attempts to connect to an address that does not answer yet.
const dialEvery = 10 * time.Millisecond

// dial tries to connect until the device answers, ctx is done, or failed is closed because the device never will answer.
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

// overConn uses conn as the channel until close is called.
func (c *controlChannel) overConn(conn net.Conn) {
	c.stream = conn
	var reading sync.WaitGroup
	reading.Go(func() {
		defer c.log.Guard("", "reading what the device says")
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

// Write handles what the device sent. It never fails.
func (c *controlChannel) Write(chunk []byte) (n int, _ error) {
	n = len(chunk) // even after a panic
	defer c.log.Guard("", "reading what the device says")
	if c.framer == nil {
		c.framer = newFramer(c.protocol.Framing)
	}
	frames, err := c.framer.frames(chunk)
	for _, f := range frames {
		for _, s := range c.understand(f) {
			c.hear(s)
		}
	}
	if err != nil && !c.broken {
		c.broken = true
		c.hear(saying{kind: saidEvent, text: "CONTROL_BROKEN " + err.Error()})
	}
	return n, nil
}

// understand returns what a message says, which may be nothing.
func (c *controlChannel) understand(message []byte) []saying {
	if c.protocol.Format == PlainText {
		text := string(message)
		return append(c.events.inLine(text), saying{kind: saidLine, text: text})
	}
	var fields map[string]any
	if err := json.Unmarshal(message, &fields); err != nil || fields == nil {
		return []saying{{kind: saidEvent, text: "CONTROL_BROKEN a message that is not a JSON object"}}
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

// events are the events of a descriptor.
type events []Event

// inObject returns the event in a JSON message, or nil.
func (es events) inObject(fields map[string]any) []saying {
	for _, e := range es {
		if name, ok := fields[e.Field]; ok && e.Field != "" {
			return []saying{{kind: saidEvent, text: trimmed(text(name) + " " + text(fields[e.Detail]))}}
		}
	}
	return nil
}

// inLine returns the events in a line of text or output.
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

// maxText is how many bytes of an event are kept.
const maxText = 1 << 10

// trimmed returns s without trailing spaces, cut to maxText.
func trimmed(s string) string {
	s = strings.TrimRight(s, " ")
	return s[:min(len(s), maxText)]
}

// text returns the value of a JSON field as text, "" for a field that is absent.
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

// nextToken returns a token for a new command. The caller holds c.mu.
func (c *controlChannel) nextToken() string {
	c.token++
	return strconv.Itoa(c.token)
}

// send writes a message. The caller holds c.mu.
func (c *controlChannel) send(ctx context.Context, message []byte) error {
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

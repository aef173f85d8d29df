package tlspeer

import (
	"bytes"
	"cmp"
	"errors"
	"net"
	"slices"
	"sync/atomic"

	"github.com/sipconform/sipconform/mocks/observation"
)

// Tap logs a connection's TLS layer. A nil *Tap logs nothing. The events are:
//
//   - ClientHello, the device's (In) or the mock's own (Out), as soon as it has
//     passed, whatever becomes of the handshake. The second hello that answers a
//     HelloRetryRequest is not reported.
//   - TLSAlert, for each alert that passes in clear, and for an encrypted one
//     from the device if the engine tells which it was, or if it ends the stream
//     in good order, as close_notify alone does. The mock's own encrypted alerts
//     are reported if they are about the device's certificate.
//   - TLSHandshake, once, when the handshake has ended.
//   - Fault, if no engine of this machine can do what the rules ask for, if the
//     machine is short of something that the handshake needs, or if the engine could not
//     do its part, in the handshake or later.
//   - Renegotiation, if the device begins another handshake on the connection.
//   - TLSKeyLog, one for each line in the format of NSS key logs.
//   - Unexpected, with the first bytes, if the device's stream is not TLS at all
//     (SIP in clear, say) or its ClientHello cannot be read.
//   - Wire, for each segment, if that is asked for.
//
// What the mock sends is logged just before it is written to the connection, so that an answer never comes before its
// cause.
type Tap struct {
	// Log receives the events. It must be set.
	Log *observation.Log
	// Conn is the connection's name in the events, see [observation.Event].
	Conn string
	// Wire adds a Wire event with a copy of the bytes for each segment that is read or written. Without it the bytes
	// are not kept.
	Wire bool
}

func (t *Tap) append(e observation.Event) {
	if t == nil {
		return
	}
	e.Conn = t.Conn
	t.Log.Append(e)
}

// notEmulated logs that this machine cannot do what the rules ask for.
func (t *Tap) notEmulated(err error) {
	t.append(observation.Event{Kind: observation.Fault, Fault: cmp.Or(observation.Shortage(err), observation.NotEmulated), Text: err.Error()})
}

// short logs an error if it says that the machine is short of something.
func (t *Tap) short(doing string, err error) {
	if t != nil {
		t.Log.Short(t.Conn, doing, err)
	}
}

// engineFailed logs an error if it says that the engine could not do its part.
func (t *Tap) engineFailed(err error) {
	if failed := new(EngineError); errors.As(err, &failed) {
		t.append(observation.Event{Kind: observation.Fault, Fault: observation.EngineFailed, Text: failed.Error()})
	}
}

// keyLog is the writer for an engine's key log lines.
type keyLog struct{ tap *Tap }

func (k keyLog) Write(line []byte) (int, error) {
	k.tap.append(observation.Event{
		Kind: observation.TLSKeyLog,
		Text: string(bytes.TrimRight(line, "\n")),
	})
	return len(line), nil
}

// tapped is the connection that an engine gets: the raw one with a tap. The engine serialises its reads, and its
// writes, so each direction's walker has one user at a time.
type tapped struct {
	net.Conn
	tap     *Tap
	in, out walker
	flights flights

	// fatalAlert is 1 + the description of the last fatal alert that the peer sent
	// in clear, or 0.
	fatalAlert atomic.Int32
	// serverName is the name in the ClientHello, in either direction.
	serverName string
	// strange is the outcome of strangeToGo for it. malformed says that it cannot be read at all.
	strange   string
	malformed bool
}

func tapConn(raw net.Conn, as role, tap *Tap) *tapped {
	t := &tapped{Conn: raw, tap: tap, flights: flights{as: as}}
	t.watch(&t.in, observation.In)
	t.watch(&t.out, observation.Out)
	return t
}

func (t *tapped) watch(w *walker, dir observation.Direction) {
	w.messages.message = func(message []byte) {
		if t.flights.note(dir, message) {
			t.hello(dir, message)
		}
	}
	w.again = func() { t.tap.append(observation.Event{Kind: observation.Renegotiation, Dir: dir}) }
	w.alert = func(level, description uint8) {
		if dir == observation.In && level == alertLevelFatal {
			t.fatalAlert.Store(1 + int32(description))
		}
		t.alert(dir, level, description)
	}
	w.foreign = func(start []byte) {
		t.tap.append(observation.Event{
			Kind:  observation.NotTLS,
			Dir:   dir,
			Bytes: slices.Clone(start),
			Text:  "not a TLS record",
		})
	}
}

// hello logs a ClientHello.
func (t *tapped) hello(dir observation.Direction, message []byte) {
	event := observation.Event{Kind: observation.ClientHello, Dir: dir, Bytes: message}
	hello, err := ParseClientHello(message)
	if err != nil {
		event.Kind, event.Text, t.malformed = observation.NotTLS, err.Error(), true
	} else {
		event.Hello, t.serverName, t.strange = hello, hello.ServerName, strangeToGo(message, hello)
		t.flights.offer(hello)
	}
	t.tap.append(event)
}

func (t *tapped) alert(dir observation.Direction, level, description uint8) {
	info := &observation.AlertInfo{Level: level, Description: description}
	if dir == observation.In && level == alertLevelFatal {
		info.Refused = t.flights.refused(description)
	}
	t.tap.append(observation.Event{Kind: observation.TLSAlert, Dir: dir, Alert: info, Text: AlertName(description)})
}

// Read ends where the peer begins another handshake. The engines would disagree on it: libssl refuses it with a
// warning, crypto/tls ends the connection.
func (t *tapped) Read(p []byte) (int, error) {
	if t.in.renegotiates {
		return 0, ErrRenegotiation
	}
	n, err := t.Conn.Read(p)
	t.pass(&t.in, observation.In, p[:n])
	if t.in.renegotiates {
		if n = t.in.before; n == 0 {
			return 0, ErrRenegotiation
		}
		err = nil
	}
	return n, err
}

func (t *tapped) Write(p []byte) (int, error) {
	t.pass(&t.out, observation.Out, p)
	return t.Conn.Write(p)
}

// pass logs the segment before what is found in it.
func (t *tapped) pass(w *walker, dir observation.Direction, p []byte) {
	if t.tap != nil && t.tap.Wire && len(p) > 0 {
		t.tap.append(observation.Event{Kind: observation.Wire, Dir: dir, Bytes: slices.Clone(p)})
	}
	w.feed(p)
}

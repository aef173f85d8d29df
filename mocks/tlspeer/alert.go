package tlspeer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/sipconform/sipconform/mocks/observation"
)

// alertLevelFatal is the level of an alert that ends the connection. TLS 1.3
// implies the level from the description (RFC 8446 §6).
const alertLevelFatal = 2

// AlertError is the fatal alert with which the peer ended a connection. The
// errors of [Server], [Client] and [Conn.Read] wrap it where an alert is the
// cause, also where the engine itself could not make sense of the alert.
type AlertError struct {
	Description uint8
	// Err is what the engine had to say.
	Err error
}

func (e *AlertError) Error() string {
	return fmt.Sprintf("peer sent alert %s (%d): %v", AlertName(e.Description), e.Description, e.Err)
}

// Unwrap returns e.Err.
func (e *AlertError) Unwrap() error { return e.Err }

// gaveUp tells whether err is the engine's own: neither the peer nor the network
// nor a context ended the handshake.
func gaveUp(err error) bool {
	var alert *AlertError
	var network net.Error
	return err != nil && !errors.As(err, &alert) && !errors.As(err, &network) && !errors.Is(err, io.EOF) && !errors.Is(err, context.Canceled)
}

// explain turns an engine's error into an [AlertError] if the peer sent an
// alert, and writes the alert down if it did not pass in clear. An alert that
// passed in clear explains whatever the engine made of it: crypto/tls reports
// one under TLS 1.3 as "bad record MAC".
func (t *tapped) explain(s session, err error) error {
	if err == nil {
		return nil
	}
	refusal := t.refusal.Load()
	if description, ok := s.received(err); ok {
		if refusal != 1+int32(description) {
			t.alert(observation.In, alertLevelFatal, description)
			t.refusal.Store(1 + int32(description))
		}
		return &AlertError{description, err}
	}
	if refusal != 0 {
		return &AlertError{uint8(refusal - 1), err}
	}
	return err
}

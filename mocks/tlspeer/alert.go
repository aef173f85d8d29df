package tlspeer

import (
	"errors"
	"fmt"
	"net"
	"slices"

	"github.com/sipconform/sipconform/mocks/identity"
	"github.com/sipconform/sipconform/mocks/observation"
)

// ErrRenegotiation is the error of [Conn.Read] if the peer begins another handshake on the connection (RFC 5246
// §7.4.1). The connection then has to be closed, which is this endpoint's doing.
var ErrRenegotiation = fmt.Errorf("tlspeer: the peer asked to renegotiate, which ends the connection: %w", net.ErrClosed)

// The levels of an alert; a fatal one ends the connection. TLS 1.3 implies the level
// from the description (RFC 8446 §6).
const (
	alertLevelWarning = 1
	alertLevelFatal   = 2
)

// The alerts that say which message is meant, by their IANA numbers.
const (
	alertCloseNotify          = 0
	alertBadRecordMAC         = 20
	alertHandshakeFailure     = 40
	alertBadCertificate       = 42
	alertCertificateUnknown   = 46
	alertIllegalParameter     = 47
	alertUnknownCA            = 48
	alertAccessDenied         = 49
	alertDecryptError         = 51
	alertProtocolVersion      = 70
	alertInsufficientSecurity = 71
	alertInternalError        = 80
	alertUserCanceled         = 90
	alertBadStatus            = 113
	alertCertificateRequired  = 116
)

// AlertError is the fatal alert with which the peer ended a connection. The errors of [Server], [Client] and
// [Conn.Read] wrap it if an alert is the cause, even if the engine did not recognise it.
type AlertError struct {
	Description uint8
	// Err is the engine's error.
	Err error
}

func (e *AlertError) Error() string {
	return fmt.Sprintf("peer sent alert %s (%d): %v", AlertName(e.Description), e.Description, e.Err)
}

// Unwrap returns e.Err.
func (e *AlertError) Unwrap() error { return e.Err }

// gaveUp reports whether the engine itself ended the connection with err, and not the peer, the network or a context.
// crypto/tls reports some of its own alerts as a *net.OpError, as if the network had failed.
func gaveUp(err error) bool {
	var alert *AlertError
	var network net.Error
	var op *net.OpError
	switch {
	case err == nil, errors.As(err, &alert):
		return false
	case errors.As(err, &op) && op.Op == "local error", errors.As(err, new(*EngineError)):
		return true
	}
	return !errors.As(err, &network) && observation.CauseOfClose(err) == observation.Broken
}

// explain turns an engine's error into an [AlertError] if the peer sent an alert, and logs the alert if it was
// encrypted. An alert in clear explains any error of the engine: crypto/tls reports one under TLS 1.3 as "bad record
// MAC".
func (t *tapped) explain(s session, err error) error {
	if err == nil {
		return nil
	}
	fatal := t.fatalAlert.Load()
	if description, ok := s.received(err); ok {
		if fatal != 1+int32(description) {
			t.alert(observation.In, alertLevelFatal, description)
			t.fatalAlert.Store(1 + int32(description))
		}
		return &AlertError{description, err}
	}
	if fatal != 0 {
		return &AlertError{uint8(fatal - 1), err}
	}
	return err
}

// ownAlert logs the alert with which the engine ended a handshake with err, if that was encrypted and is known: one
// about the peer's certificate under TLS 1.3.
func (t *tapped) ownAlert(info *observation.HandshakeInfo, err error) {
	if !gaveUp(err) || t.out.alerts > 0 || info.Version != TLS13 {
		return
	}
	switch {
	case slices.Contains(info.Rejected, identity.CauseNone) && info.PeerChain == nil:
		t.alert(observation.Out, alertLevelFatal, alertCertificateRequired)
	case errors.As(err, new(notAccepted)):
		t.alert(observation.Out, alertLevelFatal, alertBadCertificate)
	}
}

package tlspeer

import (
	"errors"
	"slices"

	"github.com/sipconform/sipconform/mocks/observation"
)

// refused returns the message of the mock's that the peer refused by a fatal alert, as far as that can be told.
//
// Up to TLS 1.2 a server sends all its messages at once, so the alert has to tell which is meant. An alert about
// certificates does, whenever it comes: some clients look at the certificate only after the handshake. Others are
// told by what the messages chose and the client had not offered.
func (f *flights) refused(description uint8) observation.HandshakeMessage {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.as == client {
		return f.refusedByServer(description)
	}
	return f.refusedByClient(description)
}

// refusedByClosing returns what the peer refused by closing the connection without an alert: that is known only of a
// message which chose what the client had not offered.
func (f *flights) refusedByClosing() observation.HandshakeMessage {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.as == client, slices.Contains(f.received, observation.ClientKeyExchangeMessage):
		return observation.UnknownHandshakeMessage
	case f.strangeHello():
		return observation.ServerHelloMessage
	case f.strangeKeyExchange():
		return observation.ServerKeyExchangeMessage
	}
	return observation.UnknownHandshakeMessage
}

// aboutCertificate reports whether an alert says that a certificate was not accepted. Mbed TLS sends access_denied
// for a certificate that the application does not like.
func aboutCertificate(description uint8) bool {
	return description >= alertBadCertificate && description <= alertCertificateUnknown ||
		description == alertUnknownCA || description == alertAccessDenied
}

func (f *flights) refusedByClient(description uint8) observation.HandshakeMessage {
	var (
		hello        = slices.Contains(f.sent, observation.ServerHelloMessage)
		keys         = slices.Contains(f.sent, observation.ServerKeyExchangeMessage)
		answered     = slices.Contains(f.received, observation.ClientKeyExchangeMessage)
		encrypts     = hello && f.chosen.version == TLS13
		certificate  = encrypts || slices.Contains(f.sent, observation.CertificateMessage)
		unacceptable = slices.Contains([]uint8{alertHandshakeFailure, alertIllegalParameter, alertInsufficientSecurity}, description)
	)
	switch {
	case aboutCertificate(description) && certificate:
		return observation.CertificateMessage
	case description == alertBadStatus && slices.Contains(f.sent, observation.CertificateStatusMessage):
		return observation.CertificateStatusMessage
	case description == alertProtocolVersion && hello, unacceptable && hello && f.strangeHello():
		return observation.ServerHelloMessage
	case encrypts && description == alertDecryptError:
		return observation.CertificateVerifyMessage
	case encrypts:
		return observation.UnknownHandshakeMessage
	case unacceptable && slices.Equal(f.sent, []observation.HandshakeMessage{observation.HelloRetryRequestMessage}):
		return observation.HelloRetryRequestMessage
	case answered && (description == alertDecryptError || description == alertBadRecordMAC):
		return observation.FinishedMessage
	case answered:
		return observation.UnknownHandshakeMessage
	case keys && (description == alertDecryptError || description == alertIllegalParameter || description == alertInsufficientSecurity):
		return observation.ServerKeyExchangeMessage
	case keys && (description == alertHandshakeFailure || description == alertInternalError) && f.strangeKeyExchange():
		return observation.ServerKeyExchangeMessage
	case hello && !keys && description == alertIllegalParameter:
		return observation.ServerHelloMessage
	}
	return observation.UnknownHandshakeMessage
}

// strangeHello reports whether the ServerHello chose what the ClientHello did not offer, or claims a downgrade.
func (f *flights) strangeHello() bool {
	if f.hello == nil || f.chosen.suite == 0 {
		return false
	}
	return f.chosen.downgraded || !slices.Contains(f.hello.Suites, f.chosen.suite) || !f.hello.Offers(f.chosen.version)
}

// strangeKeyExchange reports whether the ServerKeyExchange uses a group or a signature that the ClientHello did not
// offer, or a group or hash that is too weak for some clients: before TLS 1.2 the signature is over MD5 and SHA-1. An
// OpenSSL client that refuses these sends handshake_failure for the group, internal_error for the hash.
func (f *flights) strangeKeyExchange() bool {
	const (
		strongPrime = 3072   // as strong as a cipher with a key of 128 bits: NIST SP 800-57 part 1, table 2
		strongHash  = 0x0300 // schemes below use MD5 or SHA-1: RFC 5246 §7.4.1.4.1
	)
	c := f.chosen
	if f.hello == nil || !slices.Contains(f.sent, observation.ServerKeyExchangeMessage) {
		return false
	}
	return c.version < TLS12 || c.scheme != 0 && (c.scheme < strongHash || !slices.Contains(f.hello.Signatures, c.scheme)) ||
		c.primeBits != 0 && c.primeBits < strongPrime ||
		c.group != 0 && len(f.hello.Groups) > 0 && !slices.Contains(f.hello.Groups, c.group)
}

func (f *flights) refusedByServer(description uint8) observation.HandshakeMessage {
	var (
		answered  = slices.Contains(f.received, observation.ServerHelloMessage)
		asked     = slices.Contains(f.received, observation.CertificateRequestMessage) || f.chosen.version == TLS13
		keys      = slices.Contains(f.sent, observation.ClientKeyExchangeMessage)
		signed    = slices.Contains(f.sent, observation.CertificateVerifyMessage)
		undecided = description == alertInternalError || description == alertUserCanceled
	)
	switch {
	case len(f.sent) == 0 || undecided:
		return observation.UnknownHandshakeMessage
	case !answered:
		return observation.ClientHelloMessage
	case asked && (aboutCertificate(description) || description == alertCertificateRequired):
		return observation.CertificateMessage
	case asked && keys && !signed && description == alertHandshakeFailure:
		return observation.CertificateMessage // an empty one: RFC 5246 §7.4.6
	case signed && description == alertDecryptError:
		return observation.CertificateVerifyMessage
	case keys && (description == alertDecryptError || description == alertBadRecordMAC):
		return observation.FinishedMessage
	}
	return observation.UnknownHandshakeMessage
}

// endedBy returns who ended a handshake with err, the error of an engine after explain.
func endedBy(err error) observation.Side {
	var alert *AlertError
	cause := observation.CauseOfClose(err)
	switch {
	case err == nil:
		return ""
	case errors.As(err, &alert), cause == observation.ClosedByPeer, cause == observation.ResetByPeer:
		return observation.DeviceSide
	case gaveUp(err), cause == observation.TimedOut, cause == observation.ClosedLocally:
		return observation.MockSide
	}
	return ""
}

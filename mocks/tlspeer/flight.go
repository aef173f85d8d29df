package tlspeer

import (
	"slices"
	"strings"
	"sync"

	"golang.org/x/crypto/cryptobyte"

	"github.com/sipconform/sipconform/mocks/observation"
)

// The handshake messages, RFC 8446 §4, RFC 5246 §7.4 and RFC 6066 §8.
const (
	typeClientHello       = 1
	typeServerHello       = 2
	typeCertificate       = 11
	typeServerKeyExchange = 12
)

var messageNames = map[uint8]observation.HandshakeMessage{
	0:                     observation.HelloRequestMessage,
	typeClientHello:       observation.ClientHelloMessage,
	typeServerHello:       observation.ServerHelloMessage,
	typeCertificate:       observation.CertificateMessage,
	typeServerKeyExchange: observation.ServerKeyExchangeMessage,
	13:                    observation.CertificateRequestMessage,
	14:                    observation.ServerHelloDoneMessage,
	15:                    observation.CertificateVerifyMessage,
	16:                    observation.ClientKeyExchangeMessage,
	20:                    observation.FinishedMessage,
	22:                    observation.CertificateStatusMessage,
}

// flights is what a tap reads in the handshake messages that pass in clear: which they are, what the client offered
// and what the server chose. One goroutine may read while another writes.
type flights struct {
	as role

	mu             sync.Mutex
	sent, received []observation.HandshakeMessage
	hello          *observation.HelloInfo // the first ClientHello
	chosen         choice
	peerChain      [][]byte // the peer's certificates, in DER, leaf first
}

// choice is what a server chose. Numbers are IANA's; what has not been seen is zero.
type choice struct {
	version, suite, group, scheme uint16
	// primeBits is the size of the prime of a Diffie-Hellman group that the ServerKeyExchange spells out.
	primeBits int
	// downgraded says that the ServerHello has the mark of a server that could do more (RFC 8446 §4.1.3).
	downgraded bool
}

// offer takes the ClientHello.
func (f *flights) offer(hello *observation.HelloInfo) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.hello = hello
}

// note takes a message from its type octet on. It reports whether it is a ClientHello, the first message of all.
func (f *flights) note(dir observation.Direction, message []byte) (firstHello bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	kind, body := message[0], cryptobyte.String(message[messageHeader:])
	name := messageNames[kind]
	switch {
	case name == observation.UnknownHandshakeMessage:
		name = observation.OtherHandshakeMessage
	case kind == typeServerHello && f.chosen.readServerHello(body):
		name = observation.HelloRetryRequestMessage
	case kind == typeServerKeyExchange:
		f.chosen.readKeyExchange(body)
	case kind == typeCertificate && dir == observation.In:
		f.peerChain = readChain(body)
	}
	list := &f.sent
	if dir == observation.In {
		list = &f.received
	}
	*list = append(*list, name)
	return kind == typeClientHello && len(f.sent)+len(f.received) == 1
}

// describe adds to info what passed, and what was chosen if the engine does not tell it of a handshake that failed.
func (f *flights) describe(info *observation.HandshakeInfo) {
	f.mu.Lock()
	defer f.mu.Unlock()
	info.Sent, info.Received = slices.Clone(f.sent), slices.Clone(f.received)
	info.SignatureScheme = f.chosen.scheme
	if info.Version == 0 {
		info.Version, info.Suite = f.chosen.version, f.chosen.suite
	}
	if info.Group == 0 {
		info.Group = f.chosen.group
	}
}

// certificates returns the peer's certificates, if they passed in clear.
func (f *flights) certificates() [][]byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.peerChain
}

// helloRetry is the random of a HelloRetryRequest, RFC 8446 §4.1.3.
const helloRetry = "\xCF\x21\xAD\x74\xE5\x9A\x61\x11\xBE\x1D\x8C\x02\x1E\x65\xB8\x91" +
	"\xC2\xA2\x11\x16\x7A\xBB\x8C\x5E\x07\x9E\x09\xE2\xC8\xA8\x33\x9C"

// readServerHello reads version, suite and group, and reports whether it is a HelloRetryRequest. The group of TLS 1.3
// is the first number of key_share in both.
func (c *choice) readServerHello(body cryptobyte.String) (retry bool) {
	var random, session []byte
	var compression uint8
	var extensions cryptobyte.String
	if !body.ReadUint16(&c.version) || !body.ReadBytes(&random, len(helloRetry)) ||
		!body.ReadUint8LengthPrefixed((*cryptobyte.String)(&session)) || !body.ReadUint16(&c.suite) || !body.ReadUint8(&compression) {
		return false
	}
	c.downgraded = slices.Contains([]string{"DOWNGRD\x00", "DOWNGRD\x01"}, string(random[len(random)-8:]))
	body.ReadUint16LengthPrefixed(&extensions)
	for !extensions.Empty() {
		var number uint16
		var data cryptobyte.String
		if !extensions.ReadUint16(&number) || !extensions.ReadUint16LengthPrefixed(&data) {
			break
		}
		switch number {
		case extensionSupportedVersions:
			data.ReadUint16(&c.version)
		case extensionKeyShare:
			data.ReadUint16(&c.group)
		}
	}
	return string(random) == helloRetry
}

// readKeyExchange reads the parameters of a ServerKeyExchange: RFC 8422 §5.4, RFC 5246 §7.4.3.
func (c *choice) readKeyExchange(body cryptobyte.String) {
	const namedCurve = 3
	var ok bool
	switch method := keyExchange(c.suite); {
	case strings.HasPrefix(method, "ECDHE"):
		var form uint8
		var point cryptobyte.String
		ok = body.ReadUint8(&form) && form == namedCurve && body.ReadUint16(&c.group) && body.ReadUint8LengthPrefixed(&point)
	case strings.HasPrefix(method, "DHE"):
		var prime, generator, public cryptobyte.String
		ok = body.ReadUint16LengthPrefixed(&prime) && body.ReadUint16LengthPrefixed(&generator) &&
			body.ReadUint16LengthPrefixed(&public)
		c.primeBits = 8 * len(prime)
	}
	if ok && c.version == TLS12 {
		body.ReadUint16(&c.scheme)
	}
}

// readChain reads a Certificate of TLS 1.2 or below, RFC 5246 §7.4.2. It is nil if the lengths do not add up.
func readChain(body cryptobyte.String) [][]byte {
	var list cryptobyte.String
	if !body.ReadUint24LengthPrefixed(&list) || !body.Empty() {
		return nil
	}
	var chain [][]byte
	for !list.Empty() {
		var certificate cryptobyte.String
		if !list.ReadUint24LengthPrefixed(&certificate) {
			return nil
		}
		chain = append(chain, certificate)
	}
	return chain
}

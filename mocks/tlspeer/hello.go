package tlspeer

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"golang.org/x/crypto/cryptobyte"

	"github.com/sipconform/sipconform/mocks/observation"
)

// The extensions that hellos are read for, by their IANA numbers.
const (
	extensionServerName          = 0
	extensionSupportedGroups     = 10
	extensionSignatureAlgorithms = 13
	extensionALPN                = 16
	extensionSupportedVersions   = 43
	extensionKeyShare            = 51
)

// errHelloSyntax is the error for lengths that do not add up.
var errHelloSyntax = errors.New("lengths do not add up")

// ParseClientHello reads one whole handshake message, from its type octet on (RFC 8446 §4.1.2, RFC 5246 §7.4.1.2). It
// keeps unregistered numbers and skips unknown extensions, as the RFCs ask. Lengths that do not add up, bytes left
// over and an extension sent twice are errors.
func ParseClientHello(message []byte) (*observation.HelloInfo, error) {
	hello, err := parseClientHello(message)
	if err != nil {
		return nil, fmt.Errorf("tlspeer: ClientHello: %w", err)
	}
	return hello, nil
}

func parseClientHello(message []byte) (*observation.HelloInfo, error) {
	var (
		s           = cryptobyte.String(message)
		kind        uint8
		body        cryptobyte.String
		hello       = new(observation.HelloInfo)
		sessionID   cryptobyte.String
		suites      cryptobyte.String
		compression cryptobyte.String
	)
	if !s.ReadUint8(&kind) || !s.ReadUint24LengthPrefixed(&body) || !s.Empty() {
		return nil, errHelloSyntax
	}
	if kind != typeClientHello {
		return nil, fmt.Errorf("handshake message of type %d", kind)
	}
	if !body.ReadUint16(&hello.LegacyVersion) || !body.Skip(32) ||
		!body.ReadUint8LengthPrefixed(&sessionID) || len(sessionID) > 32 ||
		!body.ReadUint16LengthPrefixed(&suites) ||
		!body.ReadUint8LengthPrefixed(&compression) || compression.Empty() {
		return nil, errHelloSyntax
	}
	if !readNumbers(suites, &hello.Suites) {
		return nil, fmt.Errorf("cipher suites: %w", errHelloSyntax)
	}
	if body.Empty() { // a client of TLS 1.0 or 1.1 may send no extensions at all
		return hello, nil
	}
	var extensions cryptobyte.String
	if !body.ReadUint16LengthPrefixed(&extensions) || !body.Empty() {
		return nil, errHelloSyntax
	}
	return hello, parseExtensions(extensions, hello)
}

func parseExtensions(extensions cryptobyte.String, hello *observation.HelloInfo) error {
	var seen []uint16
	for !extensions.Empty() {
		var number uint16
		var data cryptobyte.String
		if !extensions.ReadUint16(&number) || !extensions.ReadUint16LengthPrefixed(&data) {
			return errHelloSyntax
		}
		if slices.Contains(seen, number) {
			return fmt.Errorf("extension %d sent twice", number)
		}
		// A hello has a dozen or two; the bound keeps a hostile one from
		// making this search quadratic.
		if seen = append(seen, number); len(seen) > 256 {
			return errors.New("more than 256 extensions")
		}
		if !parseExtension(number, data, hello) {
			return fmt.Errorf("extension %d: %w", number, errHelloSyntax)
		}
	}
	return nil
}

// parseExtension reads the extensions that hello has a field for.
func parseExtension(number uint16, data cryptobyte.String, hello *observation.HelloInfo) bool {
	var list cryptobyte.String
	switch number {
	case extensionServerName:
		return data.ReadUint16LengthPrefixed(&list) && data.Empty() && readServerName(list, hello)
	case extensionSupportedGroups:
		return data.ReadUint16LengthPrefixed(&list) && data.Empty() && readNumbers(list, &hello.Groups)
	case extensionSignatureAlgorithms:
		return data.ReadUint16LengthPrefixed(&list) && data.Empty() && readNumbers(list, &hello.Signatures)
	case extensionSupportedVersions:
		return data.ReadUint8LengthPrefixed(&list) && data.Empty() && readNumbers(list, &hello.Versions)
	case extensionALPN:
		return data.ReadUint16LengthPrefixed(&list) && data.Empty() && readProtocols(list, &hello.ALPN)
	}
	return true
}

// readNumbers reads a list of at least one 16-bit number.
func readNumbers(list cryptobyte.String, out *[]uint16) bool {
	if list.Empty() || len(list)%2 != 0 {
		return false
	}
	numbers := make([]uint16, len(list)/2)
	for i := range numbers {
		list.ReadUint16(&numbers[i])
	}
	*out = numbers
	return true
}

// readServerName reads a server_name_list, RFC 6066 §3, with at most one name of each type; host_name (0) is the only
// type. An empty name is one: servers take it for none.
func readServerName(list cryptobyte.String, hello *observation.HelloInfo) bool {
	if list.Empty() {
		return false
	}
	for !list.Empty() {
		var kind uint8
		var name cryptobyte.String
		if !list.ReadUint8(&kind) || !list.ReadUint16LengthPrefixed(&name) {
			return false
		}
		if kind != 0 {
			continue
		}
		if hello.ServerName != "" || hello.Oddities != nil {
			return false
		}
		hello.ServerName, hello.Oddities = string(name), serverNameOddities(string(name))
	}
	return true
}

// serverNameOddities returns what RFC 6066 §3 does not allow of a name.
func serverNameOddities(name string) (oddities []observation.HelloOddity) {
	if name == "" {
		oddities = append(oddities, observation.ServerNameEmpty)
	}
	if strings.HasSuffix(name, ".") {
		oddities = append(oddities, observation.ServerNameDot)
	}
	if net.ParseIP(strings.Trim(name, "[]")) != nil {
		oddities = append(oddities, observation.ServerNameAddress)
	}
	return oddities
}

// readProtocols reads a ProtocolNameList, RFC 7301 §3.1.
func readProtocols(list cryptobyte.String, out *[]string) bool {
	if list.Empty() {
		return false
	}
	for !list.Empty() {
		var name cryptobyte.String
		if !list.ReadUint8LengthPrefixed(&name) || name.Empty() {
			return false
		}
		*out = append(*out, string(name))
	}
	return true
}

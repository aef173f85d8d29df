//go:build !nolibssl && (linux || darwin) && (amd64 || arm64)

package tlspeer

import (
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"unsafe"

	"golang.org/x/crypto/cryptobyte"

	"github.com/sipconform/sipconform/mocks/observation"
)

// The callbacks run within a call to libssl, and so on the calling goroutine, with the session's lock held and in the
// slot of that call: they call without another.

func (l *library) sessionOf(ssl uintptr) *libsslSession {
	s, ok := l.sessions.Load(ssl)
	if !ok {
		return nil
	}
	return s.(*libsslSession)
}

// keepPanic recovers a panic of a callback, whose result is then 0, which makes libssl end the handshake.
func (s *libsslSession) keepPanic(result *uintptr) {
	if v := recover(); v != nil {
		s.panicked, *result = &callbackPanic{v, debug.Stack()}, 0
	}
}

// callbackPanic is the panic of a callback with its own stack, which is gone when the handshake panics with it.
type callbackPanic struct {
	value any
	stack []byte
}

func (p *callbackPanic) Error() string { return fmt.Sprintf("%v\n%s", p.value, p.stack) }

// onVerify judges the peer's certificates in place of libssl.
func (l *library) onVerify(store, _ uintptr) (result uintptr) {
	s := l.sessionOf(l.storeData.call(store, l.storeSlot))
	if s == nil {
		return 0
	}
	defer s.keepPanic(&result)
	raw, err := l.certificates(l.storeUntrusted.call(store))
	if err == nil && len(raw) == 0 { // libssl calls only if there is one
		err = &EngineError{"asked for the peer's certificates", errors.New("it has none")}
	}
	if s.peer = raw; err == nil {
		s.negotiated.PeerChain, err = s.rules.verifyDER(s.as, raw)
	}
	if err != nil {
		s.rejected = err
		l.storeError.call(store, certificateRejected)
		return 0
	}
	return 1
}

// certificates returns what is in a STACK_OF(X509), in DER.
func (l *library) certificates(stack uintptr) (chain [][]byte, err error) {
	for i := range uintptr(max(0, int32(l.skNum.call(stack)))) {
		der, ok := l.encode(l.skValue.call(stack, i))
		if !ok {
			return chain, &EngineError{"asked for the peer's certificates", fmt.Errorf("number %d cannot be written", i+1)}
		}
		chain = append(chain, der)
	}
	return chain, nil
}

// encode returns the DER of an X509.
func (l *library) encode(x uintptr) (der []byte, ok bool) {
	size := int32(l.x509Encode.call(x, 0))
	if size <= 0 {
		return nil, false
	}
	der = make([]byte, size+1)
	end := &der[0]
	if int32(l.x509Encode.call(x, uintptr(unsafe.Pointer(&end)))) != size {
		return nil, false
	}
	return der[:size], true
}

func (l *library) onKeyLog(ssl uintptr, line *byte) uintptr {
	if s := l.sessionOf(ssl); s != nil && s.lines != nil && line != nil {
		length := 0
		for *(*byte)(unsafe.Add(unsafe.Pointer(line), length)) != 0 {
			length++
		}
		s.lines.Write(append(slices.Clone(unsafe.Slice(line, length)), '\n'))
	}
	return 0
}

// onAsked records that a server has asked for the client's certificate.
func (l *library) onAsked(ssl, _ uintptr) uintptr {
	if s := l.sessionOf(ssl); s != nil {
		s.certificateAsked = true
	}
	return 1
}

// onHello gives a server the certificate for the name that this client asks for, and leaves it the one group that the
// rules want for it. With several groups, libssl would take the client's first under TLS 1.3 if there is a share for
// it, and under TLS 1.2 if the suites go by the client's order.
func (l *library) onHello(ssl, _, _ uintptr) (result uintptr) {
	if s := l.sessionOf(ssl); s != nil {
		defer s.keepPanic(&result)
		if s.rules.show(l.helloServerName(ssl)) {
			s.sslDropCertificates.call(ssl)
			if err := s.useCertificate(certificateTarget{ssl, s.sslUseCertificate, s.sslUseKey, s.sslCtrl}, &s.rules.Certificate); err != nil {
				s.rejected = &EngineError{"given the certificate for the client's name", err}
				return 0
			}
		}
		theirs := l.helloNumbers(ssl, extensionSupportedGroups)
		version := l.helloHighest(ssl, s.rules)
		for _, group := range s.rules.Groups {
			if slices.Contains(theirs, group) && groupSuits(group, version) {
				if !l.sslCtrl.test(ssl, ctrlGroupsList, 0, uintptr(unsafe.Pointer(unsafe.SliceData(cString(GroupName(group)))))) {
					s.rejected = &EngineError{"told the group for the client", l.reason()}
					return 0
				}
				break
			}
		}
	}
	return 1
}

// helloBody returns a copy of an extension's data, or nil if the hello lacks it.
func (l *library) helloBody(ssl, extension uintptr) cryptobyte.String {
	var data *byte
	var size uintptr
	if !l.helloExtension.test(ssl, extension, uintptr(unsafe.Pointer(&data)), uintptr(unsafe.Pointer(&size))) || data == nil {
		return nil
	}
	return slices.Clone(unsafe.Slice(data, size))
}

// helloServerName returns the name in server_name, or "".
func (l *library) helloServerName(ssl uintptr) string {
	var hello observation.HelloInfo
	parseExtension(extensionServerName, l.helloBody(ssl, extensionServerName), &hello)
	return hello.ServerName
}

// helloNumbers reads an extension that is a list of 16-bit numbers. The length of the list of versions is one octet,
// that of others two.
func (l *library) helloNumbers(ssl, extension uintptr) []uint16 {
	body, list := l.helloBody(ssl, extension), cryptobyte.String(nil)
	var numbers []uint16
	if extension == extensionSupportedVersions {
		body.ReadUint8LengthPrefixed(&list)
	} else {
		body.ReadUint16LengthPrefixed(&list)
	}
	readNumbers(list, &numbers)
	return numbers
}

// helloHighest returns the version that a hello leads to, or 0.
func (l *library) helloHighest(ssl uintptr, r *Rules) uint16 {
	versions := l.helloNumbers(ssl, extensionSupportedVersions)
	if versions == nil || r.MaxVersion < TLS13 {
		return min(uint16(l.helloVersion.call(ssl)), r.MaxVersion, TLS12)
	}
	highest := uint16(0)
	for _, version := range versions {
		if version >= r.MinVersion && version <= r.MaxVersion {
			highest = max(highest, version)
		}
	}
	return highest
}

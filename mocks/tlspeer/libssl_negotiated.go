//go:build !nolibssl && (linux || darwin) && (amd64 || arm64)

package tlspeer

import (
	"bytes"
	"unsafe"
)

// note stores what was negotiated, before the SSL is freed.
func (s *libsslSession) note(complete bool) {
	if s.ssl == 0 {
		return
	}
	n := &s.negotiated
	s.noteShown()
	if name := s.sslServerName.call(s.ssl, 0); name != 0 {
		text := make([]byte, 256)
		s.copyString.call(uintptr(unsafe.Pointer(&text[0])), name, uintptr(len(text)))
		n.ServerName = goString(text)
	}
	cipher := s.sslCipher.call(s.ssl)
	if !complete || cipher == 0 {
		cipher = s.sslPendingCipher.call(s.ssl)
	}
	if cipher == 0 {
		return
	}
	n.Version = uint16(s.sslVersion.call(s.ssl))
	n.Suite = uint16(s.cipherID.call(cipher))
	// OpenSSL 3.0 crashes if it is asked for the group of a handshake that failed.
	if complete && keyExchange(n.Suite) != "RSA" {
		n.Group = groupOfNID(uint32(s.sslCtrl.call(s.ssl, ctrlNegotiatedGroup, 0, 0)))
	}
}

// noteShown stores which of a server's certificates libssl has chosen.
func (s *libsslSession) noteShown() {
	s.shown = s.rules.Certificate.Certificate
	if len(s.rules.Second.Certificate) == 0 {
		return
	}
	if x := s.sslCertificate.call(s.ssl); x != 0 {
		if der, ok := s.encode(x); ok && bytes.Equal(der, s.rules.Second.Certificate[0]) {
			s.shown = s.rules.Second.Certificate
		}
	}
}

// groupOfNID returns the group for one of OpenSSL's own numbers, which only old groups have.
func groupOfNID(nid uint32) uint16 {
	const unknown = 1 << 24 // TLSEXT_nid_unknown: the rest is IANA's number
	if nid&unknown != 0 {
		return uint16(nid)
	}
	return map[uint32]uint16{
		409: 19, 415: 23, 715: 24, 716: 25, 714: 22, 713: 21,
		927: 26, 931: 27, 933: 28, 1034: 29, 1035: 30,
		1126: 256, 1127: 257, 1128: 258, 1129: 259, 1130: 260,
	}[nid]
}

func (s *libsslSession) state() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.negotiated
}

func (s *libsslSession) localChain() [][]byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.as == client && !s.certificateAsked {
		return nil
	}
	return s.shown
}

func (s *libsslSession) peerChain() [][]byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.peer
}

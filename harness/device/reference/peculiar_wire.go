package reference

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/tls"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"net"
	"sync/atomic"

	"golang.org/x/crypto/chacha20poly1305"
)

// wire is the connection under TLS, whose bytes peculiarities arrange in other ways.
type wire struct {
	net.Conn
	session *session
	spoken  bool        // something was written
	mute    atomic.Bool // nothing more is written
	refused error       // why the peer is refused after the handshake
}

// Write writes b, in one call or several.
func (w *wire) Write(b []byte) (int, error) {
	if w.mute.Load() {
		return 0, errSilent
	}
	p := w.session.peculiar
	first := !w.spoken
	w.spoken = true
	if p.ShakesHandsSlowly && len(b) > 0 && b[0] != recordData {
		w.session.pause(slowness / 2)
	}
	pieces := [][]byte{b}
	switch {
	case p.SendsSingleBytes:
		pieces = chop(b, 1)
	case p.SplitsClientHello && first:
		pieces = [][]byte{b[:3], b[3:min(50, len(b))], b[min(50, len(b)):]}
	case p.FragmentsClientHello && first:
		pieces = [][]byte{fragment(b, 64)}
	}
	for _, piece := range pieces {
		if _, err := w.Conn.Write(piece); err != nil {
			return 0, err
		}
	}
	return len(b), nil
}

// alert writes a last record.
func (w *wire) alert(record []byte) {
	_, _ = w.Conn.Write(record)
	w.mute.Store(true)
}

// chop cuts b into pieces of n bytes.
func chop(b []byte, n int) [][]byte {
	var pieces [][]byte
	for len(b) > n {
		pieces = append(pieces, b[:n])
		b = b[n:]
	}
	return append(pieces, b)
}

// Types of records, and the length of their header.
const (
	recordAlert  = 21
	recordData   = 23
	recordHeader = 5
)

// fragment spreads the content of one record over records of n bytes.
func fragment(record []byte, n int) []byte {
	if len(record) <= recordHeader {
		return record
	}
	var all []byte
	for _, piece := range chop(record[recordHeader:], n) {
		all = append(all, record[:3]...)
		all = binary.BigEndian.AppendUint16(all, uint16(len(piece)))
		all = append(all, piece...)
	}
	return all
}

// trafficSecret is the secret that protects the client's handshake in TLS 1.3. It reads it from the key log.
type trafficSecret []byte

func (t *trafficSecret) Write(line []byte) (int, error) {
	if fields := bytes.Fields(line); len(fields) == 3 && string(fields[0]) == "CLIENT_HANDSHAKE_TRAFFIC_SECRET" {
		secret, err := hex.DecodeString(string(fields[2]))
		if err != nil {
			return 0, err
		}
		*t = secret
	}
	return len(line), nil
}

// alertRecord returns the record of a fatal alert that is the client's answer to the certificate. TLS 1.3 encrypts it.
func alertRecord(state tls.ConnectionState, number uint8, secret trafficSecret) []byte {
	const fatal = 2
	if state.Version < tls.VersionTLS13 {
		return []byte{recordAlert, byte(state.Version >> 8), byte(state.Version), 0, 2, fatal, number}
	}
	sealer, iv := sealerFor(state.CipherSuite, secret)
	if sealer == nil {
		return nil
	}
	inner := []byte{fatal, number, recordAlert}
	header := []byte{recordData, 3, 3, 0, byte(len(inner) + sealer.Overhead())}
	return sealer.Seal(header, iv, inner, header) // the first record under this key: its number is 0
}

// sealerFor returns the AEAD of a TLS 1.3 suite and its nonce for record 0 (RFC 8446 §7.3); nil for an unknown suite.
func sealerFor(suite uint16, secret []byte) (cipher.AEAD, []byte) {
	var sum func() hash.Hash = sha256.New
	length := 16
	switch suite {
	case tls.TLS_AES_128_GCM_SHA256:
	case tls.TLS_AES_256_GCM_SHA384:
		sum, length = sha512.New384, 32
	case tls.TLS_CHACHA20_POLY1305_SHA256:
		length = 32
	default:
		return nil, nil
	}
	key, iv := expand(sum, secret, "key", length), expand(sum, secret, "iv", 12)
	var sealer cipher.AEAD
	if suite == tls.TLS_CHACHA20_POLY1305_SHA256 {
		sealer, _ = chacha20poly1305.New(key) // fails only for a key of another length
		return sealer, iv
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, nil
	}
	sealer, _ = cipher.NewGCM(block)
	return sealer, iv
}

// expand is HKDF-Expand-Label of RFC 8446 §7.1 without context.
func expand(sum func() hash.Hash, secret []byte, label string, length int) []byte {
	label = "tls13 " + label
	info := append([]byte{0, byte(length), byte(len(label))}, label...)
	key, _ := hkdf.Expand(sum, secret, string(append(info, 0)), length) // fails only for lengths above 255 hashes
	return key
}

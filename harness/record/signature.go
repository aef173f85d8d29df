package record

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
)

// maxKey bounds the file of a key, in bytes.
const maxKey = 16 << 10

// PrivateKey reads an Ed25519 key, PKCS#8 in PEM, as `openssl genpkey -algorithm ed25519`
// writes it. A file that others than its owner may read is an error.
func PrivateKey(path string) (ed25519.PrivateKey, error) {
	block, mode, err := readKey(path)
	if err != nil {
		return nil, err
	}
	switch {
	case block.Type == "PUBLIC KEY":
		return nil, fmt.Errorf("%s holds a public key; signing needs the private one", path)
	case block.Type == "ENCRYPTED PRIVATE KEY":
		return nil, fmt.Errorf("%s is encrypted; write it without a password: openssl pkey -in KEY -out PLAIN", path)
	case block.Type != "PRIVATE KEY":
		return nil, fmt.Errorf("%s holds a %s; use PKCS#8: openssl genpkey -algorithm ed25519 -out KEY", path, block.Type)
	case runtime.GOOS != "windows" && mode.Perm()&0o077 != 0:
		return nil, fmt.Errorf("others may read or change %s (mode %04o): chmod 600 it", path, mode.Perm())
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read as a private key: %w", path, err)
	}
	own, ok := key.(ed25519.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("%s is a key of another kind (%T); use Ed25519: openssl genpkey -algorithm ed25519 -out KEY", path, key)
	}
	return own, nil
}

// PublicKey reads an Ed25519 key, PKIX in PEM, as `openssl pkey -pubout` writes it.
func PublicKey(path string) (ed25519.PublicKey, error) {
	block, _, err := readKey(path)
	if err != nil {
		return nil, err
	}
	if block.Type != "PUBLIC KEY" {
		return nil, fmt.Errorf("%s holds a %s; checking needs the public key alone: openssl pkey -in KEY -pubout -out PUB", path, block.Type)
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read as a public key: %w", path, err)
	}
	public, ok := key.(ed25519.PublicKey)
	if !ok {
		return nil, fmt.Errorf("%s is a key of another kind (%T); records are signed with Ed25519", path, key)
	}
	return public, nil
}

// readKey returns the one block of a PEM file, and the file's mode.
func readKey(path string) (*pem.Block, os.FileMode, error) {
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, 0, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, 0, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxKey {
		return nil, 0, fmt.Errorf("%s is not a key: it is no plain file, or has more than %d bytes", path, maxKey)
	}
	data, err := io.ReadAll(io.LimitReader(file, maxKey))
	if err != nil {
		return nil, 0, err
	}
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, 0, fmt.Errorf("%s holds no key in PEM", path)
	}
	return block, info.Mode(), nil
}

// Sign writes the signature of the results.json in dir: 64 bytes, over its bytes as they
// are. `openssl pkeyutl -verify -rawin` checks it.
func Sign(dir string, key ed25519.PrivateKey) error {
	data, err := os.ReadFile(filepath.Join(dir, ResultsFile))
	if err != nil {
		return fmt.Errorf("record: %w", err)
	}
	if err := os.WriteFile(filepath.Join(dir, SignatureFile), ed25519.Sign(key, data), 0o644); err != nil {
		return fmt.Errorf("record: %w", err)
	}
	return nil
}

// Unsign removes a signature from dir, which is that of another results.json.
func Unsign(dir string) error {
	if err := os.Remove(filepath.Join(dir, SignatureFile)); err != nil && !os.IsNotExist(err) {
		return fmt.Errorf("record: %w", err)
	}
	return nil
}

// Signed reports whether there is something in the place of a signature.
func (f *Folder) Signed() bool {
	_, err := f.root.Lstat(SignatureFile)
	return err == nil
}

// CheckSignature checks that the record's signature is that of the key over data, the
// bytes of results.json.
func (f *Folder) CheckSignature(key ed25519.PublicKey, data []byte) error {
	if !f.Signed() {
		return fmt.Errorf("the record is not signed: there is no %s", SignatureFile)
	}
	signature, err := f.Read(SignatureFile)
	if err != nil {
		return err
	}
	if len(signature) != ed25519.SignatureSize || !ed25519.Verify(key, data, signature) {
		return fmt.Errorf("%s is no signature of this %s by that key", SignatureFile, ResultsFile)
	}
	return nil
}

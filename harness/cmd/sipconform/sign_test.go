package main_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// keyFile writes a key in PEM.
func keyFile(t *testing.T, kind string, der []byte, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "key.pem")
	must(t, os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), mode))
	must(t, os.Chmod(path, mode))
	return path
}

// pair writes an Ed25519 key and its public half.
func pair(t *testing.T) (private, public string) {
	t.Helper()
	pub, own, err := ed25519.GenerateKey(nil)
	must(t, err)
	return keyFile(t, "PRIVATE KEY", marshal(t, own), 0o600), keyFile(t, "PUBLIC KEY", marshal(t, pub), 0o644)
}

// marshal returns a key as PKCS#8, or PKIX if it is public.
func marshal(t *testing.T, key any) []byte {
	t.Helper()
	encode := x509.MarshalPKCS8PrivateKey
	if _, ok := key.(ed25519.PublicKey); ok {
		encode = x509.MarshalPKIXPublicKey
	}
	der, err := encode(key)
	must(t, err)
	return der
}

// TestSign: a record that certify signed is known by its key, by no other, and by OpenSSL.
func TestSign(t *testing.T) {
	t.Parallel()
	private, public := pair(t)
	_, stranger := pair(t)
	folder := filepath.Join(t.TempDir(), "report")
	sipconform(t, "certify", "-filter=id:twilio:voice:connect:default", "-sign="+private, "-out="+folder).expect(t, 0, "CONFORMANT")
	sipconform(t, "verify", "-key="+public, folder).expect(t, 0, " 0 differ")
	sipconform(t, "verify", folder).expect(t, 0, "the record is signed; name the public key")
	sipconform(t, "verify", "-key="+stranger, folder).expect(t, 1, "results.json.sig is no signature of this results.json by that key")
	sipconform(t, "verify", "-key="+public, certify(t).folder).expect(t, 1, "the record is not signed")
	signature, results := filepath.Join(folder, "results.json.sig"), filepath.Join(folder, "results.json")
	if openssl, err := exec.LookPath("openssl"); err == nil {
		out, err := exec.Command(openssl, "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", public, "-sigfile", signature, "-in", results).CombinedOutput()
		if err != nil {
			t.Errorf("openssl: %v: %s", err, out)
		}
	}
	data, err := os.ReadFile(results)
	must(t, err)
	must(t, os.WriteFile(results, append(data, ' '), 0o600)) // nothing that it says is another
	sipconform(t, "verify", "-key="+public, folder).expect(t, 1, "is no signature of this results.json")
	must(t, os.WriteFile(results, data, 0o600))
	must(t, os.Truncate(signature, 63))
	sipconform(t, "verify", "-key="+public, folder).expect(t, 1, "is no signature of this results.json")
}

// TestKeyRefused: a key that cannot be used is an error before anything runs.
func TestKeyRefused(t *testing.T) {
	t.Parallel()
	private, public := pair(t)
	elliptical, err := ecdsa.GenerateKey(elliptic.P256(), nil)
	must(t, err)
	_, own, err := ed25519.GenerateKey(nil)
	must(t, err)
	text := filepath.Join(t.TempDir(), "text")
	must(t, os.WriteFile(text, []byte("no key"), 0o600))
	for name, c := range map[string]struct{ flag, file, says string }{
		"sign with no file":             {"-sign", filepath.Join(t.TempDir(), "none"), "no such file"},
		"sign with a folder":            {"-sign", t.TempDir(), "is not a key"},
		"sign with text":                {"-sign", text, "holds no key in PEM"},
		"sign with a public key":        {"-sign", public, "holds a public key; signing needs the private one"},
		"sign with another kind":        {"-sign", keyFile(t, "PRIVATE KEY", marshal(t, elliptical), 0o600), "use Ed25519"},
		"sign with an encrypted key":    {"-sign", keyFile(t, "ENCRYPTED PRIVATE KEY", nil, 0o600), "is encrypted"},
		"sign with another format":      {"-sign", keyFile(t, "EC PRIVATE KEY", nil, 0o600), "use PKCS#8"},
		"sign with a broken key":        {"-sign", keyFile(t, "PRIVATE KEY", []byte{1}, 0o600), "cannot be read as a private key"},
		"sign with what all may read":   {"-sign", keyFile(t, "PRIVATE KEY", marshal(t, own), 0o644), "chmod 600"},
		"sign with what a group writes": {"-sign", keyFile(t, "PRIVATE KEY", marshal(t, own), 0o620), "chmod 600"},
		"check with a private key":      {"-key", private, "checking needs the public key alone"},
		"check with no file":            {"-key", filepath.Join(t.TempDir(), "none"), "no such file"},
		"check with a broken key":       {"-key", keyFile(t, "PUBLIC KEY", []byte{1}, 0o600), "cannot be read as a public key"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			command := []string{"certify", c.flag + "=" + c.file, "-out=report"}
			if c.flag == "-key" {
				command = []string{"verify", c.flag + "=" + c.file, "."}
			}
			o := sipconform(t, command...)
			o.expect(t, 2, c.says)
			if o.out != "" {
				t.Errorf("it began: %s", o)
			}
		})
	}
}

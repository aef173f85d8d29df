//go:build !nolibssl && (linux || darwin) && (amd64 || arm64)

package tlspeer

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"io"
	"runtime"
	"sync"
	"unsafe"
	"weak"
)

// keyring has private keys as libcrypto wants them. Each is kept as long as the key itself: a mock shows the same one in
// many handshakes, and to read it takes longer than to use it.
type keyring struct {
	mu   sync.Mutex
	kept map[any]uintptr // EVP_PKEY by weak.Pointer
}

// privateKey returns a key as libcrypto has it, and whether it is kept. If it is not, the caller frees it. It is called
// between enter and leave, and what it returns holds as long as key is reachable.
func (l *library) privateKey(key crypto.PrivateKey) (pkey uintptr, kept bool, err error) {
	switch key := key.(type) {
	case *rsa.PrivateKey:
		pkey, err = keep(l, key)
		return pkey, true, err
	case *ecdsa.PrivateKey:
		pkey, err = keep(l, key)
		return pkey, true, err
	}
	pkey, err = l.readKey(key)
	return pkey, false, err
}

// keep returns a key that is kept, and reads it the first time.
func keep[T any](l *library, key *T) (uintptr, error) {
	l.keys.mu.Lock()
	defer l.keys.mu.Unlock()
	name := weak.Make(key)
	if pkey := l.keys.kept[name]; pkey != 0 {
		return pkey, nil
	}
	before := l.lacking()
	pkey, err := l.readKey(key)
	if err != nil {
		return 0, err
	}
	if l.lacking() != before { // it may not be whole
		l.keyFree.call(pkey)
		return 0, &libsslError{alert: -1, starved: true}
	}
	if l.keys.kept == nil {
		l.keys.kept = make(map[any]uintptr)
	}
	l.keys.kept[name] = pkey
	runtime.AddCleanup(key, l.dropKey, any(name))
	return pkey, nil
}

// dropKey frees a key that nobody has any more.
func (l *library) dropKey(name any) {
	l.keys.mu.Lock()
	pkey := l.keys.kept[name]
	delete(l.keys.kept, name)
	l.keys.mu.Unlock()
	l.enter()
	defer l.leave()
	l.keyFree.call(pkey)
}

func (l *library) readKey(key crypto.PrivateKey) (uintptr, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return 0, err
	}
	start := spare(der)
	pkey := l.keyDecode.call(0, uintptr(unsafe.Pointer(&start)), uintptr(len(der)), l.context, 0)
	if pkey == 0 {
		return 0, l.reason()
	}
	return pkey, nil
}

// rsaSigner is an RSA key that signs by libcrypto, and does all else as crypto/rsa does it.
type rsaSigner struct {
	*rsa.PrivateKey
	library *library
}

// Sign makes the signature that crypto/rsa would make, but for the salt. If libcrypto cannot, crypto/rsa makes it: that
// costs nothing but time.
func (s rsaSigner) Sign(random io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	if signature, err := s.sign(digest, opts); err == nil {
		return signature, nil
	}
	return s.PrivateKey.Sign(random, digest, opts)
}

// errElsewhere is the error of a signature that is left to crypto/rsa.
var errElsewhere = errors.New("no signature of TLS or X.509")

// digestNames are the digests of signatures, by libcrypto's names.
var digestNames = map[crypto.Hash]string{crypto.SHA1: "SHA1", crypto.SHA256: "SHA256", crypto.SHA384: "SHA384", crypto.SHA512: "SHA512"}

func (s rsaSigner) sign(digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	name := digestNames[opts.HashFunc()]
	padding := uintptr(paddingPKCS1)
	if pss, ok := opts.(*rsa.PSSOptions); ok {
		padding = paddingPSS
		if pss.SaltLength != rsa.PSSSaltLengthEqualsHash {
			name = ""
		}
	}
	if name == "" || len(digest) != opts.HashFunc().Size() {
		return nil, errElsewhere
	}
	l := s.library
	l.enter()
	defer l.leave()
	before := l.lacking()
	pkey, _, err := l.privateKey(s.PrivateKey)
	if err != nil {
		return nil, err
	}
	ctx := l.keyContextNew.call(l.context, pkey, 0)
	if ctx == 0 {
		return nil, l.reason()
	}
	defer l.keyContextFree.call(ctx)
	md := l.digestNamed.call(uintptr(unsafe.Pointer(unsafe.SliceData(cString(name)))))
	signature := make([]byte, s.Size())
	length := uintptr(len(signature))
	ok := md != 0 && l.signInit.test(ctx) && l.signPadding.test(ctx, padding) && l.signDigest.test(ctx, md) &&
		(padding != paddingPSS || l.signSalt.test(ctx, saltAsDigest)) &&
		l.sign.test(ctx, uintptr(unsafe.Pointer(&signature[0])), uintptr(unsafe.Pointer(&length)),
			uintptr(unsafe.Pointer(&digest[0])), uintptr(len(digest)))
	runtime.KeepAlive(s.PrivateKey)
	if !ok || l.lacking() != before || length != uintptr(len(signature)) {
		return nil, l.reason()
	}
	return signature, nil
}

// FastSigner returns a signer of the same key that is as fast as this machine allows: libcrypto makes an RSA signature in
// a third of the time of crypto/rsa. Signatures are the same. Where libcrypto is not to be had, and for other keys, it
// returns key itself.
func FastSigner(key crypto.Signer) crypto.Signer {
	private, ok := key.(*rsa.PrivateKey)
	if !ok {
		return key
	}
	l, err := loadLibssl()
	if err != nil {
		return key
	}
	return rsaSigner{private, l}
}

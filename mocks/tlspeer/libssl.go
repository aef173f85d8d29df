//go:build !nolibssl && (linux || darwin) && (amd64 || arm64)

package tlspeer

import (
	"cmp"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"syscall"
	"unsafe"
)

// libssl is the engine of OpenSSL 3, called in this process without cgo. It has suites and groups that crypto/tls
// lacks, and an order of suites under TLS 1.3.
type libssl struct{ *library }

func libsslEngine() (engine, error) {
	l, err := loadLibssl()
	if err != nil {
		return nil, err
	}
	return libssl{l}, nil
}

func (l libssl) lacks(r *Rules) []Unavailable {
	suiteReason, groupReason := "not implemented by this "+libsslFile, "not implemented by this "+libsslFile
	opaque := slices.ContainsFunc(r.certificates(), func(c *tls.Certificate) bool { return !exportable(c.PrivateKey) })
	for _, named := range r.Named {
		opaque = opaque || !exportable(named.PrivateKey)
	}
	if opaque {
		suiteReason = "libssl needs the key itself, which is not to be had"
		groupReason = suiteReason
	}
	var missing []Unavailable
	if opaque {
		missing = append(missing, Unavailable{Subject: Key, What: "the private key", Reason: suiteReason})
	}
	for _, suite := range r.Suites {
		lowest, highest := SuiteVersions(suite)
		if highest >= r.MinVersion && lowest <= r.MaxVersion && (opaque || !l.suites[suite]) {
			missing = append(missing, unavailableSuite(suite, suiteReason))
		}
	}
	for _, group := range r.Groups {
		if opaque || !l.groups[group] {
			missing = append(missing, unavailableGroup(group, groupReason))
		}
	}
	return missing
}

// exportable reports whether libssl can be given the key, which may be nil.
func exportable(key any) bool {
	switch key.(type) {
	case nil, *rsa.PrivateKey, *ecdsa.PrivateKey, ed25519.PrivateKey:
		return true
	}
	return false
}

func (l libssl) start(as role, raw net.Conn, r *Rules, keyLog io.Writer) session {
	s := &libsslSession{Conn: raw, library: l.library, as: as, rules: r, lines: keyLog}
	s.enter()
	defer s.leave()
	err := s.prepare()
	if err == nil && s.starved() {
		err = s.reason()
	}
	if err != nil {
		s.broken = &EngineError{"set up", err}
		s.free()
	}
	return s
}

// prepare makes the SSL object and configures it by the rules.
func (s *libsslSession) prepare() error {
	ctx := s.ctxNew.call(s.context, 0, s.method.call())
	if ctx == 0 {
		return s.reason()
	}
	defer s.ctxFree.call(ctx) // the SSL object keeps a reference
	if err := s.configure(ctx); err != nil {
		return err
	}
	if s.ssl = s.sslNew.call(ctx); s.ssl == 0 {
		return s.reason()
	}
	s.sessions.Store(s.ssl, s)
	s.in, s.out = s.bioNew.call(s.bioMem.call()), s.bioNew.call(s.bioMem.call())
	s.sslSetBIO.call(s.ssl, s.in, s.out) // the SSL object now owns them
	if s.in == 0 || s.out == 0 {
		return s.reason()
	}
	if s.as == server {
		s.sslAccept.call(s.ssl)
		return nil
	}
	s.sslConnect.call(s.ssl)
	if name := serverNameIndication(s.rules.ServerName); name != "" &&
		!s.sslCtrl.test(s.ssl, ctrlHostName, 0, uintptr(unsafe.Pointer(unsafe.SliceData(cString(name))))) {
		return s.reason()
	}
	return nil
}

// serverNameIndication returns name as RFC 6066 §3 allows it: not an address, and without a dot at the end.
func serverNameIndication(name string) string {
	address, _, _ := strings.Cut(strings.Trim(name, "[]"), "%")
	if net.ParseIP(address) != nil {
		return ""
	}
	return strings.TrimRight(name, ".")
}

func (s *libsslSession) configure(ctx uintptr) error {
	r := s.rules
	options := uintptr(optionLegacyServer | optionNoTicket | optionNoRenegotiation)
	if !r.ClientOrder {
		options |= optionServerPreference
	}
	s.ctxOptions.call(ctx, options)
	s.ctxLevel.call(ctx, 0)
	s.ctxTickets.call(ctx, 0)
	s.ctxCtrl.call(ctx, ctrlSessionCache, 0, 0)
	// Without this mode, libssl might complete a chain that is partial on purpose.
	s.ctxCtrl.call(ctx, ctrlMode, modeNoAutoChain|modeReleaseBuffers, 0)
	s.ctxCtrl.call(ctx, ctrlDHAuto, 1, 0)
	if !s.ctxCtrl.test(ctx, ctrlMinVersion, uintptr(r.MinVersion), 0) ||
		!s.ctxCtrl.test(ctx, ctrlMaxVersion, uintptr(r.MaxVersion), 0) {
		return s.reason()
	}
	below, above := suiteLists(r)
	if !s.ctxCipherList.test(ctx, uintptr(unsafe.Pointer(unsafe.SliceData(cString(below))))) {
		return s.reason()
	}
	if above != "" && !s.ctxCipherSuites.test(ctx, uintptr(unsafe.Pointer(unsafe.SliceData(cString(above))))) {
		return s.reason()
	}
	if r.Groups != nil && !s.ctxCtrl.test(ctx, ctrlGroupsList, 0, uintptr(unsafe.Pointer(unsafe.SliceData(cString(groupList(r.Groups)))))) {
		return s.reason()
	}
	if s.lines != nil {
		s.ctxKeyLog.call(ctx, s.keyLog)
	}
	s.ctxVerifier.call(ctx, s.verify, 0)
	mode := uintptr(verifyPeer)
	if s.as == server {
		mode = [...]uintptr{ClientAuthRequest: verifyPeer, ClientAuthRequire: verifyPeer | verifyMustBeHere}[r.ClientAuth]
		if r.Groups != nil || r.Named != nil {
			s.ctxHello.call(ctx, s.hello, 0)
		}
	} else {
		s.ctxCertCallback.call(ctx, s.asked, 0)
	}
	s.ctxVerifyMode.call(ctx, mode, 0)
	for _, certificate := range r.certificates() {
		if err := s.useCertificate(certificateTarget{ctx, s.ctxUseCertificate, s.ctxUseKey, s.ctxCtrl}, certificate); err != nil {
			return err
		}
	}
	return nil
}

// suiteLists returns the suites of r as OpenSSL's lists, those of TLS 1.3 separately; that list is empty if it is
// left to the engine.
func suiteLists(r *Rules) (below, above string) {
	var older, newer []string
	for _, suite := range r.Suites {
		if lowest, _ := SuiteVersions(suite); lowest == TLS13 {
			newer = append(newer, SuiteName(suite))
		} else {
			older = append(older, suiteNames[suite].openssl)
		}
	}
	if len(older) == 0 {
		older = []string{"DEFAULT"}
	}
	return strings.Join(older, ":") + ":@SECLEVEL=0", strings.Join(newer, ":")
}

func groupList(groups []uint16) string {
	names := make([]string, len(groups))
	for i, group := range groups {
		names[i] = GroupName(group)
	}
	return strings.Join(names, ":")
}

// certificateTarget is an SSL_CTX or an SSL, which can be given a certificate.
type certificateTarget struct {
	object                 uintptr
	useLeaf, useKey, extra function
}

// useCertificate gives libssl a certificate, its chain and its key.
func (s *libsslSession) useCertificate(target certificateTarget, certificate *tls.Certificate) error {
	if len(certificate.Certificate) == 0 || certificate.PrivateKey == nil {
		return nil
	}
	for i, der := range certificate.Certificate {
		x := s.x509New.call(s.context, 0)
		if x == 0 {
			return s.reason()
		}
		start, object := spare(der), x
		// If decoding fails, it frees the certificate.
		if s.x509Decode.call(uintptr(unsafe.Pointer(&object)), uintptr(unsafe.Pointer(&start)), uintptr(len(der))) == 0 {
			return s.reason()
		}
		var taken bool
		if i == 0 {
			taken = target.useLeaf.test(target.object, x)
		} else {
			const count = 1 // its own reference
			taken = target.extra.test(target.object, ctrlChainCert, count, x)
		}
		s.x509Free.call(x)
		if !taken {
			return s.reason()
		}
	}
	key, kept, err := s.privateKey(certificate.PrivateKey)
	if err != nil {
		return err
	}
	if !kept {
		defer s.keyFree.call(key)
	}
	if !target.useKey.test(target.object, key) {
		return s.reason()
	}
	return nil
}

// spare returns a copy of der with a byte after it: the libraries move a pointer to the end, which must stay within
// the Go object.
func spare(der []byte) *byte {
	return unsafe.SliceData(append(append(make([]byte, 0, len(der)+1), der...), 0))
}

func cString(s string) []byte { return append([]byte(s), 0) }

// libsslError has the contents of libssl's error queue.
type libsslError struct {
	text    string // empty if the queue was
	alert   int    // the peer's alert, or -1
	starved bool   // memory ran out, whether the queue says so or not
}

func (e *libsslError) Error() string {
	text := cmp.Or(e.text, "no reason given")
	if e.starved {
		return "libssl: out of memory: " + text
	}
	return "libssl: " + text
}

// Unwrap says if libssl had no memory.
func (e *libsslError) Unwrap() error {
	if e.starved {
		return syscall.ENOMEM
	}
	return nil
}

// reason empties this thread's error queue and returns its contents.
func (l *library) reason() *libsslError {
	const (
		reasons     = 1<<23 - 1
		alertOffset = 1000 // SSL_AD_REASON_OFFSET: reasons from here on are the peer's alerts
		fromSSL     = 20
	)
	e := &libsslError{alert: -1}
	var texts []string
	for {
		code := l.errGet.call()
		if code == 0 {
			break
		}
		text := make([]byte, 256)
		l.errString.call(code, uintptr(unsafe.Pointer(&text[0])), uintptr(len(text)))
		texts = append(texts, goString(text))
		if reason := int(code & reasons); code>>23&0xFF == fromSSL && reason >= alertOffset && reason < alertOffset+256 {
			e.alert = reason - alertOffset
		}
	}
	e.text = strings.Join(texts, "; ")
	e.starved = strings.Contains(e.text, "malloc failure") // ERR_R_MALLOC_FAILURE
	return e
}

func goString(text []byte) string {
	before, _, _ := strings.Cut(string(text), "\x00")
	return before
}

// received implements [session].
func (s *libsslSession) received(err error) (uint8, bool) {
	var e *libsslError
	if !errors.As(err, &e) || e.alert < 0 {
		return 0, false
	}
	return uint8(e.alert), true
}

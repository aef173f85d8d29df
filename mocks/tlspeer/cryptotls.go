package tlspeer

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
)

// cryptoTLS is the engine of the standard library.
type cryptoTLS struct{}

func (cryptoTLS) lacks(r *Rules) []Unavailable {
	var missing []Unavailable
	for _, suite := range r.Suites {
		lowest, highest := SuiteVersions(suite)
		switch {
		case highest < r.MinVersion || lowest > r.MaxVersion:
		case cryptoTLSSuites[suite] == nil:
			missing = append(missing, unavailableSuite(suite, "not implemented by crypto/tls"))
		case lowest == TLS13:
			missing = append(missing, unavailableSuite(suite, "crypto/tls can neither restrict nor order the suites of TLS 1.3"))
		}
	}
	for _, group := range r.Groups {
		if !slices.Contains(cryptoTLSGroups(TLS13), tls.CurveID(group)) {
			missing = append(missing, unavailableGroup(group, "not implemented by crypto/tls"))
		}
	}
	return missing
}

// cryptoTLSSuites are the suites of crypto/tls and the versions they are for.
var cryptoTLSSuites = func() map[uint16][]uint16 {
	table := make(map[uint16][]uint16)
	for _, suite := range slices.Concat(tls.CipherSuites(), tls.InsecureCipherSuites()) {
		table[suite.ID] = suite.SupportedVersions
	}
	return table
}()

// cryptoTLSGroups are the groups of crypto/tls under a version.
func cryptoTLSGroups(version uint16) []tls.CurveID {
	groups := []tls.CurveID{
		tls.X25519, tls.CurveP256, tls.CurveP384, tls.CurveP521,
		tls.X25519MLKEM768, tls.SecP256r1MLKEM768, tls.SecP384r1MLKEM1024,
	}
	if version < TLS13 {
		return groups[:4]
	}
	return groups
}

func (cryptoTLS) start(as role, raw net.Conn, r *Rules, keyLog io.Writer) session {
	s := &cryptoTLSSession{}
	r.hasten()
	config := &tls.Config{
		MinVersion:             r.MinVersion,
		MaxVersion:             r.MaxVersion,
		CipherSuites:           r.Suites,
		KeyLogWriter:           keyLog,
		SessionTicketsDisabled: true,
		// Verification is ours in both roles: vendors have rules of their own.
		VerifyConnection: func(state tls.ConnectionState) error {
			return r.verify(as, state.PeerCertificates)
		},
	}
	for _, group := range r.Groups {
		config.CurvePreferences = append(config.CurvePreferences, tls.CurveID(group))
	}
	if as == client {
		config.ServerName = r.ServerName
		config.InsecureSkipVerify = true
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			s.sent = r.Certificate.Certificate
			return &r.Certificate, nil
		}
		s.Conn = tls.Client(raw, config)
		return s
	}
	s.sent = r.Certificate.Certificate
	for _, certificate := range r.certificates() {
		config.Certificates = append(config.Certificates, *certificate)
	}
	switch r.ClientAuth {
	case ClientAuthRequest:
		config.ClientAuth = tls.RequestClientCert
	case ClientAuthRequire:
		config.ClientAuth = tls.RequireAnyClientCert
	}
	config.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		if r.show(hello.ServerName) {
			r.hasten()
			config.Certificates, s.sent = []tls.Certificate{r.Certificate}, r.Certificate.Certificate
		}
		return s.narrow(config, r, hello), nil
	}
	s.Conn = tls.Server(raw, config)
	return s
}

// narrow returns config with the one suite, the one group and the one certificate that r wants for this client.
// crypto/tls treats lists as filters and has its own orders, so only a list of one decides.
func (s *cryptoTLSSession) narrow(config *tls.Config, r *Rules, hello *tls.ClientHelloInfo) *tls.Config {
	version := uint16(0)
	for _, v := range hello.SupportedVersions {
		if v >= r.MinVersion && v <= r.MaxVersion {
			version = max(version, v)
		}
	}
	if version == 0 {
		return nil // the engine sends protocol_version
	}
	config = config.Clone()

	group, haveGroup := chooseGroup(config.CurvePreferences, version, hello)
	if haveGroup && r.Groups != nil {
		config.CurvePreferences = []tls.CurveID{group}
	}
	if certificate := narrowSuite(config, r, version, haveGroup, hello); certificate != nil {
		config.Certificates, s.sent = []tls.Certificate{*certificate}, certificate.Certificate
	}
	return config
}

// narrowSuite leaves config the one suite to use, and returns the certificate for it if that is known.
func narrowSuite(config *tls.Config, r *Rules, version uint16, haveGroup bool, hello *tls.ClientHelloInfo) *tls.Certificate {
	if version < TLS13 && r.Suites != nil {
		suite, certificate := chooseSuite(r, version, haveGroup, hello)
		config.CipherSuites = []uint16{}
		if certificate != nil {
			config.CipherSuites = []uint16{suite}
		}
		return certificate
	}
	all := r.certificates()
	if len(all) == 1 {
		return nil
	}
	for _, certificate := range all {
		if canSign(certificate, version, hello) {
			return certificate
		}
	}
	return nil
}

// chooseGroup returns the first of groups, or of the engine's groups if that is nil, which the client supports.
func chooseGroup(groups []tls.CurveID, version uint16, hello *tls.ClientHelloInfo) (tls.CurveID, bool) {
	possible := cryptoTLSGroups(version)
	if groups == nil {
		groups = possible
	}
	for _, group := range groups {
		if slices.Contains(possible, group) && slices.Contains(hello.SupportedCurves, group) {
			return group, true
		}
	}
	return 0, false
}

// chooseSuite returns the suite to use and its certificate, which is nil if there is no such suite.
func chooseSuite(r *Rules, version uint16, haveGroup bool, hello *tls.ClientHelloInfo) (uint16, *tls.Certificate) {
	ours, theirs := r.Suites, hello.CipherSuites
	if r.ClientOrder {
		ours, theirs = theirs, ours
	}
	all := r.certificates()
	signs := make([]bool, len(all))
	for i, certificate := range all {
		signs[i] = haveGroup && canSign(certificate, version, hello)
	}
	for _, suite := range ours {
		for i, certificate := range all {
			if slices.Contains(theirs, suite) && suits(suite, version, certificate, signs[i]) {
				return suite, certificate
			}
		}
	}
	return 0, nil
}

// suits reports whether crypto/tls can negotiate suite under a version up to TLS 1.2 with a certificate. signs says
// whether it can sign an ECDHE key for the client.
func suits(suite, version uint16, certificate *tls.Certificate, signs bool) bool {
	if !slices.Contains(cryptoTLSSuites[suite], version) {
		return false
	}
	_, isRSA := publicKey(certificate).(*rsa.PublicKey)
	switch keyExchange(suite) {
	case "ECDHE_RSA":
		return signs && isRSA
	case "ECDHE_ECDSA":
		return signs && !isRSA
	default: // RSA
		_, decrypts := certificate.PrivateKey.(crypto.Decrypter)
		return isRSA && decrypts
	}
}

// canSign reports whether crypto/tls has a signature scheme for this certificate in common with the client. A TLS 1.2
// client that names none means SHA-1 (RFC 5246 §7.4.1.4.1), which crypto/tls does not use; before TLS 1.2 there is no
// choice.
func canSign(certificate *tls.Certificate, version uint16, hello *tls.ClientHelloInfo) bool {
	if version < TLS12 {
		_, isEd25519 := publicKey(certificate).(ed25519.PublicKey)
		return !isEd25519
	}
	question := tls.ClientHelloInfo{
		SupportedVersions: []uint16{TLS12},
		CipherSuites: []uint16{
			tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
			tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
		},
		SupportedCurves:  cryptoTLSGroups(TLS12),
		SignatureSchemes: hello.SignatureSchemes,
	}
	if len(question.SignatureSchemes) == 0 {
		question.SignatureSchemes = []tls.SignatureScheme{tls.PKCS1WithSHA1, tls.ECDSAWithSHA1}
	}
	return question.SupportsCertificate(certificate) == nil
}

func publicKey(certificate *tls.Certificate) crypto.PublicKey {
	if signer, ok := certificate.PrivateKey.(crypto.Signer); ok {
		return signer.Public()
	}
	return nil
}

// cryptoTLSSession is a tls.Conn and the state that it does not expose.
type cryptoTLSSession struct {
	*tls.Conn
	sent [][]byte
}

func (s *cryptoTLSSession) handshake(ctx context.Context) error {
	return unreadable(s.HandshakeContext(ctx))
}

// unreadable turns an error of crypto/tls about a certificate that it cannot handle into an [UnreadableError]. The
// errors have no types.
func unreadable(err error) error {
	if err == nil {
		return nil
	}
	for _, text := range []string{
		"tls: failed to parse certificate from server", "tls: failed to parse client certificate",
		"unsupported type of public key", "unsupported public key of type", "certificate containing RSA key larger than",
	} {
		if strings.Contains(err.Error(), text) {
			return &UnreadableError{"certificate", err}
		}
	}
	return err
}

func (s *cryptoTLSSession) state() State {
	state := s.ConnectionState()
	return State{
		Version:    state.Version,
		Suite:      state.CipherSuite,
		Group:      uint16(state.CurveID),
		ServerName: state.ServerName,
		PeerChain:  state.PeerCertificates,
	}
}

func (s *cryptoTLSSession) localChain() [][]byte { return s.sent }

func (s *cryptoTLSSession) peerChain() (chain [][]byte) {
	for _, c := range s.ConnectionState().PeerCertificates {
		chain = append(chain, c.Raw)
	}
	return chain
}

// received looks for the *net.OpError with which crypto/tls reports a fatal alert of the peer. The type of the number
// in it is not exported, but its text is that of the tls.AlertError with the same number.
func (s *cryptoTLSSession) received(err error) (uint8, bool) {
	var op *net.OpError
	if !errors.As(err, &op) || op.Op != "remote error" || op.Err == nil {
		return 0, false
	}
	text := op.Err.Error()
	for description := range 256 {
		if tls.AlertError(description).Error() == text {
			return uint8(description), true
		}
	}
	return 0, false
}

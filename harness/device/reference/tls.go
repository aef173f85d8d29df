package reference

import (
	"bytes"
	"cmp"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"time"
)

// groups are the key exchange groups that the device can be set to.
var groups = []tls.CurveID{tls.CurveP256, tls.CurveP384, tls.CurveP521, tls.X25519, tls.X25519MLKEM768}

// foreignSuites are good suites that a server with an RSA certificate and AES cannot use, for OffersForeignSuites.
var foreignSuites = []uint16{
	tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
	tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
}

// usableSuites are the suites with AES-128, for OffersUnusableSuites.
var usableSuites = []uint16{
	tls.TLS_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
}

// oldSuites are the suites that a device offers besides the current ones if it allows versions below TLS 1.2. Peers of that
// age may have no forward secrecy.
var oldSuites = []uint16{
	tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, tls.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA,
	tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, tls.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA,
	tls.TLS_RSA_WITH_AES_128_CBC_SHA, tls.TLS_RSA_WITH_AES_256_CBC_SHA,
}

// agedSuites adds the old suites if an old version is allowed and no lever sets the suites.
func agedSuites(config *tls.Config) *tls.Config {
	if config.CipherSuites != nil || config.MinVersion >= tls.VersionTLS12 {
		return config
	}
	for _, suite := range tls.CipherSuites() {
		config.CipherSuites = append(config.CipherSuites, suite.ID)
	}
	config.CipherSuites = append(config.CipherSuites, oldSuites...)
	return config
}

// versions returns the range of TLS versions: 1.2 and above (RFC 8996), unless levers set it.
func (s *session) versions() (lowest, highest uint16) {
	levers := s.setup.Levers
	lowest, highest = cmp.Or(levers.TLSMin, tls.VersionTLS12), cmp.Or(levers.TLSMax, tls.VersionTLS13)
	// If a lever sets the highest version alone, it may be below the default of the lowest.
	if levers.TLSMin == 0 {
		lowest = min(lowest, highest)
	}
	switch {
	case s.bugs.OnlyTLS10:
		return tls.VersionTLS10, tls.VersionTLS10
	case s.bugs.OnlyTLS11:
		return tls.VersionTLS11, tls.VersionTLS11
	case s.bugs.OnlyTLS13:
		return tls.VersionTLS13, tls.VersionTLS13
	}
	return lowest, highest
}

// common returns what the configurations of client and server have in common.
func (s *session) common() *tls.Config {
	config := &tls.Config{SessionTicketsDisabled: true, CipherSuites: s.setup.Levers.Suites}
	config.MinVersion, config.MaxVersion = s.versions()
	for _, id := range s.setup.Levers.Groups {
		config.CurvePreferences = append(config.CurvePreferences, tls.CurveID(id))
	}
	if s.bugs.OffersForeignSuites {
		config.CipherSuites = foreignSuites
	}
	if s.bugs.LacksP384 {
		config.CurvePreferences = []tls.CurveID{tls.X25519, tls.CurveP256}
	}
	s.adapt(config)
	return config
}

// clientTLS returns the configuration for a connection to the host of that name. A floor other than 0 replaces the lowest
// version.
func (s *session) clientTLS(name string, floor uint16) *tls.Config {
	config := s.common()
	config.ServerName = name
	if s.bugs.SendsNoServerName {
		config.ServerName = ""
	}
	config.InsecureSkipVerify = true // VerifyConnection verifies
	config.VerifyConnection = func(state tls.ConnectionState) error {
		if s.bugs.OffersUnusableSuites && !slices.Contains(usableSuites, state.CipherSuite) {
			return fmt.Errorf("%s is not implemented", tls.CipherSuiteName(state.CipherSuite))
		}
		if err := s.heedsPins(state); err != nil {
			return err
		}
		return s.verify(state.PeerCertificates, state.OCSPResponse, name)
	}
	if s.certificate != nil && !s.bugs.PresentsNoCertificate {
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return s.certificate, nil }
	}
	if s.bugs.AcceptsTLS10Server {
		floor = tls.VersionTLS10
	}
	if floor != 0 {
		config.MinVersion = floor
	}
	return agedSuites(config)
}

// serverTLS returns the configuration for connections that peers open. The device asks for a client certificate and verifies
// it if there is one; most vendors have none.
func (s *session) serverTLS() *tls.Config {
	config := s.common()
	config.Certificates = []tls.Certificate{*s.certificate}
	config.ClientAuth = tls.RequestClientCert
	config.VerifyConnection = func(state tls.ConnectionState) error { return s.verifyClient(state.PeerCertificates) }
	if s.peculiar.AsksForAnotherShare {
		config.CurvePreferences = []tls.CurveID{tls.CurveP384}
	}
	if s.bugs.RequestsNoCertificate {
		config.ClientAuth = tls.NoClientCert
	}
	if s.bugs.ServesOldTLS {
		config.MinVersion = tls.VersionTLS10
	}
	if s.bugs.DemandsClientCertificate {
		config.ClientAuth = tls.RequireAnyClientCert
	}
	s.serveFaultily(config)
	if s.bugs.SendsNoIntermediates {
		config.Certificates[0].Certificate = config.Certificates[0].Certificate[:1]
	}
	return agedSuites(config)
}

// verify verifies the chain that a server presented: trust, dates, purpose, name and revocation.
func (s *session) verify(chain []*x509.Certificate, staple []byte, name string) error {
	if s.setup.Levers.VerifyOff {
		return nil
	}
	if s.bugs.VerifiesOnce {
		s.mu.Lock()
		again := s.verified
		s.verified = true
		s.mu.Unlock()
		if again {
			return nil
		}
	}
	leaf := chain[0]
	verified, err := s.verifyChain(chain, x509.ExtKeyUsageServerAuth)
	if err != nil {
		return err
	}
	if !s.bugs.AcceptsWrongName {
		if err := s.verifyName(leaf, name); err != nil {
			return err
		}
	}
	if s.options.Refuses != nil && s.options.Refuses(leaf) {
		return errors.New("certificate is of a kind that the device refuses")
	}
	if s.bugs.RequiresClientAuthEKU && !slices.Contains(leaf.ExtKeyUsage, x509.ExtKeyUsageClientAuth) {
		return errors.New("certificate is not for client authentication")
	}
	if s.bugs.RefusesECDSA && leaf.PublicKeyAlgorithm == x509.ECDSA {
		return errors.New("certificate has an ECDSA key")
	}
	if s.bugs.PinsLeafKey {
		s.mu.Lock()
		first := s.pinned == nil
		if first {
			s.pinned = leaf.RawSubjectPublicKeyInfo
		}
		same := bytes.Equal(s.pinned, leaf.RawSubjectPublicKeyInfo)
		s.mu.Unlock()
		if !same {
			return errors.New("certificate has another key than before")
		}
	}
	if s.bugs.IgnoresRevocation {
		return nil
	}
	return s.verifyNotRevoked(verified, staple)
}

// heedsPins checks a connection against what the device has pinned on its first.
func (s *session) heedsPins(state tls.ConnectionState) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.pinnedTLS == nil {
		s.pinnedTLS = &state
	}
	switch {
	case s.bugs.PinsVersion && state.Version != s.pinnedTLS.Version:
		return errors.New("connection has another version of TLS than before")
	case s.bugs.PinsSuite && state.CipherSuite != s.pinnedTLS.CipherSuite:
		return errors.New("connection has another suite than before")
	}
	return nil
}

// verifyClient verifies the chain of a client, if it presented one. It does not check the purpose of the certificate, because
// vendors present their server certificates, and public authorities issue no others.
func (s *session) verifyClient(chain []*x509.Certificate) error {
	if len(chain) == 0 || s.setup.Levers.VerifyOff || s.bugs.AcceptsAnyClientCertificate {
		return nil
	}
	verified, err := s.verifyChain(chain, x509.ExtKeyUsageAny)
	if err != nil {
		return err
	}
	return s.verifyNotRevoked(verified, nil)
}

// verifyChain returns the verified chain from the leaf to a root of the trust bundle.
func (s *session) verifyChain(chain []*x509.Certificate, usage x509.ExtKeyUsage) ([]*x509.Certificate, error) {
	options := x509.VerifyOptions{
		Roots: x509.NewCertPool(), Intermediates: x509.NewCertPool(),
		KeyUsages: []x509.ExtKeyUsage{usage},
	}
	roots := s.roots
	if s.bugs.TrustsFirstRootOnly {
		roots = roots[:min(1, len(roots))]
	}
	for _, root := range roots {
		options.Roots.AddCert(root)
	}
	for _, intermediate := range chain[1:] {
		options.Intermediates.AddCert(intermediate)
	}
	leaf := *chain[0]
	if s.bugs.IgnoresCriticalExtensions {
		leaf.UnhandledCriticalExtensions = nil
	}
	if s.bugs.IgnoresPurpose {
		options.KeyUsages = []x509.ExtKeyUsage{x509.ExtKeyUsageAny}
	}
	chains, err := leaf.Verify(options)
	if err == nil {
		return chains[0], s.verifyStrength(chains[0])
	}
	if s.pardons(chain, roots, err) {
		return chain[:1], nil
	}
	return nil, err
}

// weakest is how many bits an RSA key must have at least, RFC 9325 §4.5.
const weakest = 2048

// verifyStrength checks what package x509 does not: that no RSA key of the chain is short, and that the leaf's key may be
// used in a handshake.
func (s *session) verifyStrength(chain []*x509.Certificate) error {
	for _, c := range chain {
		key, isRSA := c.PublicKey.(*rsa.PublicKey)
		if isRSA && key.N.BitLen() < weakest && !s.bugs.AcceptsWeakKeys {
			return fmt.Errorf("the RSA key of %v has %d bits", c.Subject, key.N.BitLen())
		}
	}
	const handshake = x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment | x509.KeyUsageKeyAgreement
	if usage := chain[0].KeyUsage; usage != 0 && usage&handshake == 0 {
		return errors.New("the key of the certificate is not for handshakes")
	}
	return nil
}

// pardons tells whether a bug makes the device accept a chain that failed with err.
func (s *session) pardons(chain, roots []*x509.Certificate, err error) bool {
	leaf, now := chain[0], time.Now()
	var invalid x509.CertificateInvalidError
	if errors.As(err, &invalid) && invalid.Reason == x509.Expired {
		overlooked := s.bugs.AcceptsExpired && now.After(leaf.NotAfter) || s.bugs.AcceptsNotYetValid && now.Before(leaf.NotBefore)
		return overlooked && signedUpTo(chain, roots)
	}
	var unknown x509.UnknownAuthorityError
	if errors.As(err, &unknown) {
		if bytes.Equal(leaf.RawIssuer, leaf.RawSubject) {
			return s.bugs.AcceptsSelfSigned
		}
		return s.bugs.AcceptsUnknownCA
	}
	return false
}

// signedUpTo tells whether signatures lead from the leaf to a root, ignoring dates.
func signedUpTo(chain, roots []*x509.Certificate) bool {
	issuers := append(slices.Clone(chain[1:]), roots...)
	current := chain[0]
	for range len(chain) {
		if slices.ContainsFunc(roots, func(r *x509.Certificate) bool { return current.CheckSignatureFrom(r) == nil }) {
			return true
		}
		i := slices.IndexFunc(issuers, func(c *x509.Certificate) bool { return current.CheckSignatureFrom(c) == nil })
		if i < 0 {
			return false
		}
		current = issuers[i]
	}
	return false
}

// verifyName checks that the certificate is for name.
func (s *session) verifyName(leaf *x509.Certificate, name string) error {
	rules := nameRules{
		wildcards: 1, commonName: s.bugs.TrustsCommonName, parts: s.bugs.WildcardCoversPart, noURIs: s.bugs.IgnoresURINames,
	}
	if s.bugs.RefusesWildcard {
		rules.wildcards = 0
	}
	if s.bugs.WildcardCoversTwoLabels {
		rules.wildcards = 2
	}
	names := rules.names(leaf)
	if slices.ContainsFunc(names, func(pattern string) bool { return rules.match(pattern, name) }) {
		return nil
	}
	return fmt.Errorf("certificate is for %q, not for %s", names, name)
}

// factoryCertificate returns the certificate that a device leaves the factory with: self-signed, and for no host.
func factoryCertificate(key crypto.PrivateKey) (*tls.Certificate, error) {
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, errors.New("the key cannot sign")
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "SIP device"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(10, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, signer.Public(), signer)
	if err != nil {
		return nil, err
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}

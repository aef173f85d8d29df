package reference

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"time"

	"golang.org/x/crypto/ocsp"
)

// maxFetched is how many bytes of a revocation list or an OCSP response the device reads at most.
const maxFetched = 4 << 20

// verifyNotRevoked returns an error if a certificate of a verified chain is revoked by the stapled OCSP response, a revocation
// list that the device was given or that the certificates name, or an OCSP responder that they name. A list or response
// that the device cannot get, or that is out of date, is ignored.
func (s *session) verifyNotRevoked(chain []*x509.Certificate, staple []byte) error {
	if len(chain) > 1 && len(staple) > 0 {
		response, err := ocsp.ParseResponseForCert(staple, chain[0], chain[1])
		if err == nil && response.Status == ocsp.Revoked {
			return errors.New("certificate is revoked by its OCSP staple")
		}
	}
	for i := 0; i+1 < len(chain); i++ {
		for rest := []byte(s.setup.Levers.RevocationLists); ; {
			var block *pem.Block
			if block, rest = pem.Decode(rest); block == nil {
				break
			}
			list, err := readList(block.Bytes, chain[i+1])
			if err == nil && isOn(list, chain[i]) {
				return fmt.Errorf("certificate %v is revoked by a list that the device was given", chain[i].SerialNumber)
			}
		}
		for _, location := range chain[i].CRLDistributionPoints {
			list, err := s.fetchCRL(location, chain[i+1])
			if err != nil {
				s.event("revocation list not used: %v", err)
				continue
			}
			if isOn(list, chain[i]) {
				return fmt.Errorf("certificate %v is revoked by the list of its issuer", chain[i].SerialNumber)
			}
		}
		for _, location := range chain[i].OCSPServer {
			response, err := s.askResponder(location, chain[i], chain[i+1])
			if err != nil {
				s.event("OCSP responder not used: %v", err)
				continue
			}
			if response.Status == ocsp.Revoked {
				return fmt.Errorf("certificate %v is revoked by its OCSP responder", chain[i].SerialNumber)
			}
		}
	}
	return nil
}

// askResponder returns the current OCSP response for a certificate.
func (s *session) askResponder(location string, certificate, issuer *x509.Certificate) (*ocsp.Response, error) {
	question, err := ocsp.CreateRequest(certificate, issuer, nil)
	if err != nil {
		return nil, err
	}
	der, err := s.fetch(http.MethodPost, location, "application/ocsp-request", question)
	if err != nil {
		return nil, err
	}
	response, err := ocsp.ParseResponseForCert(der, certificate, issuer)
	if err != nil {
		return nil, err
	}
	if !response.NextUpdate.IsZero() && time.Now().After(response.NextUpdate) {
		return nil, fmt.Errorf("%s: out of date since %v", location, response.NextUpdate)
	}
	return response, nil
}

// fetchCRL returns the current revocation list of an issuer, from where a certificate names it.
func (s *session) fetchCRL(location string, issuer *x509.Certificate) (*x509.RevocationList, error) {
	der, err := s.fetch(http.MethodGet, location, "", nil)
	if err != nil {
		return nil, err
	}
	return readList(der, issuer)
}

// readList returns the current revocation list of an issuer.
func readList(der []byte, issuer *x509.Certificate) (*x509.RevocationList, error) {
	list, err := x509.ParseRevocationList(der)
	if err != nil {
		return nil, err
	}
	if err := list.CheckSignatureFrom(issuer); err != nil {
		return nil, err
	}
	if !list.NextUpdate.IsZero() && time.Now().After(list.NextUpdate) {
		return nil, fmt.Errorf("the list of %v is out of date since %v", issuer.Subject, list.NextUpdate)
	}
	return list, nil
}

// isOn tells whether a list of its issuer has a certificate.
func isOn(list *x509.RevocationList, c *x509.Certificate) bool {
	return slices.ContainsFunc(list.RevokedCertificateEntries, func(entry x509.RevocationListEntry) bool {
		return entry.SerialNumber.Cmp(c.SerialNumber) == 0
	})
}

// fetch sends an HTTP request, with a body of the media type kind if there is one, and returns the body of the response.
func (s *session) fetch(method, location, kind string, body []byte) ([]byte, error) {
	u, err := url.Parse(location)
	if err != nil || u.Scheme != "http" {
		return nil, fmt.Errorf("%s is not an http URL", location)
	}
	ctx, cancel := context.WithTimeout(s.ctx, dialLimit)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, location, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if kind != "" {
		request.Header.Set("Content-Type", kind)
	}
	transport := &http.Transport{DialContext: s.dialHTTP, DisableKeepAlives: true}
	defer transport.CloseIdleConnections()
	response, err := (&http.Client{Transport: transport}).Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", location, response.Status)
	}
	return io.ReadAll(io.LimitReader(response.Body, maxFetched))
}

// dialHTTP connects to "host:port". It looks names up at the setup's name server.
func (s *session) dialHTTP(ctx context.Context, _, address string) (net.Conn, error) {
	host, digits, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	port, err := strconv.ParseUint(digits, 10, 16)
	if err != nil {
		return nil, err
	}
	hops := []hop{}
	if literal, err := netip.ParseAddr(host); err == nil {
		hops = append(hops, hop{netip.AddrPortFrom(literal, uint16(port)), host})
	} else if hops, err = s.addresses(ctx, host, uint16(port)); err != nil {
		return nil, err
	}
	errs := []error{fmt.Errorf("no address of %s answers", host)}
	for _, h := range hops {
		conn, err := s.dialTCP(ctx, h.address)
		if err == nil {
			return conn, nil
		}
		errs = append(errs, err)
	}
	return nil, errors.Join(errs...)
}

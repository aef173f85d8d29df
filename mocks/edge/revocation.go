package edge

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/mocks/identity"
	"github.com/sipconform/sipconform/mocks/observation"
)

// What the vendor spends on the revocation list of a device's certificate. One that it
// does not get in time is none.
const (
	listPatience = 2 * time.Second
	maxList      = 1 << 20
)

// heedingLists is the verification by rules, and then by the revocation lists that the
// leaf names. An authority that the vendor trusts has named them: of any other leaf they
// are not fetched. A list that cannot be had revokes nothing.
func (e *Edge) heedingLists(rules identity.Rules) func([]*x509.Certificate) error {
	return func(chain []*x509.Certificate) error {
		if err := rules.Verify(chain); err != nil {
			return err
		}
		leaf := chain[0]
		for _, location := range leaf.CRLDistributionPoints {
			list, err := fetchList(location, slices.Concat(chain[1:], rules.Roots))
			if err != nil {
				e.config.Log.Append(observation.Event{Kind: observation.Note, Text: "the device's revocation list is not used: " + err.Error()})
				continue
			}
			on := func(r x509.RevocationListEntry) bool { return r.SerialNumber.Cmp(leaf.SerialNumber) == 0 }
			if slices.ContainsFunc(list.RevokedCertificateEntries, on) {
				return &identity.Rejection{Causes: []string{certs.CauseRevoked}, Err: fmt.Errorf("the list at %s has the certificate", location)}
			}
		}
		return nil
	}
}

// fetchList returns the list at a location, if one of the issuers has signed it and it is
// current.
func fetchList(location string, issuers []*x509.Certificate) (*x509.RevocationList, error) {
	transport := &http.Transport{DisableKeepAlives: true}
	defer transport.CloseIdleConnections()
	response, err := (&http.Client{Transport: transport, Timeout: listPatience}).Get(location)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", location, response.Status)
	}
	der, err := io.ReadAll(io.LimitReader(response.Body, maxList))
	if err != nil {
		return nil, err
	}
	return readList(der, issuers, time.Now())
}

// readList reads a list that one of the issuers has signed and that is current.
func readList(der []byte, issuers []*x509.Certificate, now time.Time) (*x509.RevocationList, error) {
	list, err := x509.ParseRevocationList(der)
	if err != nil {
		return nil, err
	}
	signed := func(issuer *x509.Certificate) bool { return list.CheckSignatureFrom(issuer) == nil }
	switch {
	case !slices.ContainsFunc(issuers, signed):
		return nil, errors.New("no issuer of the certificate has signed the list")
	case !list.NextUpdate.IsZero() && now.After(list.NextUpdate):
		return nil, fmt.Errorf("the list is out of date since %v", list.NextUpdate)
	}
	return list, nil
}

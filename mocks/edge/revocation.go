package edge

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"syscall"
	"time"

	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/mocks/identity"
	"github.com/sipconform/sipconform/mocks/observation"
)

// What the vendor spends on the revocation list of a device's certificate. One that it
// does not get in time is none.
const (
	listPatience  = 2 * time.Second
	maxList       = 1 << 20
	maxListHeader = 64 << 10
)

// heedingLists is the verification by rules, and then by the revocation lists that the
// leaf names. An authority that the vendor trusts has named them: of any other leaf they
// are not fetched. A list that cannot be had revokes nothing.
func (e *Edge) heedingLists(rules identity.Rules) func([]*x509.Certificate) error {
	return func(chain []*x509.Certificate) error {
		if err := rules.Verify(chain); err != nil {
			return err
		}
		return e.heedLists(chain[0], slices.Concat(chain[1:], rules.Roots))
	}
}

// heedLists rejects a leaf that is on a list of one of its issuers. A list that cannot be had for want of something of the
// harness's own, such as a name server that answers, is a fault.
func (e *Edge) heedLists(leaf *x509.Certificate, issuers []*x509.Certificate) error {
	for _, location := range leaf.CRLDistributionPoints {
		list, err := e.fetchList(location, issuers)
		if err != nil {
			e.config.Log.Short("", "fetching the device's revocation list", err)
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

// fetchList returns the list at a location, if one of the issuers has signed it and it is
// current. It goes where the gate lets it, and not further on by a redirection. On loopback
// it asks no name server, which would be the machine's.
func (e *Edge) fetchList(location string, issuers []*x509.Certificate) (*x509.RevocationList, error) {
	at, err := url.Parse(location)
	if err != nil {
		return nil, err
	}
	addresses, err := e.addressesOf(at.Hostname())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", location, err)
	}
	dialer := net.Dialer{Control: func(_, to string, _ syscall.RawConn) error {
		address, err := netip.ParseAddrPort(to)
		if err != nil {
			return err
		}
		return e.gate.Check(address)
	}}
	dial := func(ctx context.Context, network, to string) (conn net.Conn, err error) {
		_, port, err := net.SplitHostPort(to)
		if err != nil {
			return nil, err
		}
		for _, address := range addresses {
			if conn, err = dialer.DialContext(ctx, network, net.JoinHostPort(address.String(), port)); err == nil {
				break
			}
		}
		return conn, err
	}
	transport := &http.Transport{DisableKeepAlives: true, DialContext: dial, MaxResponseHeaderBytes: maxListHeader}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, Timeout: listPatience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Get(location)
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

// addressesOf returns the addresses of a host, or the address that it is. The name server is asked beforehand, and not by
// the HTTP client, which would not tell that it did not answer.
func (e *Edge) addressesOf(host string) ([]netip.Addr, error) {
	if address, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{address}, nil
	}
	if e.gate.Local() {
		return nil, errors.New("it names a host, and there are only addresses here")
	}
	ctx, cancel := context.WithTimeout(context.Background(), listPatience)
	defer cancel()
	return e.config.names.LookupNetIP(ctx, "ip", host)
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

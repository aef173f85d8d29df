package scene

import (
	"fmt"
	"net/netip"

	"github.com/sipconform/sipconform/certs"
)

// Own is how the device's own certificate differs from a plain one for its host name,
// which is in the common name and in the subjectAltName.
type Own struct {
	// CommonNameOnly has no subjectAltName, and AlternativeNameOnly another common name.
	CommonNameOnly, AlternativeNameOnly bool
	// List is the revocation list that the certificate names.
	List OwnList
}

// OwnList is what the revocation list that the device's certificate names says of it.
type OwnList string

// The lists. The zero value is a certificate that names none.
const (
	CleanList       OwnList = "clean"
	RevokingList    OwnList = "revoking"
	UnreachableList OwnList = "unreachable"
)

// ownCertificate issues the device's own certificate.
func (s *stage) ownCertificate() (*certs.Credential, error) {
	own, err := s.deviceAuthority()
	if err != nil {
		return nil, err
	}
	// RSA, since every suite of the vendors' first lists is.
	leaf := certs.Leaf{DNSNames: []string{s.deviceHost()}, Key: certs.RSA2048, KeySlot: "device", ClientAuth: true}
	set := s.scene.Device.Own
	if set.AlternativeNameOnly {
		leaf.CommonName = "SIP device"
	}
	switch {
	case set.CommonNameOnly:
		return own.IssueDefective("cn-only", leaf)
	case set.List == UnreachableList:
		closed := netip.AddrPortFrom(s.Place.Private, closedPort)
		leaf.CRLDistributionPoints = []string{fmt.Sprintf("http://%v/device.crl", closed)}
	case set.List != "":
		return s.revocations.issue(own, leaf, ByList, set.List == RevokingList)
	}
	return own.Issue(leaf)
}

package infobip_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/api"
	"github.com/sipconform/sipconform/mocks/infobip"
	"github.com/sipconform/sipconform/mocks/nameserver"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/peers"
)

// TestCurlOnALAN has curl, on another host, find the API by its name over each version of IP, as it finds the vendor's own.
func TestCurlOnALAN(t *testing.T) {
	t.Parallel()
	testkit.Program(t, "curl")
	if !testkit.InOwnNetwork(t) {
		return
	}
	four, six := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1")
	lan := testkit.NewLAN(t)
	lan.Join("192.0.2.1/24", "192.0.2.2/24", "2001:db8::1/64", "2001:db8::2/64")
	client := lan.Host("192.0.2.7/24", "2001:db8::7/64")
	client.Resolve(four)
	s, err := infobip.Start(nil, func(c *infobip.Config) {
		c.Port, c.Addresses = api.Port, []netip.Addr{four, four.Next()}
		c.Twins = map[netip.Addr]netip.Addr{four: six, four.Next(): six.Next()}
		c.Peers = peers.Peers{Device: []netip.Addr{netip.MustParseAddr("192.0.2.7"), netip.MustParseAddr("2001:db8::7")}}
	})
	testkit.Started(t, s, err)
	names, err := nameserver.Start(t.Context(), nameserver.Config{Address: netip.AddrPortFrom(four, 53)})
	testkit.Started(t, names, err)
	site := s.Sites()[0]
	var records nameserver.Records
	for _, address := range s.Reach(site.Address.Addr()) {
		records = append(records, nameserver.Address(site.Name, address))
	}
	names.Variable(s.Log, records)
	roots := testkit.File(t, "roots.pem", s.Roots)
	for version, from := range map[string]string{"-4": "192.0.2.7", "-6": "2001:db8::7"} {
		before := len(s.Log.Events())
		cmd := testkit.Command(t, "curl", version, "--silent", "--show-error", "--cacert", roots, site.URL())
		if out, status := testkit.Run(t, client.Enter(cmd)); status != 0 || !strings.HasPrefix(out, "{") {
			t.Errorf("%s: status %d, %s", version, status, out)
		}
		opened := testkit.AwaitFrom(t, s.Log, before, observation.TransportOpen, nil).Transport
		if opened.Remote.Addr() != netip.MustParseAddr(from) {
			t.Errorf("%s: the connection is from %s", version, opened.Remote)
		}
	}
}

package scenarios

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/sipconform/sipconform/harness/device/process"
	"github.com/sipconform/sipconform/harness/plan"
)

// onNetwork returns the device of a descriptor with that network.
func onNetwork(t *testing.T, network string) *process.Device {
	t.Helper()
	const more = "\ncapabilities: [register, digest]\nactions: {any: {steps: [{run: ['true']}]}}\n"
	yaml := []byte("name: phone\nplace: network\nnetwork: " + network + more)
	d, err := process.Load(t.Context(), fstest.MapFS{"device.yaml": {Data: yaml}}, "device.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return process.New(d)
}

func addresses(texts ...string) (all []netip.Addr) {
	for _, text := range texts {
		all = append(all, netip.MustParseAddr(text))
	}
	return all
}

// TestNetworkPlace: each of the vendor's hosts has an address of its own as far as there are any, of one family, with twins in
// the other; who the device is follows from its descriptor.
func TestNetworkPlace(t *testing.T) {
	t.Parallel()
	ending := func(network string) func(string) []netip.Addr {
		return func(digits string) (all []netip.Addr) {
			for _, d := range digits {
				all = append(all, netip.MustParseAddr(network+string(d)))
			}
			return all
		}
	}
	four, six := ending("192.0.2."), ending("2001:db8::")
	for name, c := range map[string]struct {
		listen  []netip.Addr
		proxies []netip.Addr
		private string
		twins   int
	}{
		"one":             {four("1"), four("111"), "192.0.2.1", 0},
		"two":             {four("12"), four("222"), "192.0.2.1", 0},
		"five":            {four("12345"), four("234"), "192.0.2.5", 0},
		"IPv6":            {six("1"), six("111"), "2001:db8::1", 0},
		"both":            {slices.Concat(four("1"), six("1")), four("111"), "192.0.2.1", 1},
		"more of one":     {slices.Concat(four("1"), six("12")), four("111"), "192.0.2.1", 1},
		"IPv6, and a few": {slices.Concat(six("1"), four("1"), six("2")), six("222"), "2001:db8::1", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := onNetwork(t, "{addresses: [192.0.2.20, 192.0.2.21], resolvers: [192.0.2.30], nat: true}").Network()
			n := &Network{Listen: c.listen, Customer: Customer{Name: "lab", User: "u", Password: "p"}}
			p := n.place(d)(1)
			hosts := slices.Equal(p.Proxies[:], c.proxies) && len(p.Network.Twins) == c.twins
			if !hosts || p.Vendor != c.listen[0] || p.Private.String() != c.private {
				t.Errorf("the place is %+v, %+v", p, p.Network)
			}
			if p.Network.Customer != "lab" || p.Device != netip.MustParseAddr("192.0.2.20") || !p.Network.Device.Latch {
				t.Errorf("the device is %+v at %s", p.Network, p.Device)
			}
			resolver := netip.MustParseAddr("192.0.2.30")
			second, stranger := netip.MustParseAddr("192.0.2.21"), netip.MustParseAddr("192.0.2.99")
			if p.Peers(true).Takes(resolver) || !p.Resolvers().Takes(resolver) || !p.Peers(true).Takes(second) || p.Resolvers().Takes(stranger) {
				t.Errorf("who is the device, or asks for it: %+v", p.Network)
			}
		})
	}
}

// TestNetworkRefusals: what cannot work is said before anything runs, with what to do.
func TestNetworkRefusals(t *testing.T) {
	t.Parallel()
	loopback := addresses("127.0.0.1")
	lab := Customer{Name: "lab", User: "u", Password: "p"}
	narrow := Customer{Name: "lab", Products: []string{"twilio/voice"}}
	voice := plan.Part{Vendor: "twilio", Product: "voice"}
	imp := plan.Part{Vendor: "cisco", Product: "imp"}
	for name, c := range map[string]struct {
		network string
		n       Network
		parts   []plan.Part
		want    string // "" for none
	}{
		"sound":             {"{addresses: 127.0.0.2}", Network{Listen: loopback, Customer: lab}, []plan.Part{voice, voice}, ""},
		"no address to be":  {"{addresses: 127.0.0.2}", Network{Customer: lab}, nil, "with -listen"},
		"everywhere":        {"{addresses: 127.0.0.2}", Network{Listen: addresses("0.0.0.0"), Customer: lab}, nil, "stands for every address"},
		"an address twice":  {"{addresses: 127.0.0.2}", Network{Listen: addresses("127.0.0.1", "127.0.0.1"), Customer: lab}, nil, "twice"},
		"another machine's": {"{addresses: 127.0.0.2}", Network{Listen: addresses("192.0.2.1"), Customer: lab}, nil, "one of its addresses?"},
		"no lab":            {"{addresses: 127.0.0.2}", Network{Listen: loopback}, nil, "with -lab"},
		"no lab needed":     {"{addresses: 127.0.0.2, fresh: true}", Network{Listen: loopback}, []plan.Part{voice, imp}, ""},
		"two products": {"{addresses: 127.0.0.2}", Network{Listen: loopback, Customer: lab}, []plan.Part{voice, imp},
			"the filter selects 2, twilio/voice, cisco/imp: choose one with -filter, such as 'vendor:twilio && product:voice'"},
		"a person sets them": {"{addresses: 127.0.0.2, person: true}", Network{Listen: loopback, Customer: lab}, []plan.Part{voice, imp}, ""},
		"not vouched for": {"{addresses: 127.0.0.2, person: true}", Network{Listen: loopback, Customer: narrow}, []plan.Part{voice, imp},
			"the lab is for twilio/voice, and the filter selects cisco/imp as well"},
		"nobody, and nothing tells": {"{}", Network{Listen: loopback, Customer: lab}, []plan.Part{voice}, "address is not known"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			asked := &plan.Plan{Parts: c.parts}
			certification := &Certification{Plan: asked, whole: asked, options: Options{Network: &c.n}}
			_, err := certification.meet(t.Context(), onNetwork(t, c.network))
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("the error is %v, want %q", err, c.want)
			}
		})
	}
}

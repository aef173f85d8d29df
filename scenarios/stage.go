package scenarios

import (
	"context"
	"crypto/x509"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/harness/bench"
	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/mocks/api"
	"github.com/sipconform/sipconform/mocks/edge"
	"github.com/sipconform/sipconform/mocks/nameserver"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/profile"
)

// The one account that every mock knows.
const (
	user     = "alice"
	password = "correct-horse"
	caller   = "+15550100"
	callee   = "+15550199"
)

// scene is a scenario as it is written down.
type scene struct {
	id, title string // the ID is below vendor and product
	direction plan.Direction
	area      string
	// revisions are those that it is true of; nil: all of the product's. The
	// first is the one that the mock obeys.
	revisions []string
	settings  map[string]string
	levers    device.Levers
	needs     []device.Capability // beyond those of levers and steps
	answer    edge.AnswerFault
	// suites and groups are the only ones of the mock's, instead of its revision's.
	suites, groups []uint16
	shows          presentation
	// trusts are the names of the roots that the device imports, of the product's
	// bundle; nil: all.
	trusts []string
	// names arranges the vendor's records otherwise.
	names arrangement
	// wrongPassword configures the device with one that the vendor does not know.
	wrongPassword bool
	// enable are SRTP suites that a device with a lever for them has to be set to.
	enable []string
	// grant is the longest registration that the vendor grants, in seconds; 0
	// leaves it to the profile.
	grant  int
	script []step
	// control is the ID, below vendor and product, of the paired good case.
	control string
	asks    []judge.Check
}

// presentation is what certificate the mock shows.
type presentation struct {
	root    string // a name of the product's bundle, "" the first
	recipe  string // of a defect, "" none
	next    bool   // below the intermediate that follows the one in use
	slot    string // of the leaf's key
	common  string // name of the subject, "" the first of the names
	other   int    // how many hosts further the one is whose certificate it is
	revoked string // byList or byResponder: how one learns that it is
}

// ask is a check as scenes write it.
func ask(requirement, expected string, rule judge.Rule) judge.Check {
	return judge.Check{Requirement: requirement, Expected: expected, Rule: rule}
}

// build makes a scenario of the scene.
func (s scene) build(p *profile.Product) *plan.Scenario {
	prefix := p.Vendor + "/" + p.Product + "/"
	if s.revisions == nil {
		for _, r := range p.Revisions {
			s.revisions = append(s.revisions, r.Revision)
		}
	}
	built := &plan.Scenario{
		ID: prefix + s.id, Title: s.title, Vendor: p.Vendor, Product: p.Product, Profiles: s.revisions,
		Direction: s.direction, Area: s.area, Needs: s.allNeeds(), Checks: s.asks,
		Run: func(ctx context.Context, b *bench.Bench) error { return s.run(ctx, b, p) },
	}
	if s.control != "" {
		built.Control = prefix + s.control
	}
	return built
}

func (s scene) allNeeds() []device.Capability {
	needs := append(s.levers.Needs(), s.needs...)
	for _, step := range s.script {
		needs = append(needs, step.needs...)
	}
	slices.Sort(needs)
	return slices.Compact(needs)
}

// stage is a scene being run.
type stage struct {
	*bench.Bench
	scene   scene
	product *profile.Product
	edge    *edge.Edge // of a product that speaks SIP, else nil
	api     *api.API   // of a product that devices are HTTPS clients of, else nil
	zone    *nameserver.Variable
	session device.Session
	call    *edge.Call
	revoked *revocations
	hosts   []io.Closer
	waiting sync.WaitGroup // for the hosts
	renewed int            // Seq from which on the certificate is another
}

// deviceHost is the name that the vendor has for the device's own server.
func (s *stage) deviceHost() string { return s.Name() + ".device.example" }

// run stages the scene: mock, names, device, script.
func (sc scene) run(ctx context.Context, b *bench.Bench, p *profile.Product) error {
	s := &stage{Bench: b, scene: sc, product: p}
	s.revoked = newRevocations(b.Log, b.Place.Vendor)
	defer s.revoked.Close()
	mock, err := s.open()
	if err != nil {
		return err
	}
	defer mock.Close()
	records, err := s.records()
	if err != nil {
		return err
	}
	defer s.closeHosts()
	s.zone = b.Names.Variable(b.Log, records)
	defer s.zone.Release()
	setup, err := s.setup()
	if err != nil {
		return err
	}
	if s.session, err = b.Device.Prepare(ctx, setup); err != nil {
		return &bench.DeviceFault{Err: err}
	}
	defer s.session.Close()
	for _, step := range sc.script {
		if err := step.act(ctx, s); err != nil {
			return err
		}
	}
	s.decided(ctx)
	b.Log.Append(observation.Event{Kind: observation.Device, Device: &observation.DeviceInfo{What: observation.DeviceSettled}})
	b.Log.Mark(observation.SceneOver)
	return s.session.Close()
}

// open starts the vendor's side, by what the product's profile has.
func (s *stage) open() (io.Closer, error) {
	clients, err := edge.Clients(s.Forge, s.product)
	if err != nil {
		return nil, err
	}
	if s.product.HTTPS != nil {
		return s.openAPI(clients)
	}
	return s.openEdge(clients)
}

func (s *stage) openEdge(clients []*x509.Certificate) (io.Closer, error) {
	shown, err := s.shown(s.scene.shows)
	if err != nil {
		return nil, err
	}
	second, err := s.second(s.scene.shows)
	if err != nil {
		return nil, err
	}
	s.edge, err = edge.Start(edge.Config{
		Product: s.scene.granting(s.product), Revision: s.scene.revisions[0], Settings: s.scene.settings, Name: s.Name(),
		Certificate: shown, Second: second, Peer: s.deviceHost(),
		Log: s.Log, Wire: s.Wire, Address: s.Place.Vendor, Proxies: s.Place.Proxies[:], Private: s.Place.Private, StandardPorts: s.Place.StandardPorts,
		Suites: s.scene.suites, Groups: s.scene.groups, Clients: clients,
		User: user, Password: password, Answer: s.scene.answer, MediaInterval: s.MediaInterval, Seed: s.Seed,
	})
	return s.edge, err
}

func (s *stage) openAPI(clients []*x509.Certificate) (io.Closer, error) {
	shown, err := s.shownBySite(s.scene.shows)
	if err != nil {
		return nil, err
	}
	s.api, err = api.Start(api.Config{
		Product: s.product, Revision: s.scene.revisions[0], Settings: s.scene.settings, Name: s.Name(), Certificate: shown,
		Log: s.Log, Wire: s.Wire, Addresses: []netip.Addr{s.Place.Vendor, s.Place.Proxies[0]},
		Suites: s.scene.suites, Groups: s.scene.groups, Clients: clients,
	})
	return s.api, err
}

// decided waits a moment for connections whose end is on its way: the device
// has done with them, and the mock may not have read it yet.
func (s *stage) decided(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, onItsWay)
	defer cancel()
	for _, c := range judge.NewView(s.Log.Events()).Inbound() {
		if c.Protocol() == observation.TLS && c.Spoke == "" && !c.Closed {
			s.Log.Wait(ctx, func(e observation.Event) bool {
				return e.Conn == c.ID && (e.Kind == observation.TransportClose || e.Dir == observation.In && (e.Kind == observation.SIP || e.Kind == observation.HTTP))
			})
		}
	}
}

// onItsWay is how long the end of a connection may be on its way.
const onItsWay = time.Second

// deviceAuthority issues the device's own certificate: below a root that the
// vendor trusts, where it is known which.
func (s *stage) deviceAuthority() (*certs.PKI, error) {
	if s.product.Client != nil {
		return edge.ClientAuthority(s.Forge, s.product.Client)
	}
	return s.Forge.Hierarchy(certs.Hierarchy{Name: "device", Root: certs.Authority{CommonName: "Device CA"}})
}

// setup is what the device is configured with.
func (s *stage) setup() (device.Setup, error) {
	bundle, err := edge.Bundle(s.Forge, s.trusted())
	if err != nil {
		return device.Setup{}, err
	}
	own, err := s.deviceAuthority()
	if err != nil {
		return device.Setup{}, err
	}
	// RSA, since every suite of the vendors' first lists is.
	leaf, err := own.Issue(certs.Leaf{DNSNames: []string{s.deviceHost()}, Key: certs.RSA2048, KeySlot: "device", ClientAuth: true})
	if err != nil {
		return device.Setup{}, err
	}
	levers := s.scene.levers
	if s.Device.Capabilities().Has(device.LeverSRTPSuites) && s.scene.enable != nil {
		levers.SRTPSuites = s.scene.enable
	}
	known := password
	if s.scene.wrongPassword {
		known = "not-the-password"
	}
	return device.Setup{
		Log: s.Log, Dir: s.Dir, Address: s.Place.Device, DNS: s.Names.Addr(),
		Account: device.Account{User: user, Password: known, Domain: edge.Domain(s.product, s.Name()), Expires: s.scene.levers.Expires},
		Trust:   bundle, Certificate: leaf.PEM(), Key: leaf.KeyPEM(), Levers: levers,
	}, nil
}

// until waits for an event from that Seq on, or for the device to report that
// it has done what it was told, whichever is first.
func (s *stage) until(ctx context.Context, from int, match func(observation.Event) bool) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	settled := make(chan error, 1)
	go func() {
		err := s.session.Settled(ctx)
		settled <- err
		cancel(err)
	}()
	_, err := s.Log.WaitFrom(ctx, from, match)
	cancel(nil)
	if fault := <-settled; err != nil && fault != nil && ctx.Err() == nil {
		return &bench.DeviceFault{Err: fault}
	}
	return nil
}

// do tells the device to act.
func (s *stage) do(ctx context.Context, verb device.Verb, target string) error {
	if err := s.session.Do(ctx, device.Action{Verb: verb, Target: target}); err != nil {
		return &bench.DeviceFault{Err: fmt.Errorf("%s: %w", verb, err)}
	}
	return nil
}

// trusted is the product, with those of its roots alone that the device imports.
func (s *stage) trusted() *profile.Product {
	if s.scene.trusts == nil {
		return s.product
	}
	fewer := *s.product
	fewer.Certificate.Roots = slices.DeleteFunc(slices.Clone(fewer.Certificate.Roots), func(r profile.Root) bool { return !slices.Contains(s.scene.trusts, r.Name) })
	return &fewer
}

// granting is the product, with the registrar's limits of the scene.
func (sc scene) granting(p *profile.Product) *profile.Product {
	if sc.grant == 0 {
		return p
	}
	changed := *p
	changed.Registrar = &profile.Registrar{MaxExpires: sc.grant, MaxContacts: p.Registrar.MaxContacts}
	return &changed
}

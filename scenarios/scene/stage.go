package scene

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
type Scene struct {
	ID, Title string // the ID is below vendor and product
	Direction plan.Direction
	Area      string
	// revisions are those that it is true of; nil: all of the product's. The
	// first is the one that the mock obeys.
	Revisions []string
	Settings  map[string]string
	Levers    device.Levers
	Needs     []device.Capability // beyond those of levers and steps
	Answer    edge.AnswerFault
	// suites and groups are the only ones of the mock's, instead of its revision's.
	Suites, Groups []uint16
	Shows          Presentation
	// trusts are the names of the roots that the device imports, of the product's
	// bundle; nil: all.
	Trusts []string
	// names arranges the vendor's records otherwise.
	Names Arrangement
	// wrongPassword configures the device with one that the vendor does not know.
	WrongPassword bool
	// enable are SRTP suites that a device with a lever for them has to be set to.
	Enable []string
	// grant is the longest registration that the vendor grants, in seconds; 0
	// leaves it to the profile.
	Grant  int
	Script []Step
	// control is the ID, below vendor and product, of the paired good case.
	Control string
	Asks    []judge.Check
}

// presentation is what certificate the mock shows.
type Presentation struct {
	Root    string // a name of the product's bundle, "" the first
	Recipe  string // of a defect, "" none
	Next    bool   // below the intermediate that follows the one in use
	Slot    string // of the leaf's key
	Common  string // name of the subject, "" the first of the names
	Other   int    // how many hosts further the one is whose certificate it is
	Revoked string // byList or byResponder: how one learns that it is
}

// ask is a check as scenes write it.
func Ask(requirement, expected string, rule judge.Rule) judge.Check {
	return judge.Check{Requirement: requirement, Expected: expected, Rule: rule}
}

// build makes a scenario of the scene.
func (s Scene) Build(p *profile.Product) *plan.Scenario {
	prefix := p.Vendor + "/" + p.Product + "/"
	if s.Revisions == nil {
		for _, r := range p.Revisions {
			s.Revisions = append(s.Revisions, r.Revision)
		}
	}
	built := &plan.Scenario{
		ID: prefix + s.ID, Title: s.Title, Vendor: p.Vendor, Product: p.Product, Profiles: s.Revisions,
		Direction: s.Direction, Area: s.Area, Needs: s.allNeeds(), Checks: s.Asks,
		Run: func(ctx context.Context, b *bench.Bench) error { return s.run(ctx, b, p) },
	}
	if s.Control != "" {
		built.Control = prefix + s.Control
	}
	return built
}

func (s Scene) allNeeds() []device.Capability {
	needs := append(s.Levers.Needs(), s.Needs...)
	for _, step := range s.Script {
		needs = append(needs, step.Needs...)
	}
	slices.Sort(needs)
	return slices.Compact(needs)
}

// stage is a scene being run.
type Stage struct {
	*bench.Bench
	Scene   Scene
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
func (s *Stage) deviceHost() string { return s.Name() + ".device.example" }

// run stages the scene: mock, names, device, script.
func (sc Scene) run(ctx context.Context, b *bench.Bench, p *profile.Product) error {
	s := &Stage{Bench: b, Scene: sc, product: p}
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
	for _, step := range sc.Script {
		if err := step.Act(ctx, s); err != nil {
			return err
		}
	}
	s.decided(ctx)
	b.Log.Append(observation.Event{Kind: observation.Device, Device: &observation.DeviceInfo{What: "settled"}})
	b.Log.Append(observation.Event{Kind: observation.Note, Text: judge.Over})
	return s.session.Close()
}

// open starts the vendor's side, by what the product's profile has.
func (s *Stage) open() (io.Closer, error) {
	clients, err := edge.Clients(s.Forge, s.product)
	if err != nil {
		return nil, err
	}
	if s.product.HTTPS != nil {
		return s.openAPI(clients)
	}
	return s.openEdge(clients)
}

func (s *Stage) openEdge(clients []*x509.Certificate) (io.Closer, error) {
	shown, err := s.shown(s.Scene.Shows)
	if err != nil {
		return nil, err
	}
	second, err := s.second(s.Scene.Shows)
	if err != nil {
		return nil, err
	}
	s.edge, err = edge.Start(edge.Config{
		Product: s.Scene.granting(s.product), Revision: s.Scene.Revisions[0], Settings: s.Scene.Settings, Name: s.Name(),
		Certificate: shown, Second: second, Peer: s.deviceHost(),
		Log: s.Log, Wire: s.Wire, Address: s.Place.Vendor, Proxies: s.Place.Proxies[:], Private: s.Place.Private, StandardPorts: s.Place.StandardPorts,
		Suites: s.Scene.Suites, Groups: s.Scene.Groups, Clients: clients,
		User: user, Password: password, Answer: s.Scene.Answer, MediaInterval: s.MediaInterval, Seed: s.Seed,
	})
	return s.edge, err
}

func (s *Stage) openAPI(clients []*x509.Certificate) (io.Closer, error) {
	shown, err := s.shownBySite(s.Scene.Shows)
	if err != nil {
		return nil, err
	}
	s.api, err = api.Start(api.Config{
		Product: s.product, Revision: s.Scene.Revisions[0], Settings: s.Scene.Settings, Name: s.Name(), Certificate: shown,
		Log: s.Log, Wire: s.Wire, Addresses: []netip.Addr{s.Place.Vendor, s.Place.Proxies[0]},
		Suites: s.Scene.Suites, Groups: s.Scene.Groups, Clients: clients,
	})
	return s.api, err
}

// decided waits a moment for connections whose end is on its way: the device
// has done with them, and the mock may not have read it yet.
func (s *Stage) decided(ctx context.Context) {
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
func (s *Stage) deviceAuthority() (*certs.PKI, error) {
	if s.product.Client != nil {
		return edge.ClientAuthority(s.Forge, s.product.Client)
	}
	return s.Forge.Hierarchy(certs.Hierarchy{Name: "device", Root: certs.Authority{CommonName: "Device CA"}})
}

// setup is what the device is configured with.
func (s *Stage) setup() (device.Setup, error) {
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
	levers := s.Scene.Levers
	if s.Device.Capabilities().Has(device.LeverSRTPSuites) && s.Scene.Enable != nil {
		levers.SRTPSuites = s.Scene.Enable
	}
	known := password
	if s.Scene.WrongPassword {
		known = "not-the-password"
	}
	return device.Setup{
		Log: s.Log, Dir: s.Dir, Address: s.Place.Device, DNS: s.Names.Addr(),
		Account: device.Account{User: user, Password: known, Domain: edge.Domain(s.product, s.Name()), Expires: s.Scene.Levers.Expires},
		Trust:   bundle, Certificate: leaf.PEM(), Key: leaf.KeyPEM(), Levers: levers,
	}, nil
}

// until waits for an event from that Seq on, or for the device to report that
// it has done what it was told, whichever is first.
func (s *Stage) until(ctx context.Context, from int, match func(observation.Event) bool) error {
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
func (s *Stage) do(ctx context.Context, verb device.Verb, target string) error {
	if err := s.session.Do(ctx, device.Action{Verb: verb, Target: target}); err != nil {
		return &bench.DeviceFault{Err: fmt.Errorf("%s: %w", verb, err)}
	}
	return nil
}

// trusted is the product, with those of its roots alone that the device imports.
func (s *Stage) trusted() *profile.Product {
	if s.Scene.Trusts == nil {
		return s.product
	}
	fewer := *s.product
	fewer.Certificate.Roots = slices.DeleteFunc(slices.Clone(fewer.Certificate.Roots), func(r profile.Root) bool { return !slices.Contains(s.Scene.Trusts, r.Name) })
	return &fewer
}

// granting is the product, with the registrar's limits of the scene.
func (sc Scene) granting(p *profile.Product) *profile.Product {
	if sc.Grant == 0 {
		return p
	}
	changed := *p
	changed.Registrar = &profile.Registrar{MaxExpires: sc.Grant, MaxContacts: p.Registrar.MaxContacts}
	return &changed
}

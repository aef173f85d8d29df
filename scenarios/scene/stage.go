package scene

import (
	"context"
	"io"
	"math/rand/v2"
	"net/netip"
	"slices"
	"sync"

	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/harness/bench"
	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/mocks/api"
	"github.com/sipconform/sipconform/mocks/edge"
	"github.com/sipconform/sipconform/mocks/media"
	"github.com/sipconform/sipconform/mocks/nameserver"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/peers"
	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/mocks/vendor"
)

// The one account that every mock knows.
const (
	user     = "alice"
	password = "correct-horse"
	// wrongPassword is what a device is given that is to be refused.
	wrongPassword = "not-the-password"
)

// Passwords returns those that devices are configured with.
func Passwords() []string { return []string{password, wrongPassword} }

// user is the account's name, and password its password: the device's own where it is configured once.
func (s *stage) user() string {
	if n := s.Place.Network; n != nil && n.User != "" {
		return n.User
	}
	return user
}

func (s *stage) password() string {
	if n := s.Place.Network; n != nil && n.Password != "" {
		return n.Password
	}
	return password
}

// stage is a scene being run.
type stage struct {
	*bench.Bench
	scene       Scene
	product     *profile.Product
	edge        *edge.Edge // of a product that speaks SIP, else nil
	api         *api.API   // of a product that devices are HTTPS clients of, else nil
	zone        *nameserver.Variable
	session     device.Session
	call        *edge.Call  // the vendor's newest, nil before
	gate        *peers.Gate // of the hosts
	revocations *revocations
	hosts       []io.Closer
	waiting     sync.WaitGroup // for the hosts
	changed     int            // how many events there were before the vendor last changed
}

// run stages the scene: mock, names, device, script.
func (sc Scene) run(ctx context.Context, b *bench.Bench, p *profile.Product) error {
	s := &stage{Bench: b, scene: sc, product: p}
	s.gate = peers.NewGate(s.peers(), b.Log)
	unbound := peers.NewGate(b.Place.Resolvers(), b.Log) // of resolvers, and of clients beside the SIP stack
	s.revocations = newRevocations(b.Log, b.Place.Vendor, unbound)
	defer s.revocations.Close()
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
	s.zone.Admit(unbound)
	defer s.zone.Release()
	setup, err := s.setup()
	if err != nil {
		return err
	}
	if n := s.Place.Network; n != nil && n.Customer != "" {
		s.Log.Mark(observation.DeviceLivesOn)
	}
	if s.session, err = b.Device.Prepare(ctx, setup); err != nil {
		return &bench.DeviceFault{Err: err}
	}
	defer s.session.Close()
	for _, step := range sc.Script {
		if err := step.act(ctx, s); err != nil {
			return err
		}
	}
	s.decided(ctx)
	if ctx.Err() == nil { // a device whose time is up has not settled
		b.Log.Append(observation.Event{Kind: observation.Device, Device: &observation.DeviceInfo{What: observation.DeviceSettled}})
	}
	s.Log.Mark(observation.SceneOver)
	if b.Place.Network != nil && s.edge != nil {
		s.takeLeave(ctx)
	}
	return s.session.Close()
}

// takeLeave ends the calls of a device that lives on, which would be busy in the next scenario, and asks it to come again, if it
// does as it is asked. What comes of it is the device's affair.
func (s *stage) takeLeave(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, leaveWait)
	defer cancel()
	_, _ = s.edge.HangUp(ctx)
	if s.Place.Network.CheckSync {
		_, _ = s.edge.CheckSync(ctx)
	}
}

// peers says who the device is.
func (s *stage) peers() peers.Peers {
	return s.Place.Peers(s.Device.Capabilities().Has(device.FromOwnAddress))
}

// note records a line that is not about the device.
func (s *stage) note(text string) {
	s.Log.Append(observation.Event{Kind: observation.Note, Text: text})
}

// open starts the vendor's side: an API, or what speaks SIP.
func (s *stage) open() (io.Closer, error) {
	set := s.scene.Vendor
	shown, err := s.shown(set.Shows)
	if err != nil {
		return nil, err
	}
	second, err := s.second(set.Shows)
	if err != nil {
		return nil, err
	}
	deviceRoots, err := vendor.DeviceRoots(s.Forge, s.product)
	if err != nil {
		return nil, err
	}
	config := vendor.Config{
		Product: s.granting(), Revision: s.scene.Revisions[0], Settings: set.Settings, Name: s.Name(),
		Certificate: shown, Second: second, DeviceRoots: deviceRoots, DeviceName: s.deviceHost(),
		Suites: set.Suites, Groups: set.Groups,
		Addresses: s.addresses(), Peers: s.peers(), Log: s.Log, Wire: s.Wire, Seed: s.Seed,
	}
	var ports media.PortRange
	var turn *media.Turn
	if n := s.Place.Network; n != nil {
		config.Twins, config.Advertised, ports, turn = n.Twins, n.Advertised, n.MediaPorts, n.MediaTurn
		config.Run = rand.Uint64() // the device may live on
	}
	if s.product.HTTPS != nil {
		standard := api.Config{Config: config}
		if s.Place.HTTPSPort {
			standard.Port = api.Port
		}
		s.api, err = api.Start(standard)
		return s.api, err
	}
	s.edge, err = edge.Start(edge.Config{
		Config: config, StandardPorts: s.Place.StandardPorts, Private: s.Place.Private,
		Version: set.Version, User: s.user(), Password: s.password(), Answer: set.Answer, MediaInterval: s.MediaInterval,
		MediaPorts: ports, MediaTurn: turn,
	})
	return s.edge, err
}

// addresses are those of the vendor's hosts, each once unless all scenarios share one.
func (s *stage) addresses() []netip.Addr {
	all := append([]netip.Addr{s.Place.Vendor}, s.Place.Proxies[:]...)
	if s.Place.StandardPorts {
		return slices.Compact(all) // a port of one address is one host's
	}
	return all
}

// granting is the product, with the scene's limit of registrations.
func (s *stage) granting() *profile.Product {
	if s.scene.Vendor.Grant == 0 {
		return s.product
	}
	changed := *s.product
	changed.Registrar = &profile.Registrar{MaxExpires: s.scene.Vendor.Grant, MaxContacts: s.product.Registrar.MaxContacts}
	return &changed
}

// setup is what the device is configured with.
func (s *stage) setup() (device.Setup, error) {
	bundle, err := vendor.Bundle(s.Forge, s.trusted())
	if err != nil {
		return device.Setup{}, err
	}
	own, err := s.ownCertificate()
	if err != nil {
		return device.Setup{}, err
	}
	set := s.scene.Device
	levers := set.Levers
	if able := enabled(set.Enable, s.Device.Capabilities()); len(able) > 0 {
		levers.SRTPSuites = able
	}
	if set.OtherPort && s.Place.DeviceAlone && s.Device.Capabilities().Has(device.LeverPort) {
		levers.Port = otherPort
	}
	if levers.RevocationLists, err = s.revocations.listsGiven(); err != nil {
		return device.Setup{}, err
	}
	known := s.password()
	if set.WrongPassword {
		known = wrongPassword
	}
	return device.Setup{
		Log: s.Log, Scenario: s.ID, Title: s.scene.Title, Pause: s.Pause, Dir: s.Dir,
		Address: s.Place.Device, StandardPorts: s.Place.DeviceAlone, DNS: s.Names.Addr(),
		Account: device.Account{
			User: s.user(), Password: known, Domain: vendor.Domain(s.product, s.Name()), Expires: levers.Expires,
		},
		Trust: bundle, Certificate: own.PEM(), Key: own.KeyPEM(), Levers: levers,
	}, nil
}

// otherPort is where a device takes TLS that is set to another port than 5061.
const otherPort = 5071

// deviceHost is the name that the vendor has for the device's own server.
func (s *stage) deviceHost() string { return s.Name() + ".device.example" }

// deviceAuthority issues the device's own certificate: an authority that the
// vendor trusts, where the profile names those.
func (s *stage) deviceAuthority() (*certs.PKI, error) {
	if s.product.DeviceVerification != nil {
		return vendor.DeviceAuthority(s.Forge, s.product)
	}
	return s.Forge.Hierarchy(certs.Hierarchy{Name: "device", Root: certs.Authority{CommonName: "Device CA"}})
}

// trusted is the product, with those of its roots alone that the device imports.
func (s *stage) trusted() *profile.Product {
	if s.scene.Device.Trusts == nil {
		return s.product
	}
	fewer := *s.product
	fewer.Certificate.Roots = slices.DeleteFunc(slices.Clone(fewer.Certificate.Roots), func(r profile.Root) bool {
		return !slices.Contains(s.scene.Device.Trusts, r.Name)
	})
	return &fewer
}

// decided waits a moment for the end of connections that the device has done with,
// which the mock may not have read yet.
func (s *stage) decided(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, onItsWay)
	defer cancel()
	for _, c := range judge.NewView(s.Log.Events()).Inbound() {
		if c.Protocol() != observation.TLS || c.Spoke != "" || c.Closed {
			continue
		}
		s.Log.Wait(ctx, func(e observation.Event) bool {
			spoke := e.Dir == observation.In && (e.Kind == observation.SIP || e.Kind == observation.HTTP)
			return e.Conn == c.ID && (spoke || e.Kind == observation.TransportClose)
		})
	}
}

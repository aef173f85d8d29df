package scene

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"strings"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/mocks/edge"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/profile"
)

// Numbers that calls are from and to.
const (
	caller = "+15550100"
	callee = "+15550199"
)

// Call has the device call a number at the vendor's first host.
func Call() Step {
	step := CallHost(0)
	step.usual = true
	return step
}

// CallHost has the device call a number through the vendor's host of that index.
func CallHost(i int) Step {
	return callAt(fmt.Sprint("host ", i), func(s *stage) string { return callee + s.edge.TrunkGroup() + "@" + s.edge.Hosts()[i].Name })
}

// CallDomain has the device call through whatever host the domain's records name.
func CallDomain() Step {
	return callAt("domain", func(s *stage) string { return callee + s.edge.TrunkGroup() + "@" + s.edge.Domain() })
}

// CallNumber has the device call a number at the vendor's first host, without a trunk group.
func CallNumber() Step {
	return callAt("number", func(s *stage) string { return callee + "@" + s.edge.Hosts()[0].Name })
}

// CallTrunkHost has the device call the name that stands for its trunk.
func CallTrunkHost() Step {
	return callAt("trunk host", func(s *stage) string { return callee + "@" + s.edge.TrunkHost() })
}

// CallPort has the device call the first host at the port that it has here.
func CallPort() Step {
	return callAt("port", func(s *stage) string {
		first := s.edge.Hosts()[0]
		return fmt.Sprintf("%s@%s:%d", callee, first.Name, first.TLS.Port())
	})
}

// CallAddress has the device call the first host by its address.
func CallAddress() Step {
	return callAt("address", func(s *stage) string {
		at := s.edge.Hosts()[0].TLS
		return callee + "@" + netip.AddrPortFrom(s.reach(at.Addr())[0], at.Port()).String()
	})
}

func callAt(to string, target func(*stage) string) Step {
	return Step{to: to, needs: []device.Capability{device.CanCall}, act: func(ctx context.Context, s *stage) error {
		before := len(s.Log.Events())
		if err := s.do(ctx, device.Call, target(s)); err != nil {
			return err
		}
		return s.until(ctx, before, acknowledged())
	}}
}

// HangUp has the device end the call, if there is one.
func HangUp() Step {
	return Step{usual: true, needs: []device.Capability{device.CanHangUp}, act: func(ctx context.Context, s *stage) error {
		events := s.Log.Events()
		if !inCall(events) {
			return nil
		}
		if err := s.do(ctx, device.HangUp, ""); err != nil {
			return err
		}
		if err := s.until(ctx, len(events), requested("BYE")); err != nil {
			return err
		}
		// The device may say that it has hung up before the mock has read its BYE.
		ctx, cancel := context.WithTimeout(ctx, onItsWay)
		defer cancel()
		s.Log.WaitFrom(ctx, len(events), requested("BYE"))
		return nil
	}}
}

// Leave is [HangUp] at the end of a scene, where a call that goes on harms nobody: a
// device that cannot be told leaves it to the vendor's end.
func Leave() Step {
	hangUp := HangUp()
	return Step{usual: true, act: func(ctx context.Context, s *stage) error {
		if !s.Device.Capabilities().Has(device.CanHangUp) {
			return nil
		}
		return hangUp.act(ctx, s)
	}}
}

// plain tells that the vendor calls as it calls everybody.
func plain(o edge.Outbound) bool { return reflect.DeepEqual(o, edge.Outbound{}) }

// Ring has the vendor call the device over its registration.
func Ring(o edge.Outbound) Step {
	return Step{usual: plain(o), needs: []device.Capability{device.CanAnswer}, act: func(ctx context.Context, s *stage) error {
		return s.ring(ctx, o)
	}}
}

// RingListener has the vendor call the device's own server. Where that is not at port
// 5061, the URI that the vendor was given names its port.
func RingListener(o edge.Outbound) Step {
	step := ringAt("", o, func(s *stage) (netip.AddrPort, bool) {
		at, named := s.listener()
		return at, o.Over != "" || named
	})
	step.usual = plain(o)
	return step
}

// listener is where the device's own server takes the vendor's calls, and whether the URI has to name its port.
func (s *stage) listener() (at netip.AddrPort, named bool) {
	over := s.edge.CallsOver()
	at = s.session.Listening()[over]
	return at, at.Port() != profile.DefaultPort(over)
}

// RingDefaultPort has the vendor call the device's server by a URI without a port: at
// 5061, wherever the device listens. Where devices share an address, so that not all
// can listen there, the URI names the port.
func RingDefaultPort(o edge.Outbound) Step {
	return ringAt("the default port", o, func(s *stage) (netip.AddrPort, bool) {
		at := s.session.Listening()[observation.TLS]
		switch {
		case !s.Place.DeviceAlone:
			return at, true
		case !at.IsValid():
			at = netip.AddrPortFrom(s.Place.Device, 0)
		}
		return netip.AddrPortFrom(at.Addr(), 0), false
	})
}

// RingNamedPort has the vendor call the device's server by a URI that names its port.
func RingNamedPort(o edge.Outbound) Step {
	return ringAt("a named port", o, func(s *stage) (netip.AddrPort, bool) { return s.session.Listening()[observation.TLS], true })
}

// RingSRVPort has the vendor call the device's server by a URI without a port, of whose
// host an SRV record has the port.
func RingSRVPort(o edge.Outbound) Step {
	return ringAt("the port of an SRV record", o, func(s *stage) (netip.AddrPort, bool) {
		return s.session.Listening()[observation.TLS], false
	})
}

// ringAt is a call to the device's own server, which where finds; every run of the
// scene has another.
func ringAt(to string, o edge.Outbound, where func(*stage) (at netip.AddrPort, named bool)) Step {
	needs := []device.Capability{device.CanAnswer, device.CanListen}
	return Step{to: to, needs: needs, act: func(ctx context.Context, s *stage) error {
		there := o
		there.Host = s.deviceHost()
		there.Address, there.NamesPort = where(s)
		return s.ring(ctx, there)
	}}
}

// RingAddress has the vendor call the device's own server by its address, as the last
// of so many destinations. At the others nothing listens.
func RingAddress(destinations int) Step {
	return Step{needs: []device.Capability{device.CanAnswer, device.CanListen}, act: func(ctx context.Context, s *stage) error {
		own := s.session.Listening()[s.edge.CallsOver()]
		if !own.IsValid() {
			return nil
		}
		closed := netip.AddrPortFrom(s.Place.Vendor, closedPort)
		all := append(slices.Repeat([]netip.AddrPort{closed}, destinations-1), own)
		return s.ring(ctx, edge.Outbound{Address: all[0], Further: all[1:]})
	}}
}

// ring calls the device, and makes the call the scene's newest.
func (s *stage) ring(ctx context.Context, o edge.Outbound) error {
	s.call = s.place(ctx, o)
	return nil
}

// place calls the device, and returns nil if that comes to no response. That it cannot be reached, or does not answer, is
// for the checks to say.
func (s *stage) place(ctx context.Context, o edge.Outbound) *edge.Call {
	o.User, o.Caller, o.Secure = s.user(), caller, s.secured()
	ctx, cancel := context.WithTimeout(ctx, ringing)
	defer cancel()
	call, err := s.edge.Call(ctx, o)
	if err != nil && !errors.Is(err, edge.ErrUnreachable) && ctx.Err() == nil {
		s.note("the vendor's call failed: " + err.Error())
	}
	return call
}

// secured tells whether the vendor's calls are secure, where that is said call by call.
func (s *stage) secured() bool {
	if calls := s.scene.Vendor.Calls; calls != 0 {
		return calls == Secured
	}
	return s.edge.Settings()[s.product.Offer.SecureSetting] == profile.On
}

// Reoffer has the vendor send a new offer within its call.
func Reoffer(o edge.Outbound) Step {
	return Step{act: func(ctx context.Context, s *stage) error {
		if s.call == nil || s.call.Status != 200 {
			return nil
		}
		if err := s.call.Reoffer(ctx, o); err != nil && ctx.Err() == nil {
			s.note("the vendor's new offer failed: " + err.Error())
		}
		return nil
	}}
}

// EndCall has the vendor end its call.
func EndCall() Step {
	return Step{usual: true, act: func(ctx context.Context, s *stage) error {
		if s.call != nil && s.call.Status == 200 {
			s.call.HangUp(ctx)
		}
		return nil
	}}
}

// SRTP suites that devices have to have (RFC 4568 §6.2), by their names there.
const (
	Tag80 = "AES_CM_128_HMAC_SHA1_80"
	Tag32 = "AES_CM_128_HMAC_SHA1_32"
)

// ClearCalls are calls over TCP and UDP to the port for TLS of the device's server, which
// that requirement forbids it to take.
func ClearCalls(requirement string) []Scene {
	var all []Scene
	for _, c := range []struct{ id, over string }{{"in-clear", observation.TCP}, {"in-clear-udp", observation.UDP}} {
		all = append(all, Scene{
			ID: "call-listener/" + c.id, Title: "a call in clear, over " + strings.ToUpper(c.over) + ", to the port for TLS of the device's server",
			Direction: plan.FromVendor, Area: "signalling", Control: "call-listener/secure",
			Script: []Step{RingListener(edge.Outbound{Over: c.over}), EndCall(), Settle()},
			Asks:   []judge.Check{AskRefusal(requirement, "takes no call in clear at its port for TLS", judge.RefusesClear(c.over))},
		})
	}
	return all
}

package scenarios

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/mocks/api"
	"github.com/sipconform/sipconform/mocks/edge"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sipwire"
	"github.com/sipconform/sipconform/mocks/tlspeer"
)

// mediaWait is how long media is waited for. Too little of it when it is over
// is inconclusive, never a fail.
const mediaWait = 8 * time.Second

// step is one thing that happens in a scene, with what the device must be able
// to do for it.
type step struct {
	needs []device.Capability
	act   func(context.Context, *stage) error
}

// register has the device register, and sees it through.
func register() step {
	return step{[]device.Capability{device.CanRegister}, func(ctx context.Context, s *stage) error {
		if err := s.do(ctx, device.Register, ""); err != nil {
			return err
		}
		return s.until(ctx, 0, answered("REGISTER", 200))
	}}
}

// callOut has the device call a number at the vendor.
func callOut() step { return callTo(callee) }

func callTo(number string) step {
	return callAt(func(s *stage) string { return number + s.edge.TrunkGroup() + "@" + s.edge.Hosts()[0].Name })
}

// callHost has the device call through the host of that number.
func callHost(i int) step {
	return callAt(func(s *stage) string { return callee + s.edge.TrunkGroup() + "@" + s.edge.Hosts()[i].Name })
}

// callDomain has the device call through whatever host the domain's records name.
func callDomain() step {
	return callAt(func(s *stage) string { return callee + s.edge.TrunkGroup() + "@" + s.edge.Domain() })
}

// callTrunkHost has the device call the name that stands for its trunk.
func callTrunkHost() step {
	return callAt(func(s *stage) string { return callee + "@" + s.edge.TrunkHost() })
}

// callAddress has the device call the first host by its address.
func callAddress() step {
	return callAt(func(s *stage) string { return callee + "@" + s.edge.Hosts()[0].TLS.String() })
}

func callAt(target func(*stage) string) step {
	return step{[]device.Capability{device.CanCall}, func(ctx context.Context, s *stage) error {
		before := len(s.Log.Events())
		if err := s.do(ctx, device.Call, target(s)); err != nil {
			return err
		}
		return s.until(ctx, before, acknowledged())
	}}
}

// callIn has the vendor call the device over its registration.
func callIn(o edge.Outbound) step {
	return step{[]device.Capability{device.CanAnswer}, func(ctx context.Context, s *stage) error {
		return s.ring(ctx, o)
	}}
}

// callListener has the vendor call the device's own server.
func callListener(o edge.Outbound) step {
	return step{[]device.Capability{device.CanAnswer, device.CanListen}, func(ctx context.Context, s *stage) error {
		one := o // the step is run again by every certification of the library
		one.Address, one.Host = s.session.Listening()[observation.TLS], s.deviceHost()
		return s.ring(ctx, one)
	}}
}

// ring calls; that the device cannot be reached, or does not answer, is for
// the checks to say.
func (s *stage) ring(ctx context.Context, o edge.Outbound) error {
	o.User, o.Caller = user, caller
	ctx, cancel := context.WithTimeout(ctx, ringing)
	defer cancel()
	call, err := s.edge.Call(ctx, o)
	if err != nil && !errors.Is(err, edge.ErrUnreachable) && ctx.Err() == nil {
		s.Log.Append(observation.Event{Kind: observation.Note, Text: "the vendor's call failed: " + err.Error()})
	}
	s.call = call
	return nil
}

// ringing is how long the vendor lets the device ring.
const ringing = 10 * time.Second

// reoffer sends a new offer within the vendor's call.
func reoffer(o edge.Outbound) step {
	return step{nil, func(ctx context.Context, s *stage) error {
		if s.call == nil || s.call.Status != 200 {
			return nil
		}
		if err := s.call.Reoffer(ctx, o); err != nil && ctx.Err() == nil {
			s.Log.Append(observation.Event{Kind: observation.Note, Text: "the vendor's new offer failed: " + err.Error()})
		}
		return nil
	}}
}

// hear waits until enough media has come to judge by, counted from now on.
func hear() step { return listen(few) }

// hearOut waits for so much that a device which does not echo the vendor's tone
// by then did not decrypt it.
func hearOut() step {
	return step{[]device.Capability{device.CanEcho}, listen(echoed).act}
}

// hearRTCP waits for RTCP.
func hearRTCP() step {
	return listen(func() func(observation.Event) bool {
		return func(e observation.Event) bool { return incoming(e) && judge.IsRTCP(e.Media) }
	})
}

// listen waits for the datagram that satisfies a new matcher.
func listen(matcher func() func(observation.Event) bool) step {
	return step{nil, func(ctx context.Context, s *stage) error {
		events := s.Log.Events()
		if !inCall(events) {
			return nil
		}
		ctx, cancel := context.WithTimeout(ctx, mediaWait)
		defer cancel()
		enough := matcher()
		s.Log.WaitFrom(ctx, len(events), func(e observation.Event) bool { return enough(e) || farewell(e) })
		return nil
	}}
}

// inCall tells whether the newest call is up.
func inCall(events []observation.Event) bool {
	up := false
	for _, e := range events {
		up = established(e) || up && !farewell(e)
	}
	return up
}

// established accepts the 200 to an INVITE, whoever sent it.
func established(e observation.Event) bool {
	m := message(e, e.Dir)
	if m == nil || m.Status != 200 {
		return false
	}
	_, method := m.CSeq()
	return method == "INVITE"
}

// farewell accepts a BYE, whoever sent it.
func farewell(e observation.Event) bool {
	m := message(e, e.Dir)
	return m != nil && m.Method == "BYE"
}

func incoming(e observation.Event) bool {
	return e.Kind == observation.Media && e.Dir != observation.Out
}

// few accepts the packet of RTP, of whatever kind, that is enough to judge by.
func few() func(observation.Event) bool {
	count := 0
	return func(e observation.Event) bool {
		if incoming(e) && judge.IsRTP(e.Media) {
			count++
		}
		return count >= judge.MediaAwaited
	}
}

// echoed accepts the packet by which a device that decrypts has sent back the tone.
func echoed() func(observation.Event) bool {
	count := 0
	return func(e observation.Event) bool {
		if incoming(e) && (e.Media.Class == observation.AuthenticRTP || e.Media.Class == observation.BadTag) {
			count++
		}
		return count >= judge.ToneAwaited
	}
}

// reaction waits until the device has done something about an answer: ended
// the call, or sent media under it.
func reaction() step {
	return step{nil, func(ctx context.Context, s *stage) error {
		ctx, cancel := context.WithTimeout(ctx, reactionWait)
		defer cancel()
		s.Log.Wait(ctx, func(e observation.Event) bool {
			return farewell(e) || incoming(e) && judge.IsRTP(e.Media)
		})
		return nil
	}}
}

// reactionWait is how long a device may take to react to a bad answer. That it
// has not by then is inconclusive.
const reactionWait = 4 * time.Second

// refreshed waits until the device has registered again.
func refreshed() step {
	return step{nil, func(ctx context.Context, s *stage) error {
		ctx, cancel := context.WithTimeout(ctx, 4*shortGrant*time.Second)
		defer cancel()
		s.Log.WaitFrom(ctx, len(s.Log.Events()), requested("REGISTER"))
		return nil
	}}
}

// move gives the vendor's name another address, waits until the old one's time
// to live is over, and ends the connections.
func move() step {
	return step{nil, func(ctx context.Context, s *stage) error {
		host, err := s.deadHost(observation.NewAddress, s.standardPort())
		if err != nil {
			return err
		}
		s.zone.Set(s.moved(host))
		select {
		case <-time.After(2 * recordTTL):
		case <-ctx.Done():
		}
		s.edge.Disconnect()
		s.Log.Mark(observation.VendorMoved)
		return nil
	}}
}

// restart has the vendor go away and come back with other settings.
func restart(settings map[string]string) step {
	return step{nil, func(ctx context.Context, s *stage) error {
		if err := s.edge.Restart(settings); err != nil {
			return err
		}
		s.Log.Mark(observation.VendorRestarted)
		return nil
	}}
}

// deviceHangsUp has the device end the call.
func deviceHangsUp() step {
	return step{nil, func(ctx context.Context, s *stage) error {
		events := s.Log.Events()
		if !inCall(events) {
			return nil // there is nothing to end
		}
		if err := s.do(ctx, device.HangUp, ""); err != nil {
			return err
		}
		if err := s.until(ctx, len(events), requested("BYE")); err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(ctx, onItsWay) // the device may say so before the mock has read it
		defer cancel()
		s.Log.WaitFrom(ctx, len(events), requested("BYE"))
		return nil
	}}
}

// vendorHangsUp has the vendor end its call.
func vendorHangsUp() step {
	return step{nil, func(ctx context.Context, s *stage) error {
		if s.call != nil && s.call.Status == 200 {
			s.call.HangUp(ctx)
		}
		return nil
	}}
}

// options has the device send OPTIONS.
func options() step {
	return step{[]device.Capability{device.CanOptions}, func(ctx context.Context, s *stage) error {
		if err := s.do(ctx, device.Options, ""); err != nil {
			return err
		}
		return s.until(ctx, 0, answered("OPTIONS", 200))
	}}
}

// idle leaves the device alone for as long as it takes to see that it pings
// much too often: until the third ping, or two seconds.
func idle() step {
	return step{nil, func(ctx context.Context, s *stage) error {
		ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
		defer cancel()
		pings := 0
		s.Log.WaitFrom(ctx, len(s.Log.Events()), func(e observation.Event) bool {
			if e.KeepAlive != nil && e.KeepAlive.Ping {
				pings++
			}
			return pings == 3
		})
		return nil
	}}
}

// settle waits until the device has finished with whatever it was told.
func settle() step {
	return step{nil, func(ctx context.Context, s *stage) error {
		return s.until(ctx, 0, func(observation.Event) bool { return false })
	}}
}

// renew changes the certificate that the vendor shows, and has it begin anew.
func renew(show presentation) step {
	return step{nil, func(ctx context.Context, s *stage) error {
		shown, err := s.shown(show)
		if err != nil {
			return err
		}
		if err := s.edge.SetCertificates(shown); err != nil {
			return err
		}
		s.edge.Disconnect()
		s.renewed = len(s.Log.Events())
		return nil
	}}
}

// unlessBack acts if the device has not connected since the renewal.
func unlessBack(again step) step {
	return step{again.needs, func(ctx context.Context, s *stage) error {
		for _, e := range s.Log.Events()[s.renewed:] {
			if e.Kind == observation.TransportOpen {
				return nil
			}
		}
		return again.act(ctx, s)
	}}
}

// fetch has the device get the page of a site of the vendor's API, and sees it
// through.
func fetch(endpoint string, site int) step {
	return fetchFrom(func(s *stage) (string, error) {
		at, err := s.api.Find(endpoint, site)
		return at.URL(), err
	})
}

// fetchPort has the device get a page from one of the TLS listeners that are not
// SIP's, by the number that the vendor's table has for it.
func fetchPort(port uint16) step {
	return fetchFrom(func(s *stage) (string, error) {
		return fmt.Sprintf("https://%s:%d/", s.edge.Domain(), s.edge.Ports()[port].Port()), nil
	})
}

func fetchFrom(url func(*stage) (string, error)) step {
	return step{[]device.Capability{device.CanFetch}, func(ctx context.Context, s *stage) error {
		target, err := url(s)
		if err != nil {
			return err
		}
		if err := s.do(ctx, device.HTTPSGet, target); err != nil {
			return err
		}
		return settle().act(ctx, s)
	}}
}

// certificateChange is the kind of notice that a vendor gives of certificates.
const certificateChange = "certificate"

// announce has the vendor announce that its sites will show something else, and
// stage it.
func announce(title string, show presentation) step {
	return step{nil, func(_ context.Context, s *stage) error {
		shown, err := s.shownBySite(show)
		if err != nil {
			return err
		}
		if err := s.api.Announce(api.Change{Kind: certificateChange, Title: title, Certificate: shown}); err != nil {
			return err
		}
		s.noteStatus()
		return nil
	}}
}

// await puts the vendor's clock to when the change that was announced comes to a
// state, and has the vendor begin anew.
func await(state api.State) step {
	return step{nil, func(_ context.Context, s *stage) error {
		s.api.Await(state)
		s.api.Disconnect()
		s.noteStatus()
		return nil
	}}
}

// emergency has the vendor change what its sites show at once, and its rules if
// there is something to change in them.
func emergency(title string, show presentation, rules func(tlspeer.Rules) tlspeer.Rules) step {
	return step{nil, func(_ context.Context, s *stage) error {
		shown, err := s.shownBySite(show)
		if err != nil {
			return err
		}
		if err := s.api.Emergency(api.Change{Kind: certificateChange, Title: title, Certificate: shown, Rules: rules}); err != nil {
			return err
		}
		s.api.Disconnect()
		s.noteStatus()
		return nil
	}}
}

// noteStatus notes the newest line of the vendor's status page, and when the
// change has been made, for rules that ask what came then.
func (s *stage) noteStatus() {
	entries := s.api.Status()
	newest := entries[len(entries)-1]
	s.Log.Append(observation.Event{Kind: observation.Note, Text: "status page: " + newest.Title + ": " + string(newest.State)})
	if newest.State == api.Completed {
		s.Log.Mark(observation.VendorChanged)
	}
}

// answered accepts the mock's response with that status to a method.
func answered(method string, status int) func(observation.Event) bool {
	return func(e observation.Event) bool {
		m := message(e, observation.Out)
		if m == nil || m.IsRequest() || m.Status != status {
			return false
		}
		_, to := m.CSeq()
		return to == method
	}
}

// requested accepts a request of the device's.
func requested(method string) func(observation.Event) bool {
	return func(e observation.Event) bool {
		m := message(e, observation.In)
		return m != nil && m.Method == method
	}
}

// acknowledged accepts the ACK of a call that was answered.
func acknowledged() func(observation.Event) bool {
	ok := false
	return func(e observation.Event) bool {
		ok = ok || answered("INVITE", 200)(e)
		return ok && requested("ACK")(e)
	}
}

func message(e observation.Event, dir observation.Direction) *sipwire.Message {
	if e.Kind != observation.SIP || e.Dir != dir {
		return nil
	}
	m, err := sipwire.Parse(e.Bytes)
	if err != nil {
		return nil
	}
	return m
}

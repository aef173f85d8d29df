package process

import (
	"context"
	"crypto/md5"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sipconform/sipconform/fixtures"
	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/nameserver"
	"github.com/sipconform/sipconform/mocks/observation"
)

// These tests run the descriptor in fixtures/devices/baresip with the real program. Each capability that it declares is
// observed on the network.

func baresip(t *testing.T) *Device {
	t.Helper()
	d, err := Load(t.Context(), fixtures.FS, "devices/baresip/device.yaml")
	if err != nil {
		t.Fatal(err)
	}
	testkit.Program(t, "baresip")
	return New(d)
}

func prepare(t *testing.T, d *Device, setup device.Setup) device.Session {
	t.Helper()
	s, err := d.Prepare(t.Context(), setup)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func do(t *testing.T, s device.Session, verb device.Verb, target string) {
	t.Helper()
	if err := s.Do(t.Context(), device.Action{Verb: verb, Target: target}); err != nil {
		t.Fatal(err)
	}
}

// settledBy waits until the device has settled and checks why it has.
func settledBy(t *testing.T, s device.Session, log *observation.Log, want string) {
	t.Helper()
	if err := s.Settled(t.Context()); err != nil {
		t.Fatal(err)
	}
	all := told(log, "settled")
	if got := all[len(all)-1]; !strings.HasPrefix(got, want) {
		t.Errorf("settled by %q, want %q", got, want)
	}
}

func TestBaresipVersion(t *testing.T) {
	t.Parallel()
	version, err := baresip(t).Version(t.Context())
	if err != nil || !strings.Contains(version, ".") {
		t.Errorf("got %q, %v", version, err)
	}
}

func TestBaresipActs(t *testing.T) {
	t.Parallel()
	d, v := baresip(t), newVendor(t)
	setup := v.setup(device.Levers{})
	s := prepare(t, d, setup)

	do(t, s, device.Register, "")
	r := v.next("REGISTER")
	if at := r.conn.LocalAddr().String(); at != netip.AddrPortFrom(v.place, 5061).String() {
		t.Errorf("REGISTER arrived at %s", at)
	}
	r.answer("401 Unauthorized", `WWW-Authenticate: Digest realm="sip.twilio.com", nonce="abc", algorithm=MD5`)
	r = v.next("REGISTER")
	if !digestIsRight(r.header.Get("Authorization"), setup.Account, "REGISTER", "abc") {
		t.Errorf("digest: %s", r.header.Get("Authorization"))
	}
	r.answer("200 OK", "Contact: "+r.header.Get("Contact"))
	settledBy(t, s, v.log, "event REGISTER_OK")

	do(t, s, device.Call, "+15551234567@"+v.name)
	r = v.next("INVITE")
	if !strings.HasPrefix(r.first, "INVITE sip:+15551234567@"+v.name) || !strings.Contains(r.body, " RTP/SAVP ") ||
		!strings.Contains(r.body, "a=crypto:1 AES_CM_128_HMAC_SHA1_80 ") {
		t.Errorf("%s\n%s", r.first, r.body)
	}
	r.answer("486 Busy Here")
	v.next("ACK")
	settledBy(t, s, v.log, "event CALL_CLOSED 486")

	do(t, s, device.Options, v.name)
	v.next("OPTIONS").answer("200 OK")

	do(t, s, device.Unregister, "")
	r = v.next("REGISTER")
	if !strings.Contains(r.header.Get("Contact"), ";expires=0") {
		t.Errorf("unregisters with %v", r.header)
	}
	r.answer("200 OK")

	// It also calls without a registration.
	do(t, s, device.Call, "+15551234567@"+v.name)
	v.next("INVITE").answer("403 Forbidden")
	settledBy(t, s, v.log, "event CALL_CLOSED 403")

	if err := s.Do(t.Context(), device.Action{Verb: device.Nonsense}); !errors.Is(err, device.ErrUnsupported) {
		t.Errorf("nonsense: %v", err)
	}
	if s.Listening()[observation.UDP] != netip.AddrPortFrom(setup.Address, 5060) {
		t.Errorf("listens at %v", s.Listening())
	}
}

// digestIsRight checks an MD5 digest without qop, RFC 2617 §3.2.2.
func digestIsRight(header string, account device.Account, method, nonce string) bool {
	field := func(name string) string {
		_, after, _ := strings.Cut(header, name+`="`)
		value, _, _ := strings.Cut(after, `"`)
		return value
	}
	hash := func(parts ...string) string { return fmt.Sprintf("%x", md5.Sum([]byte(strings.Join(parts, ":")))) }
	secret := hash(account.User, field("realm"), account.Password)
	return field("response") == hash(secret, nonce, hash(method, field("uri")))
}

func TestBaresipAnswersAndEchoes(t *testing.T) {
	t.Parallel()
	for suite := range srtpSuites {
		t.Run(suite, func(t *testing.T) {
			t.Parallel()
			d, v := baresip(t), newVendor(t)
			s := prepare(t, d, v.setup(device.Levers{}))
			do(t, s, device.Register, "")
			r := v.next("REGISTER")
			r.answer("200 OK", "Contact: "+r.header.Get("Contact"))
			p := newParty(t, v.place, suite)
			p.callIn(v, r.conn, r.contact())
			do(t, s, device.HangUp, "")
			v.next("BYE").answer("200 OK")
			settledBy(t, s, v.log, "event CALL_CLOSED")
			v.leaving.Store(true)
		})
	}
}

func TestBaresipListens(t *testing.T) {
	t.Parallel()
	d, v := baresip(t), newVendor(t)
	setup := v.setup(device.Levers{})
	_, own := identity(t, "phone.example.com")
	setup.Certificate, setup.Key = testkit.PEM(t, own)
	s := prepare(t, d, setup)
	conn, err := tls.Dial("tcp", s.Listening()[observation.TLS].String(), &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	if name := conn.ConnectionState().PeerCertificates[0].DNSNames; !slices.Equal(name, []string{"phone.example.com"}) {
		t.Errorf("shows a certificate for %q", name)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	v.serving.Go(func() { v.read(ctx, conn) })
	newParty(t, v.place, "AES_CM_128_HMAC_SHA1_80").callIn(v, conn, "sip:alice@"+setup.Address.String())

	bare := prepare(t, d, newVendor(t).setup(device.Levers{}))
	if _, listens := bare.Listening()[observation.TLS]; listens {
		t.Error("says that it listens with no certificate to show")
	}
}

func TestBaresipFollowsSRV(t *testing.T) {
	t.Parallel()
	d, v := baresip(t), newVendor(t)
	domain := "domain." + v.name
	t.Cleanup(v.names.Variable(v.log, nameserver.Records{
		nameserver.SRV("_sips._tcp."+domain, 10, 0, 5998, "down."+domain),
		nameserver.SRV("_sips._tcp."+domain, 20, 0, 5071, "up."+domain),
		nameserver.A("down."+domain, v.place), nameserver.A("up."+domain, v.place),
	}).Release)
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	v.listen(ctx, 5071, v.config)
	setup := v.setup(device.Levers{})
	setup.Account.Domain = domain
	do(t, prepare(t, d, setup), device.Register, "")
	r := v.next("REGISTER")
	if at := r.conn.LocalAddr().(*net.TCPAddr).Port; at != 5071 {
		t.Errorf("REGISTER arrived at port %d", at)
	}
	v.leaving.Store(true)
	r.answer("403 Forbidden")
}

func TestBaresipLevers(t *testing.T) {
	t.Parallel()
	inRegister := func(want string) func(request, *tls.ClientHelloInfo) bool {
		return func(r request, _ *tls.ClientHelloInfo) bool {
			return strings.Contains(fmt.Sprint(r.first, r.header), want)
		}
	}
	inOffer := func(media string, crypto bool) func(request, *tls.ClientHelloInfo) bool {
		return func(r request, _ *tls.ClientHelloInfo) bool {
			return strings.Contains(r.body, " "+media+" ") && strings.Contains(r.body, "a=crypto:") == crypto
		}
	}
	version := func(v uint16) func(request, *tls.ClientHelloInfo) bool {
		return func(r request, _ *tls.ClientHelloInfo) bool { return r.state.Version == v }
	}
	suites := []uint16{0xC014, 0xC02C}
	for _, test := range []struct {
		name   string
		levers device.Levers
		verb   device.Verb
		seen   func(request, *tls.ClientHelloInfo) bool
	}{
		{"TLS 1.0", device.Levers{TLSMin: 0x0301, TLSMax: 0x0301}, device.Register, version(0x0301)},
		{"TLS 1.1", device.Levers{TLSMin: 0x0302, TLSMax: 0x0302}, device.Register, version(0x0302)},
		{"TLS 1.2", device.Levers{TLSMax: 0x0303}, device.Register, version(0x0303)},
		{"TLS 1.3", device.Levers{TLSMin: 0x0304}, device.Register, version(0x0304)},
		{"suites in order", device.Levers{TLSMax: 0x0303, Suites: suites}, device.Register, func(_ request, h *tls.ClientHelloInfo) bool {
			return slices.Equal(h.CipherSuites, append(suites[:2:2], 0x00FF)) || slices.Equal(h.CipherSuites, suites)
		}},
		{"groups in order", device.Levers{Groups: []uint16{25, 24}}, device.Register, func(_ request, h *tls.ClientHelloInfo) bool {
			return slices.Equal(h.SupportedCurves, []tls.CurveID{25, 24})
		}},
		{"TCP", device.Levers{Transport: observation.TCP}, device.Register, inRegister("transport=tcp")},
		{"expires", device.Levers{Expires: 77}, device.Register, inRegister(";expires=77")},
		{"RTP", device.Levers{Media: device.RTP}, device.Call, inOffer("RTP/AVP", false)},
		{"SRTP", device.Levers{Media: device.SRTP}, device.Call, inOffer("RTP/SAVP", true)},
		{"opportunistic", device.Levers{Media: device.Opportunistic}, device.Call, inOffer("RTP/AVP", true)},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d, v := baresip(t), newVendor(t)
			hellos := make(chan *tls.ClientHelloInfo, 8)
			v.config.GetConfigForClient = func(h *tls.ClientHelloInfo) (*tls.Config, error) {
				hellos <- h
				return nil, nil
			}
			do(t, prepare(t, d, v.setup(test.levers)), test.verb, "+15551234567@"+v.name)
			r := v.next(map[device.Verb]string{device.Register: "REGISTER", device.Call: "INVITE"}[test.verb])
			var hello *tls.ClientHelloInfo
			if test.levers.Transport == "" {
				hello = <-hellos
			}
			if !test.seen(r, hello) {
				t.Errorf("%s %v\n%s\n%+v", r.first, r.header, r.body, hello)
			}
			v.leaving.Store(true)
			r.answer("403 Forbidden")
		})
	}
}

func TestBaresipOverUDP(t *testing.T) {
	t.Parallel()
	d, v := baresip(t), newVendor(t)
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(v.place, 5060)))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	do(t, prepare(t, d, v.setup(device.Levers{Transport: observation.UDP})), device.Register, "")
	_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	datagram := make([]byte, 2048)
	if n, err := conn.Read(datagram); err != nil || !strings.HasPrefix(string(datagram[:n]), "REGISTER ") {
		t.Errorf("got %q, %v", datagram[:n], err)
	}
}

func TestBaresipIsRefusedWhatItCannotHold(t *testing.T) {
	t.Parallel()
	d := baresip(t)
	setup := someSetup(t)
	setup.Account.Password = "two words"
	if _, err := d.Prepare(t.Context(), setup); !errors.Is(err, device.ErrUnsupported) || !strings.Contains(err.Error(), "two words") {
		t.Errorf("got %v", err)
	}
}

func TestBaresipThatNeverConnects(t *testing.T) {
	t.Parallel()
	d, v := baresip(t), newVendor(t)
	setup := v.setup(device.Levers{})
	setup.Account.Domain = "nowhere.example.com"
	s := prepare(t, d, setup)
	do(t, s, device.Register, "")
	settledBy(t, s, v.log, "event REGISTER_FAIL")
	for _, e := range v.log.Events() {
		if e.Kind == observation.TransportOpen {
			t.Errorf("a connection came: %+v", e)
		}
	}
}

func TestBaresipIsEndedAndKilled(t *testing.T) {
	t.Parallel()
	d, v := baresip(t), newVendor(t)
	s := prepare(t, d, v.setup(device.Levers{}))
	pid := s.(*session).programs["baresip"].pid
	begin := time.Now()
	_ = s.Close()
	if took := time.Since(begin); took > time.Second {
		t.Errorf("took %s to end", took)
	}
	if got := told(v.log, "exit"); !slices.Equal(got, []string{"baresip exited with status 0"}) {
		t.Errorf("exits: %q", got)
	}
	if err := syscall.Kill(pid, 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("process %d: %v", pid, err)
	}

	v = newVendor(t)
	s = prepare(t, d, v.setup(device.Levers{}))
	pid = s.(*session).programs["baresip"].pid
	do(t, s, device.Register, "")
	v.next("REGISTER") // is never answered, which holds up its end
	_ = syscall.Kill(pid, syscall.SIGKILL)
	if _, err := v.log.Wait(t.Context(), func(e observation.Event) bool { return e.Device != nil && e.Device.What == "exit" }); err != nil {
		t.Fatal(err)
	}
	err := s.Do(t.Context(), device.Action{Verb: device.Call, Target: "+15551234567@" + v.name})
	if exit, ok := errors.AsType[*ExitError](err); !ok || exit.Signal != "killed" {
		t.Errorf("a call by a device that was killed: %v", err)
	}
}

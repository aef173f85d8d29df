package reference

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sdp"
)

func TestCapabilities(t *testing.T) {
	t.Parallel()
	d := New(Options{})
	capabilities := d.Capabilities()
	if !slices.IsSorted(capabilities) || d.Name() != "reference" {
		t.Errorf("%s: %v", d.Name(), capabilities)
	}
	missing := capabilities.Missing(device.CanRegister, device.CanListen, device.LeverSIPS, device.LeverExpires,
		device.SRTPSuite(cm80), device.SRTPSuite("AEAD_AES_256_GCM"), "tls:1.0")
	if missing != nil {
		t.Errorf("missing %v", missing)
	}
	if version, err := d.Version(t.Context()); version != "" || err != nil {
		t.Errorf("version %q, %v", version, err)
	}
}

func TestPrepareRefuses(t *testing.T) {
	t.Parallel()
	good := device.Setup{Log: observation.NewLog(), Address: loopback}
	tests := []struct {
		name        string
		change      func(*device.Setup)
		unsupported bool
	}{
		{"no log", func(s *device.Setup) { s.Log = nil }, false},
		{"no address", func(s *device.Setup) { s.Address = netip.Addr{} }, false},
		{"broken trust", func(s *device.Setup) {
			s.Trust = []byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
		}, false},
		{"broken certificate", func(s *device.Setup) { s.Certificate = []byte("x") }, false},
		{"suite that Go lacks", func(s *device.Setup) { s.Levers.Suites = []uint16{0x003D} }, true},
		{"group that Go lacks", func(s *device.Setup) { s.Levers.Groups = []uint16{0x0100} }, true},
		{"SRTP suite that pion lacks", func(s *device.Setup) { s.Levers.SRTPSuites = []string{"F8_128_HMAC_SHA1_80"} }, true},
		{"unknown transport", func(s *device.Setup) { s.Levers.Transport = "sctp" }, true},
		{"unknown media", func(s *device.Setup) { s.Levers.Media = "carrier pigeon" }, true},
	}
	for _, tt := range tests {
		setup := good
		tt.change(&setup)
		session, err := New(Options{}).Prepare(t.Context(), setup)
		if err == nil {
			_ = session.Close()
		}
		if err == nil || errors.Is(err, device.ErrUnsupported) != tt.unsupported {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func TestNonsenseIsUnsupported(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	for _, verb := range []device.Verb{device.Nonsense, "", "dance"} {
		if err := w.session.Do(t.Context(), device.Action{Verb: verb}); !errors.Is(err, device.ErrUnsupported) {
			t.Errorf("%q: %v", verb, err)
		}
	}
	w.finish()
	if err := w.session.Do(t.Context(), device.Action{Verb: device.Register}); !errors.Is(err, net.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	if err := w.session.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
}

// TestSettled asks whether the device has settled while a request is under way, and closes it during the next one.
func TestSettled(t *testing.T) {
	t.Parallel()
	asked := make(chan *received, 1)
	w := newWorld(t, settings{script: func(r *received) { asked <- r }})
	w.tell(device.Register, "")
	w.tell(device.Options, "")
	request := <-asked
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if err := w.session.Settled(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("settled with a request under way: %v", err)
	}
	request.respond(403, "")
	<-asked // the next action, which is never answered
	if err := w.session.Close(); err != nil {
		t.Fatal(err)
	}
	if err := w.session.Settled(t.Context()); err != nil {
		t.Error(err)
	}
	if !strings.Contains(w.events(), "register failed 403") || !strings.Contains(w.events(), "options failed: context canceled") {
		t.Error(w.events())
	}
}

// TestManyAtOnce runs calls between many sessions and one peer.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			text, _ := attribute(t, 1, cm80, "")
			w := newWorld(t, settings{script: callee(nil)})
			l := w.mustDial()
			if answer := l.invite(fmt.Sprintf("call%d", i), describe(stream(9, "RTP/SAVP", text))); answer.Status != 200 {
				t.Errorf("%d", answer.Status)
			}
			w.do(device.HangUp, "")
			if got := outline(w.finish()); got != "tls1 100, tls1 180, tls1 200, tls1 BYE" {
				t.Error(got)
			}
		})
	}
	all.Wait()
}

func TestConnectionIsLost(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{script: func(r *received) {
		r.peer.mu.Lock()
		defer r.peer.mu.Unlock()
		for _, conn := range r.peer.conns {
			_ = conn.Close()
		}
	}})
	w.do(device.Register, "")
	w.said("register failed: the connection is gone")
	// There is no other address, and the device does not try the same one again.
	if got := outline(w.finish()); got != "tls1 REGISTER" {
		t.Error(got)
	}
}

// TestConnectionHadEnded closes the connection between two requests, too late for the device to notice before it sends the
// second one.
func TestConnectionHadEnded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{script: func(r *received) {
		if r.conn == 1 && r.Method == "OPTIONS" {
			r.peer.mu.Lock()
			defer r.peer.mu.Unlock()
			_ = r.peer.conns[0].Close()
			return
		}
		ok(r)
	}})
	w.do(device.Register, "")
	w.do(device.Options, "")
	w.said("options answered 200")
	if got := outline(w.finish()); got != "tls1 REGISTER, tls1 OPTIONS, tls2 OPTIONS" {
		t.Error(got)
	}
}

// TestRequestsStayInTheDialogsSecurity ends the connection of a call whose route set does not name TLS.
func TestRequestsStayInTheDialogsSecurity(t *testing.T) {
	t.Parallel()
	text, _ := attribute(t, 1, cm80, "")
	w := newWorld(t, settings{script: callee(nil)})
	l := w.mustDial()
	m := l.request("INVITE", "call", 1)
	m.Del("Record-Route")
	m.SetBody(sdpType, []byte(describe(stream(9, "RTP/SAVP", text))))
	answer := l.ask(m)
	l.send(l.within(answer, "ACK", 1))
	l.ask(l.request("OPTIONS", "barrier", 1))
	_ = l.conn.Close()
	w.said("closed")
	w.do(device.HangUp, "")
	w.said("BYE failed: " + errUnsafe.Error())
	if got := outline(w.finish()); strings.Contains(got, "BYE") {
		t.Error(got)
	}
}

func TestKeepAlive(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{options: Options{KeepAlive: time.Millisecond}, script: ok})
	w.do(device.Register, "")
	// The peer does not answer pings, so the device closes the connection.
	w.said("no answer to a keep-alive")
	w.peer.until(t, func() bool { return w.peer.pongs == 2 })
}

func TestCallsOverClearTransports(t *testing.T) {
	t.Parallel()
	for _, protocol := range []string{observation.UDP, observation.TCP} {
		t.Run(protocol, func(t *testing.T) {
			t.Parallel()
			s := newSound(t)
			answer := callee(func(*sdp.Session) string { return s.describe("RTP/AVP") })
			w := newWorld(t, settings{levers: device.Levers{Transport: protocol}, script: answer})
			w.do(device.Call, target)
			s.echoed(mediaAddress(t, w.peer.request(t, "INVITE").Body), nil, nil)
			w.do(device.HangUp, "")
			for _, m := range w.finish() {
				if m.protocol != protocol {
					t.Errorf("%s over %s", m.Method, m.protocol)
				}
			}
			// An incoming call over the same protocol.
			in := newWorld(t, settings{levers: device.Levers{Transport: protocol}})
			conn, err := net.Dial(protocol, in.session.Listening()[protocol].String())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			m := (&line{w: in}).request("INVITE", "call", 1)
			m.Set("Via", fmt.Sprintf("SIP/2.0/%s %s;branch=z9hG4bK1;rport", strings.ToUpper(protocol), conn.LocalAddr()))
			m.SetBody(sdpType, []byte(describe(stream(9, "RTP/AVP"))))
			if _, err := conn.Write(m.Bytes()); err != nil {
				t.Fatal(err)
			}
			in.said("call established")
			buffer := make([]byte, 4096)
			if n, err := conn.Read(buffer); err != nil || !strings.HasPrefix(string(buffer[:n]), "SIP/2.0 100 Trying\r\n") {
				t.Errorf("%q, %v", buffer[:n], err)
			}
		})
	}
}

func TestHTTPS(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
		if in.URL.Path == "/away" {
			http.Redirect(out, in, "http://"+in.Host+"/", http.StatusFound)
			return
		}
		fmt.Fprint(out, in.TLS.ServerName)
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{w.root.leaf(t, nil)}}
	server.StartTLS()
	defer server.Close()
	address := fmt.Sprintf("%s:%d", domain, port(server.Listener.Addr()))
	w.do(device.HTTPSGet, address+"/")
	w.said(fmt.Sprintf("https answered 200 OK with %d bytes", len(domain)))
	w.do(device.HTTPSGet, "https://"+address+"/away")
	w.said("https failed: Get \"http://" + address)
	w.do(device.HTTPSGet, "http://"+address+"/")
	w.said("is not an https URL")
	w.do(device.TLSConnect, address)
	w.said("TLS established: TLS 1.3 TLS_AES_128_GCM_SHA256")
	w.do(device.TLSConnect, server.Listener.Addr().String())
	w.said("not for 127.0.0.1")
	w.do(device.TLSConnect, "")
	w.said("has no host")
}

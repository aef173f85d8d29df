package cisco_test

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"net"
	"net/netip"
	"net/textproto"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/mocks/cisco"
	"github.com/sipconform/sipconform/mocks/edge"
	"github.com/sipconform/sipconform/mocks/observation"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// client is openssl s_client with a device's certificate.
type client struct {
	t       *testing.T
	program string
	folder  string
}

func newClient(t *testing.T, s *edge.Server) client {
	t.Helper()
	own, err := s.DeviceCertificate()
	if err != nil {
		t.Fatal(err)
	}
	return clientWith(t, own)
}

func clientWith(t *testing.T, own *certs.Credential) client {
	t.Helper()
	program, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("openssl is not installed")
	}
	c := client{t, program, t.TempDir()}
	for name, data := range map[string][]byte{"cert.pem": own.PEM(), "key.pem": own.KeyPEM()} {
		if err := os.WriteFile(filepath.Join(c.folder, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// connect shakes hands with the device's certificate and leaves.
func (c client) connect(address string, args ...string) string {
	return c.connectAs(address, append(args, "-cert", "cert.pem", "-key", "key.pem", "-cert_chain", "cert.pem")...)
}

func (c client) connectAs(address string, args ...string) string {
	command := exec.CommandContext(c.t.Context(), c.program, append([]string{"s_client", "-connect", address}, args...)...)
	command.Dir, command.Env = c.folder, append(os.Environ(), "OPENSSL_CONF="+os.DevNull)
	out, _ := command.CombinedOutput() // its status says nothing that the output does not
	return string(out)
}

func start(t *testing.T, settings map[string]string, changes ...func(*edge.Config)) *edge.Server {
	t.Helper()
	s, err := cisco.Start(cisco.UnifiedCM, settings, changes...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// TestTLSCiphers: each value of the parameter has its suites and no others, and
// the client's order decides.
func TestTLSCiphers(t *testing.T) {
	t.Parallel()
	every := []string{"ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-RSA-AES128-GCM-SHA256",
		"ECDHE-ECDSA-AES128-GCM-SHA256", "AES128-SHA", "AES256-SHA", "ECDHE-RSA-AES128-SHA", "AES128-GCM-SHA256", "NULL-SHA"}
	for value, listed := range map[string][]string{
		"strongest-rsa": every[:2], "strongest-ecdsa": every[:2], "medium-rsa": every[:4], "medium-ecdsa": every[:4],
		"all-rsa": every[:5], "all-ecdsa": every[:5], "authenticated": every[8:],
	} {
		t.Run(value, func(t *testing.T) {
			t.Parallel()
			settings := map[string]string{"tls_ciphers": value}
			if value == "authenticated" {
				if p, err := cisco.Profile(cisco.UnifiedCM); err != nil || len(edge.NotEmulated(p.Revisions[0])) > 0 {
					t.Skip("no engine here has NULL-SHA")
				}
				settings = map[string]string{"security_mode": value}
			}
			s := start(t, settings)
			c := newClient(t, s)
			address := s.Addresses()[observation.TLS].String()
			for _, suite := range every {
				out := c.connect(address, "-tls1_2", "-cipher", suite+":@SECLEVEL=0")
				want := slices.Contains(listed, suite)
				if got := strings.Contains(out, "Cipher is "+suite+"\n"); got != want {
					t.Errorf("takes %s: %v, want %v\n%s", suite, got, want, out)
				}
			}
			if len(listed) < 2 {
				return
			}
			for _, order := range [][]string{{listed[0], listed[1]}, {listed[1], listed[0]}} {
				out := c.connect(address, "-tls1_2", "-cipher", strings.Join(order, ":"))
				if !strings.Contains(out, "Cipher is "+order[0]+"\n") {
					t.Errorf("the client prefers %s\n%s", order[0], out)
				}
			}
		})
	}
}

// TestMutualTLS: a client is taken with a certificate that was uploaded, for a
// name that the trunk knows, and not otherwise.
func TestMutualTLS(t *testing.T) {
	t.Parallel()
	stranger, err := certs.NewForge(7).Hierarchy(certs.Hierarchy{Name: "stranger"})
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := stranger.Issue(certs.Leaf{DNSNames: []string{"device.example.example"}, Key: certs.RSA2048, ClientAuth: true})
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		settings map[string]string
		connect  func(*testing.T, *edge.Server, string) string
		refusal  string // "": taken
	}{
		"its own":        {nil, device, ""},
		"any name":       {map[string]string{"subject_name": "any"}, device, ""},
		"in a list":      {map[string]string{"subject_name": "listed"}, device, ""},
		"another's name": {map[string]string{"subject_name": "other"}, device, "name-mismatch"},
		"not uploaded":   {map[string]string{"certificate_uploaded": "off"}, device, "unknown-ca"},
		"of a stranger": {nil, func(t *testing.T, _ *edge.Server, at string) string {
			return clientWith(t, foreign).connect(at, "-tls1_2")
		}, "unknown-ca"},
		"none": {nil, func(t *testing.T, _ *edge.Server, at string) string {
			return clientWith(t, foreign).connectAs(at, "-tls1_2")
		},
			"no-certificate"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, test.settings)
			out := test.connect(t, s, s.Addresses()[observation.TLS].String())
			e, err := s.Log.Wait(t.Context(), func(e observation.Event) bool { return e.Kind == observation.TLSHandshake })
			if err != nil {
				t.Fatal(err)
			}
			if e.Handshake.Complete != (test.refusal == "") || !e.Handshake.Complete && !slices.Contains(e.Handshake.Rejected, test.refusal) {
				t.Errorf("complete: %v, refused for %q, want %q\n%s", e.Handshake.Complete, e.Handshake.Rejected, test.refusal, out)
			}
			if refused := strings.Contains(out, "SSL alert number"); refused != (test.refusal != "") {
				t.Errorf("openssl sees a refusal: %v\n%s", refused, out)
			}
		})
	}
}

func device(t *testing.T, s *edge.Server, at string) string {
	return newClient(t, s).connect(at, "-tls1_2")
}

// TestSplitSubjects has the separators of CU-TRK-07.
func TestSplitSubjects(t *testing.T) {
	t.Parallel()
	for list, want := range map[string][]string{
		"a.example":                       {"a.example"},
		"a.example b.example":             {"a.example", "b.example"},
		"a.example,b.example;c.example:d": {"a.example", "b.example", "c.example", "d"},
		" a.example , ; : b.example ":     {"a.example", "b.example"},
		"":                                nil,
	} {
		if got := edge.SplitSubjects(list); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", list, got, want)
		}
	}
}

// TestRestart: what a change of the lowest version does to those who are there.
func TestRestart(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	c := newClient(t, s)
	address := s.Addresses()[observation.TLS].String()
	tls11 := []string{"-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"}
	if out := c.connect(address, tls11...); !strings.Contains(out, "Server certificate\n-----BEGIN") {
		t.Fatalf("TLS 1.1 is not taken\n%s", out)
	}
	own, err := s.DeviceCertificate()
	if err != nil {
		t.Fatal(err)
	}
	held, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true, Certificates: []tls.Certificate{own.TLS()}})
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	if err := s.Restart(map[string]string{"tls_min": "TLS 1.2"}); err != nil {
		t.Fatal(err)
	}
	if _, err := held.Read(make([]byte, 1)); err == nil {
		t.Error("a connection is left")
	}
	if out := c.connect(address, tls11...); !strings.Contains(out, "alert protocol version") {
		t.Errorf("TLS 1.1 is still taken\n%s", out)
	}
	if out := c.connect(address, "-tls1_2"); !strings.Contains(out, "Server certificate\n-----BEGIN") {
		t.Errorf("TLS 1.2 is not taken\n%s", out)
	}
	if s.Settings()["tls_min"] != "TLS 1.2" {
		t.Errorf("settings %v", s.Settings())
	}
}

// TestManyPhones: as many lines as bulk administration makes can register.
func TestManyPhones(t *testing.T) {
	t.Parallel()
	const lines, connections = 1000, 10
	s := start(t, nil)
	own, err := s.DeviceCertificate()
	if err != nil {
		t.Fatal(err)
	}
	config := &tls.Config{InsecureSkipVerify: true, Certificates: []tls.Certificate{own.TLS()}}
	var phones sync.WaitGroup
	for n := range connections {
		phones.Go(func() {
			conn, err := tls.Dial("tcp", s.Addresses()[observation.TLS].String(), config)
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			answers := textproto.NewReader(bufio.NewReader(conn))
			for line := n; line < lines; line += connections {
				fmt.Fprintf(conn, "REGISTER sip:%[1]s SIP/2.0\r\nVia: SIP/2.0/TLS 127.0.0.1:5061;branch=z9hG4bK%[2]d\r\nMax-Forwards: 70\r\n"+
					"From: <sip:%[2]d@%[1]s>;tag=1\r\nTo: <sip:%[2]d@%[1]s>\r\nCall-ID: %[2]d\r\nCSeq: 1 REGISTER\r\n"+
					"Contact: <sip:%[2]d@127.0.0.1:5061;transport=tls>\r\nExpires: 600\r\nContent-Length: 0\r\n\r\n", s.Domain(), 1000+line)
				status, err := answers.ReadLine()
				if err != nil || status != "SIP/2.0 200 OK" {
					t.Errorf("line %d: %s, %v", line, status, err)
					return
				}
				if _, err := answers.ReadMIMEHeader(); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	phones.Wait()
	if got := len(s.Bindings()); got != lines {
		t.Errorf("%d lines are registered, want %d", got, lines)
	}
}

// TestDestinations: a trunk goes on to its next destination where one is dead, or
// is not who it should be.
func TestDestinations(t *testing.T) {
	t.Parallel()
	s := start(t, map[string]string{"subject_name": "any"})
	own, err := s.DeviceCertificate()
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := certs.NewForge(7).Hierarchy(certs.Hierarchy{Name: "stranger"})
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := stranger.Issue(certs.Leaf{DNSNames: []string{"device.test"}, Key: certs.P256})
	if err != nil {
		t.Fatal(err)
	}
	busy := func(certificate tls.Certificate) netip.AddrPort {
		l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{certificate}, ClientAuth: tls.RequireAnyClientCert})
		if err != nil {
			t.Fatal(err)
		}
		var serving sync.WaitGroup
		serving.Go(func() {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			defer conn.Close()
			reader := textproto.NewReader(bufio.NewReader(conn))
			if _, err := reader.ReadLine(); err != nil {
				return
			}
			headers, err := reader.ReadMIMEHeader()
			if err != nil {
				return
			}
			fmt.Fprintf(conn, "SIP/2.0 486 Busy Here\r\nVia: %s\r\nFrom: %s\r\nTo: %s;tag=2\r\nCall-ID: %s\r\nCSeq: %s\r\nContent-Length: 0\r\n\r\n",
				headers.Get("Via"), headers.Get("From"), headers.Get("To"), headers.Get("Call-ID"), headers.Get("CSeq"))
			conn.Read(make([]byte, 1024))
		})
		t.Cleanup(func() {
			l.Close()
			serving.Wait()
		})
		return l.Addr().(*net.TCPAddr).AddrPort()
	}
	dead := netip.MustParseAddrPort("127.0.0.1:1")
	o := edge.Outbound{User: "desk", Caller: "+15550100", Host: "device.test", Address: dead}
	for range edge.MaxDestinations - 3 {
		o.Further = append(o.Further, dead)
	}
	o.Further = append(o.Further, busy(foreign.TLS()), busy(own.TLS()))
	call, err := s.Call(t.Context(), o)
	if err != nil || call.Status != 486 {
		t.Errorf("%+v, %v", call, err)
	}
	o.Further = append(o.Further, dead)
	if _, err := s.Call(t.Context(), o); err == nil || !strings.Contains(err.Error(), "16") {
		t.Errorf("with 17 destinations: %v", err)
	}
}

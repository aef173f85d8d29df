package main_test

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sipconform/sipconform/internal/testkit"
)

// served is a running mock.
type served struct {
	Vendor, Product, Domain, CA, Client, User, Password string

	Revision  string `json:"profile"`
	Listeners []struct{ Name, Address string }
	Settings  map[string]string

	heading   string // what the first line says
	cmd       *exec.Cmd
	input     io.WriteCloser
	lines     *bufio.Scanner
	temporary string
}

// serve starts a mock and reads its first line and its ready line.
func serve(t *testing.T, args ...string) *served {
	t.Helper()
	s := new(served)
	s.cmd, s.temporary = command(t, append([]string{"serve"}, args...)...)
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if s.input, err = s.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	var errs bytes.Buffer
	s.cmd.Stderr = &errs
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.cmd.Process.Kill() }) // if the test failed before end
	s.lines = bufio.NewScanner(out)
	if !s.lines.Scan() {
		t.Fatalf("there is no line: %v, %s", s.cmd.Wait(), errs.String())
	}
	if s.heading = s.lines.Text(); !strings.HasPrefix(s.heading, "serving ") || !s.lines.Scan() {
		t.Fatalf("the first line is %q", s.heading)
	}
	text, ok := strings.CutPrefix(s.lines.Text(), "ready ")
	if !ok {
		t.Fatalf("the second line is %q", s.lines.Text())
	}
	if err := json.Unmarshal([]byte(text), s); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *served) at(t *testing.T, name string) string {
	t.Helper()
	for _, l := range s.Listeners {
		if l.Name == name {
			return l.Address
		}
	}
	t.Fatalf("there is no listener %s: %v", name, s.Listeners)
	return ""
}

func (s *served) roots(t *testing.T) *x509.CertPool {
	t.Helper()
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM([]byte(file(t, s.CA))) {
		t.Fatalf("%s holds no root", s.CA)
	}
	return pool
}

// sees reads the mock's lines until one has all the words.
func (s *served) sees(t *testing.T, words ...string) {
	t.Helper()
	var all []string
	for s.lines.Scan() {
		all = append(all, s.lines.Text())
		if !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(s.lines.Text(), w) }) {
			return
		}
	}
	t.Fatalf("no line has %q, but\n%s", words, strings.Join(all, "\n"))
}

// end stops the mock with a signal and waits for it.
func (s *served) end(t *testing.T, by os.Signal) {
	t.Helper()
	if err := s.cmd.Process.Signal(by); err != nil {
		t.Fatal(err)
	}
	for s.lines.Scan() {
	}
	if status := exitStatus(t, s.cmd.Wait()); status != 0 {
		t.Errorf("exit status %d", status)
	}
	empty(t, s.temporary)
}

const options = "OPTIONS sip:%[1]s SIP/2.0\r\nVia: SIP/2.0/TLS 127.0.0.1:5061;branch=z9hG4bKserve\r\n" +
	"From: <sip:alice@%[1]s>;tag=1\r\nTo: <sip:%[1]s>\r\nCall-ID: serve@127.0.0.1\r\nCSeq: 1 OPTIONS\r\n" +
	"Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n"

// TestServeAPI has a client that knows only the ready line get the page of the TLS test endpoint.
func TestServeAPI(t *testing.T) {
	t.Parallel()
	s := serve(t, "infobip", "--name=us")
	const host = "tls-test.api-us.infobip.com"
	conn, err := tls.Dial("tcp", s.at(t, "test "+host), &tls.Config{ServerName: host, RootCAs: s.roots(t)})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "GET / HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", host)
	answer, err := io.ReadAll(conn)
	if err != nil || !strings.Contains(string(answer), `"sni": "`+host+`"`) {
		t.Errorf("%v: %s", err, answer)
	}
	s.sees(t, "GET https://"+host+"/ 200")
	s.end(t, os.Interrupt)
}

// TestServe has a client that knows only the ready line get a SIP answer over a TLS connection that it has verified.
func TestServe(t *testing.T) {
	t.Parallel()
	s := serve(t, "twilio", "--name=acme")
	if s.Vendor != "twilio" || s.Product != "voice" || s.Revision != "current" || s.Domain != "acme.sip.twilio.com" ||
		s.User == "" || s.Password == "" || len(s.Settings) == 0 {
		t.Errorf("the mock is %+v", s)
	}
	for _, said := range []string{"serving twilio voice (the product most used; --product has trunking), revision current, in force since 2023-04-01 (that of ",
		"; --profile has seed-era); udp 127.0.0.1:", ", tls " + s.at(t, "tls")} {
		if !strings.Contains(s.heading, said) {
			t.Errorf("the first line is %q, without %q", s.heading, said)
		}
	}
	if filepath.Dir(s.CA) != s.temporary {
		t.Errorf("the roots are in %s", s.CA)
	}
	dialer := &net.Dialer{Timeout: testkit.Patience}
	conn, err := tls.DialWithDialer(dialer, "tcp", s.at(t, "tls"), &tls.Config{RootCAs: s.roots(t), ServerName: s.Domain})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(testkit.Patience)); err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fprintf(conn, options, s.Domain); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "SIP/2.0 200 ") {
		t.Errorf("it answered %q, %v", line, err)
	}
	s.sees(t, " - ", "open", "tls from 127.0.0.1:", " to "+s.at(t, "tls"))
	s.sees(t, "tls", "ClientHello", "server name acme.sip.twilio.com")
	s.sees(t, "tls", "handshake: TLS 1.2, ", "no client certificate")
	s.sees(t, "sip", " in ", "OPTIONS sip:acme.sip.twilio.com (CSeq 1, call serve@12…)")
	s.sees(t, "sip", " out ", "200 OK to OPTIONS")
	for _, name := range []string{"udp", "tcp"} {
		s.at(t, name)
	}
	s.end(t, syscall.SIGTERM)
}

// TestServeFlags checks that the mock obeys --profile and --set, writes the roots to --ca, and ends on SIGINT too.
func TestServeFlags(t *testing.T) {
	t.Parallel()
	ca := filepath.Join(t.TempDir(), "roots.pem")
	s := serve(t, "twilio", "--product=voice", "--profile=current", "--set=tls_max=TLS 1.2", "--set=tls_min=TLS 1.2", "--ca="+ca, "--seed=9")
	if s.Revision != "current" || s.Settings["tls_min"] != "TLS 1.2" || s.CA != ca {
		t.Errorf("the mock is %+v", s)
	}
	roots := s.roots(t)
	dial := func(version uint16, roots *x509.CertPool, name string) error {
		dialer := &net.Dialer{Timeout: testkit.Patience}
		conn, err := tls.DialWithDialer(dialer, "tcp", s.at(t, "tls"),
			&tls.Config{RootCAs: roots, ServerName: name, MinVersion: version, MaxVersion: version})
		if err == nil {
			conn.Close()
		}
		return err
	}
	for what, err := range map[string]error{
		"TLS 1.1":      dial(tls.VersionTLS11, roots, s.Domain),
		"TLS 1.3":      dial(tls.VersionTLS13, roots, s.Domain),
		"another root": dial(tls.VersionTLS12, x509.NewCertPool(), s.Domain),
		"another name": dial(tls.VersionTLS12, roots, "example.com"),
	} {
		if err == nil {
			t.Errorf("%s is accepted", what)
		}
	}
	if err := dial(tls.VersionTLS12, roots, s.Domain); err != nil {
		t.Error(err)
	}
	s.end(t, os.Interrupt)
	if _, err := os.Stat(ca); err != nil {
		t.Errorf("the roots that were asked for are gone: %v", err)
	}
}

// TestServeTwice checks that two mocks of one seed run at the same time.
func TestServeTwice(t *testing.T) {
	t.Parallel()
	a, b := serve(t, "twilio", "--product=voice"), serve(t, "twilio", "--product=voice")
	if a.at(t, "tls") == b.at(t, "tls") || a.CA == b.CA {
		t.Errorf("both are at %s and have their roots in %s", a.at(t, "tls"), a.CA)
	}
	a.end(t, syscall.SIGTERM)
	b.end(t, syscall.SIGTERM)
}

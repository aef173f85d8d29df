package main_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sipconform/sipconform/harness/lab"
	"github.com/sipconform/sipconform/internal/testkit"
)

// linphone is a phone that somebody operates: the person of the test.
type linphone struct {
	*segment
	lab     *lab.Lab
	begun   int // how often it was
	conn    net.Conn
	replies *bufio.Scanner
	domain  string // that it is set to
	number  int    // of the account that registers; 1 is the one that it begins with, which does not
}

// newLinphone returns a phone that is not set to anything yet, and makes a lab for the products, which are separated by commas.
func newLinphone(t *testing.T, products string) *linphone {
	t.Helper()
	testkit.Program(t, "linphone-daemon")
	s := newSegment(t)
	p := &linphone{segment: s, lab: s.lab(products, "-constraints=noncritical")}
	s.device.Resolve(s.vendor.Addr())
	cable, err := filepath.Abs(filepath.Join("..", "..", "..", "fixtures", "devices", "linphone", "cable.pl"))
	if err != nil {
		t.Fatal(err)
	}
	s.start(t.TempDir(), "", "perl", cable, deviceAt, "6002", "6000")
	return p
}

// descriptor is that of a phone that a person sets and operates, and whose cable echoes.
func (p *linphone) descriptor() string {
	return descriptor(p.t, "example-phone", "  - tls:1.2", "  - echo\n  - tls:1.2")
}

// products are those that a person finds in the sheet of the lab for a domain.
var products = map[string]string{"sip.twilio.com": "twilio/voice", "pstn.twilio.com": "twilio/trunking"}

// set sets the phone to the account of the lab in a domain. It has no command for that, so it is started anew.
func (p *linphone) set(domain string) {
	p.t.Helper()
	name, under, _ := strings.Cut(domain, ".")
	product := products[under]
	if name != p.lab.Name || product == "" {
		p.t.Fatalf("the sheet of the lab has no domain %q", domain)
	}
	if p.conn != nil {
		_, _ = io.WriteString(p.conn, "quit\n")
		_, _ = io.Copy(io.Discard, p.conn) // until it has ended
	}
	folder := p.t.TempDir()
	trust(p.t, p.lab, product, folder)
	p.rendered(p.lab, under, "linphone", "linphonerc.tmpl", filepath.Join(folder, "rc"))
	if err := os.MkdirAll(filepath.Join(folder, ".local/share/linphone"), 0o700); err != nil {
		p.t.Fatal(err)
	}
	for suffix, to := range map[string]string{".pem": "certificate.pem", ".key.pem": "key.pem"} {
		data, err := os.ReadFile(filepath.Join(p.lab.Dir, "device-"+strings.ReplaceAll(product, "/", "-")+suffix))
		if err == nil {
			err = os.WriteFile(filepath.Join(folder, to), data, 0o600)
		}
		if err != nil {
			p.t.Fatal(err)
		}
	}
	p.begun++
	pipe := fmt.Sprintf("sipconform-test-%d-%s-%d", os.Getpid(), p.lab.Name, p.begun)
	p.start(folder, "transport=TLS]", "linphone-daemon", "--pipe", pipe, "--config", "rc", "--log", "/dev/stderr", "--auto-answer")
	p.t.Cleanup(func() { os.Remove("/tmp/" + pipe) })
	conn, err := net.Dial("unix", "/tmp/"+pipe)
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { conn.Close() })
	p.conn, p.replies, p.domain, p.number = conn, bufio.NewScanner(conn), domain, 0
}

func (p *linphone) do(command string) error {
	if _, err := io.WriteString(p.conn, command+"\n"); err != nil {
		return err
	}
	for p.replies.Scan() {
		if status, is := strings.CutPrefix(p.replies.Text(), "Status: "); is {
			if status != "Ok" {
				return fmt.Errorf("%s: %s", command, status)
			}
			return nil
		}
	}
	return io.ErrUnexpectedEOF
}

// act does what an instruction says, in the time that a hand takes: linphone loses what it is told to send before it has
// noticed that its connection has ended.
func (p *linphone) act(instruction string) error {
	<-time.After(300 * time.Millisecond)
	switch {
	case strings.HasPrefix(instruction, "Have the device register"):
		if p.number++; p.number > 1 {
			if err := p.do(fmt.Sprintf("unregister %d", p.number)); err != nil {
				return err
			}
		}
		return p.do(fmt.Sprintf("register sip:%s@%s sip:%[2]s;transport=tls", p.lab.Account.User, p.domain))
	case strings.HasPrefix(instruction, "Call "):
		return p.do("call sip:" + strings.TrimSuffix(strings.TrimPrefix(instruction, "Call "), ".") + ";transport=tls")
	case instruction == "Hang up.":
		return p.do("terminate")
	}
	return nil // the sheet was followed before
}

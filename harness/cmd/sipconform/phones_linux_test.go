package main_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"text/template"

	"github.com/sipconform/sipconform/harness/lab"
	"github.com/sipconform/sipconform/internal/testkit"
)

// lab makes a lab for a product on the segment, and returns it.
func (s *segment) lab(product string, flags ...string) *lab.Lab {
	s.t.Helper()
	dir := filepath.Join(s.t.TempDir(), "lab")
	o := s.run(append([]string{"lab", "init", dir, "-product=" + product, "-listen=" + vendorAt, "-dns=192.0.2.1:53"}, flags...)...)
	o.expect(s.t, 0, "Setting sheet")
	l, err := lab.Open(dir)
	if err != nil {
		s.t.Fatal(err)
	}
	return l
}

// start runs a program on the device's host until the test ends, and returns its standard input.
func (s *segment) start(dir string, wait string, name string, arguments ...string) io.Writer {
	s.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cmd := s.device.Enter(exec.CommandContext(ctx, testkit.Program(s.t, name), arguments...))
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "HOME="+dir, "XDG_RUNTIME_DIR="+dir)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	read, write := io.Pipe()
	cmd.Stdout, cmd.Stderr = write, write
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	ready := make(chan struct{})
	go func() {
		said := bufio.NewScanner(read)
		waiting := wait != ""
		for said.Scan() {
			if waiting && strings.Contains(said.Text(), wait) {
				waiting = false
				close(ready)
			}
		}
		_, _ = io.Copy(io.Discard, read)
	}()
	s.t.Cleanup(func() {
		cancel()
		_ = cmd.Wait() // "signal: killed"
		write.Close()
	})
	if wait != "" {
		testkit.Receive(s.t, ready, name+" to be ready")
	}
	return stdin
}

// rendered writes a file of a device's folder for a phone that is configured once, as somebody does who has the setting sheet.
func (s *segment) rendered(l *lab.Lab, product, device, name, to string) {
	s.t.Helper()
	source, err := os.ReadFile(filepath.Join("..", "..", "..", "fixtures", "devices", device, name))
	if err != nil {
		s.t.Fatal(err)
	}
	parsed, err := template.New(name).Funcs(template.FuncMap{"join": func(by string, all []string) string { return strings.Join(all, by) }}).Parse(string(source))
	if err != nil {
		s.t.Fatal(err)
	}
	var text strings.Builder
	if err := parsed.Execute(&text, phoneData{Dir: filepath.Dir(to), Address: deviceAt, DNS: l.DNS.String(), Account: phoneAccount{l.Account.User, l.Account.Password, l.Name + "." + product}}); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(to, []byte(text.String()), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

type phoneAccount struct{ User, Password, Domain string }

// phoneData is what the templates of descriptors ask for, for a phone without levers.
type phoneData struct {
	Dir, Address, DNS, Certificate string
	Expires                        int
	Account                        phoneAccount
	Levers                         struct {
		VerifyOff bool
		Expires   int
	}
}

func (phoneData) Word(lever string) string {
	return map[string]string{"port": "5060", "media": "srtp", "transport": "tls"}[lever]
}

func (phoneData) WordList(string) []string { return nil }

func (d phoneData) Value(name string) string {
	return map[string]string{"aor": "sip:" + d.Account.User + "@" + d.Account.Domain, "proxy": "sip:" + d.Account.Domain + ";transport=tls"}[name]
}

// trust gives a phone the roots of its sheet.
func trust(t *testing.T, l *lab.Lab, product, folder string) {
	t.Helper()
	roots, err := os.ReadFile(filepath.Join(l.Dir, "roots-"+strings.ReplaceAll(product, "/", "-")+".pem"))
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, "trust.pem"), roots, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestSoftphone: a softphone on another host, configured once as the sheet of a lab says and told over the network what to do,
// comes to the verdicts that it comes to beside the mocks, in every run.
func TestSoftphone(t *testing.T) {
	long(t)
	t.Parallel()
	testkit.Program(t, "baresip")
	s := newSegment(t)
	l := s.lab("twilio/voice")
	folder := t.TempDir()
	trust(t, l, "twilio/voice", folder)
	s.rendered(l, "sip.twilio.com", "baresip", "config.tmpl", filepath.Join(folder, "config"))
	account := fmt.Sprintf("<sip:%s@%s.sip.twilio.com;transport=tls>;audio_codecs=PCMU/8000/1;answermode=auto;mediaenc=srtp-mand;auth_user=%[1]s;auth_pass=%[3]s;regint=0\n",
		l.Account.User, l.Name, l.Account.Password)
	for name, text := range map[string]string{"accounts": account, "contacts": ""} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s.start(folder, "baresip is ready", "baresip", "-4", "-f", folder)
	for range 2 {
		_, run := s.certify("-device="+descriptor(t, "example-softphone"), "-lab="+l.Dir, "-at="+deviceAt, "-filter=product:voice && area:signalling")
		same(t, run, "baresip", 12)
	}
}

// TestPhoneOnADesk: a phone without a single lever, which a person operates who is told at the terminal what to do, gets
// the verdicts of the same program beside the mocks, and a claim.
func TestPhoneOnADesk(t *testing.T) {
	long(t)
	t.Parallel()
	phone := newLinphone(t, "twilio/voice")
	phone.set(phone.lab.Name + ".sip.twilio.com")
	// The phone's address is not said: it is where the first registration with the password comes from.
	_, run := phone.attended(phone.act, "-device="+phone.descriptor(), "-lab="+phone.lab.Dir, "-filter=product:voice && area:signalling")
	same(t, run, "linphone", 10)
	if len(run.Claims) == 0 {
		t.Error("nothing is claimed")
	}
}

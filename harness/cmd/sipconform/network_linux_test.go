package main_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
)

// segment is a network with the vendor's host and that of a device.
type segment struct {
	t              *testing.T
	lan            *testkit.LAN
	vendor, device *testkit.Host
	listen         string // for -listen
	folder         string // of the last run's report
}

// vendorAt are the vendor's addresses on a segment, deviceAt is the device's.
const (
	vendorAt = "192.0.2.1,192.0.2.2,192.0.2.3,192.0.2.4,192.0.2.5"
	deviceAt = "192.0.2.20"
)

func newSegment(t *testing.T) *segment {
	t.Helper()
	lan := testkit.NewLAN(t)
	var own []string
	for address := range strings.SplitSeq(vendorAt, ",") {
		own = append(own, address+"/24")
	}
	return &segment{t: t, lan: lan, listen: vendorAt, vendor: lan.Host(own...), device: lan.Host(deviceAt + "/24")}
}

// certify runs certify on the vendor's host.
func (s *segment) certify(arguments ...string) (outcome, *results.Run) {
	s.t.Helper()
	s.folder = s.t.TempDir()
	o := s.run(append([]string{"certify", "-listen=" + s.listen, "-out=" + s.folder}, arguments...)...)
	if o.status > 1 {
		s.t.Fatalf("the run came to nothing: %s", o)
	}
	return o, read(s.t, s.folder)
}

// run runs the command on the vendor's host. On a network, scenarios run one after the other.
func (s *segment) run(arguments ...string) outcome {
	s.t.Helper()
	short, temporary := command(s.t, arguments...)
	ctx, cancel := context.WithTimeout(context.Background(), 4*limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, short.Path, short.Args[1:]...)
	cmd.Env, cmd.Dir = short.Env, short.Dir
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	o := outcome{status: exitStatus(s.t, s.vendor.Enter(cmd).Run()), out: out.String(), errors: errs.String()}
	empty(s.t, temporary)
	return o
}

// descriptor copies the folder of a device, with its descriptor changed.
func descriptor(t *testing.T, name string, edits ...string) string {
	t.Helper()
	folder := t.TempDir()
	if err := os.CopyFS(folder, os.DirFS(filepath.Join("..", "..", "..", "fixtures", "devices", name))); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(folder, "device.yaml")
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(edits); i += 2 {
		if !strings.Contains(string(data), edits[i]) {
			t.Fatalf("%s has no %q", file, edits[i])
		}
	}
	if err := os.WriteFile(file, []byte(strings.NewReplacer(edits...).Replace(string(data))), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// same asks that a run came to the verdicts of a device's baseline wherever it asked the same, which is so in some places at least.
func same(t *testing.T, run *results.Run, baseline string, least int) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "..", "fixtures", "devices", baseline, "baseline.json"))
	if err != nil {
		t.Fatal(err)
	}
	var was struct{ Verdicts, Causes map[string]string }
	if err := json.Unmarshal(data, &was); err != nil {
		t.Fatal(err)
	}
	asked := 0
	for _, r := range run.Results {
		if r.Verdict == verdict.NotApplicable {
			continue
		}
		asked++
		if name := r.Name(); was.Verdicts[name] != string(r.Verdict) || was.Causes[name] != r.Cause {
			t.Errorf("%s is %s (%s: %s), and %s (%s) beside the mocks", name, r.Verdict, r.Cause, r.Observed, was.Verdicts[name], was.Causes[name])
		}
	}
	if asked < least {
		t.Errorf("%d scenarios were asked, want %d", asked, least)
	}
}

// begunOn returns the descriptor of a device whose programs a run starts on the device's host, as it would start a container.
func (s *segment) begunOn(name string, edits ...string) string {
	s.t.Helper()
	s.device.Resolve(s.vendor.Addr())
	edits = append(edits, "command: [", `command: ["{{.Folder}}/enter", `)
	if name == "kamailio" { // whose calls are programs, too
		edits = append(edits, "run: [", `run: ["{{.Folder}}/enter", `)
	}
	file := descriptor(s.t, name, edits...)
	var script strings.Builder
	script.WriteString("#!/bin/sh\nexec")
	for _, word := range s.device.Enter(exec.Command("/bin/true")).Args {
		if word == "/bin/true" {
			break
		}
		script.WriteString(" '" + word + "'")
	}
	script.WriteString(" \"$@\"\n")
	if err := os.WriteFile(filepath.Join(filepath.Dir(file), "enter"), []byte(script.String()), 0o700); err != nil {
		s.t.Fatal(err)
	}
	return file
}

// fresh is the place of a device that is begun anew for each scenario.
const fresh = "place: network\nnetwork: {fresh: true, addresses: [" + deviceAt + "]}"

// TestContainers: programs that a run starts on another host, as it would containers, come to the verdicts that they come to
// beside the mocks: a softphone, and a session border controller with the phone behind it.
func TestContainers(t *testing.T) {
	long(t)
	t.Parallel()
	for _, c := range []struct {
		device, isolation, program, filter string
		least                              int
	}{
		{"baresip", "isolation: optional", "baresip", "vendor:twilio && area:signalling", 30},
		{"kamailio", "isolation: required", "kamailio", "id:genesys:byoc-cloud:call-out:secure || id:cisco:ucm:call-listener:secure || id:twilio:trunking:call-out:secure", 3},
	} {
		t.Run(c.device, func(t *testing.T) {
			t.Parallel()
			testkit.Program(t, c.program)
			s := newSegment(t)
			_, run := s.certify("-device="+s.begunOn(c.device, c.isolation, fresh), "-filter="+c.filter)
			same(t, run, c.device, c.least)
		})
	}
}

// harass has a host send what it can to the vendor until stop is called, which returns how much that was: connections over TCP
// with the beginning of a handshake and with SIP, datagrams with SIP and with RTP, questions to the name server.
func harass(t *testing.T, from *testkit.Host, vendor string) (stop func() int) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	sent := make(chan int, 1)
	const register = "REGISTER sip:example.com SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.66;branch=z9hG4bK1\r\nFrom: <sip:alice@example.com>;tag=1\r\n" +
		"To: <sip:alice@example.com>\r\nCall-ID: 1\r\nCSeq: 1 REGISTER\r\nContact: <sip:alice@192.0.2.66>\r\nContent-Length: 0\r\n\r\n"
	go func() {
		count := 0
		_ = from.Do(func() error {
			pace := time.NewTicker(20 * time.Millisecond)
			defer pace.Stop()
			for ctx.Err() == nil {
				for address, text := range map[string]string{"tcp " + vendor + ":5061": "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "tcp " + vendor + ":5060": register,
					"udp " + vendor + ":5060": register, "udp " + vendor + ":53": "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03sip\x06twilio\x03com\x00\x00\x01\x00\x01"} {
					network, at, _ := strings.Cut(address, " ")
					dialer := net.Dialer{Timeout: time.Second}
					conn, err := dialer.Dial(network, at)
					if err != nil {
						continue // the vendor is there only while a scenario runs
					}
					if _, err := conn.Write([]byte(text)); err == nil {
						count++
					}
					conn.Close()
				}
				select {
				case <-pace.C:
				case <-ctx.Done():
				}
			}
			return nil
		})
		sent <- count
	}()
	t.Cleanup(cancel)
	return func() int {
		cancel()
		return testkit.Receive(t, sent, "the end of the stranger")
	}
}

// TestStrangers: what other hosts of the network send to the vendor during a run changes nothing.
func TestStrangers(t *testing.T) {
	long(t)
	t.Parallel()
	testkit.Program(t, "baresip")
	s := newSegment(t)
	stranger := s.lan.Host("192.0.2.66/24")
	file := s.begunOn("baresip", "isolation: optional", fresh)
	stop := harass(t, stranger, "192.0.2.1")
	_, run := s.certify("-device="+file, "-filter=id:twilio:voice:register:challenge || id:twilio:voice:call-out:secure || id:twilio:voice:call-in:secure", "-evidence=full")
	if sent := stop(); sent == 0 {
		t.Error("the stranger sent nothing")
	}
	same(t, run, "baresip", 3)
}

// attended is [segment.certify] with a person who reads the terminal, acts on each instruction, and types that it is done.
func (s *segment) attended(act func(instruction string) error, arguments ...string) (string, *results.Run) {
	s.t.Helper()
	folder := s.t.TempDir()
	short, _ := command(s.t, append([]string{"certify", "-listen=" + s.listen, "-out=" + folder}, arguments...)...)
	ctx, cancel := context.WithTimeout(context.Background(), 4*limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, short.Path, short.Args[1:]...)
	cmd.Env, cmd.Dir = short.Env, short.Dir
	cmd = s.vendor.Enter(cmd)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	var errs bytes.Buffer
	cmd.Stderr = &errs
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	var said strings.Builder
	instruction := ""
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		text := lines.Text()
		said.WriteString(text + "\n")
		switch {
		case strings.HasPrefix(text, "  1. "):
			instruction = strings.TrimPrefix(text, "  1. ")
		case strings.HasPrefix(text, "  then type done"):
			if err := act(instruction); err != nil {
				s.t.Errorf("%s: %v", instruction, err)
			}
			_, _ = io.WriteString(stdin, "done\n") // the wire may have shown it, and the run be over
		}
	}
	if status := exitStatus(s.t, cmd.Wait()); status > 1 {
		s.t.Fatalf("the run came to nothing: exit status %d\n%s\n%s", status, said.String(), errs.String())
	}
	return said.String(), read(s.t, folder)
}

// TestBehindNAT: a softphone behind a NAT, which names its inside address in SIP and SDP, comes to the verdicts that it comes to
// without one, with the vendor's media in a range of ports.
func TestBehindNAT(t *testing.T) {
	long(t)
	t.Parallel()
	testkit.Program(t, "baresip")
	s := newSegment(t)
	const outside, inside = "192.0.2.30", "10.9.9.2"
	behind := s.lan.NAT(outside+"/24", "10.9.9.1/24")
	s.device = behind.Host(inside + "/24")
	behind.Forward(s.device.Addr()) // the control channel has to get in
	file := s.begunOn("baresip", "isolation: optional", "place: network\nnetwork: {fresh: true, nat: true, addresses: ["+outside+"]}")
	config := filepath.Join(filepath.Dir(file), "config.tmpl")
	data, err := os.ReadFile(config)
	if err == nil {
		err = os.WriteFile(config, bytes.ReplaceAll(data, []byte("{{.Address}}"), []byte(inside)), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	_, run := s.certify("-device="+file, "-media-ports=40000-40031",
		"-filter=product:voice && (id:twilio:voice:call-out:secure || /^id:twilio:voice:call-in:(secure|secure-heard|packets|hold-no-address)$/)")
	same(t, run, "baresip", 4)
	for _, r := range run.Results {
		if r.Evidence.Observations == "" {
			continue
		}
		seen, err := os.ReadFile(filepath.Join(s.folder, r.Evidence.Observations))
		if err != nil {
			t.Fatal(err)
		}
		for line := range bytes.Lines(seen) {
			var e observation.Event
			if json.Unmarshal(line, &e) == nil && e.Media != nil && (e.Media.Local.Port() < 40000 || e.Media.Local.Port() > 40031) {
				t.Fatalf("%s: media at %s", r.Scenario, e.Media.Local)
			}
		}
	}
}

// TestIPv6: the same softphone where there is nothing but IPv6.
func TestIPv6(t *testing.T) {
	long(t)
	t.Parallel()
	testkit.Program(t, "baresip")
	lan := testkit.NewLAN(t)
	s := &segment{t: t, lan: lan, listen: "2001:db8::1,2001:db8::2", vendor: lan.Host("2001:db8::1/64", "2001:db8::2/64"), device: lan.Host("2001:db8::20/64")}
	file := s.begunOn("baresip", "isolation: optional", "place: network\nnetwork: {fresh: true, addresses: ['2001:db8::20']}",
		`"-4"`, `"-6"`, `"{{.Address}}:4444"`, `"[{{.Address}}]:4444"`)
	config := filepath.Join(filepath.Dir(file), "config.tmpl")
	data, err := os.ReadFile(config)
	if err == nil {
		err = os.WriteFile(config, bytes.ReplaceAll(data, []byte("{{.Address}}:"), []byte("[{{.Address}}]:")), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	_, run := s.certify("-device="+file,
		"-filter=product:voice && (id:twilio:voice:register:challenge || id:twilio:voice:call-out:secure || id:twilio:voice:call-in:secure)")
	same(t, run, "baresip", 3)
}

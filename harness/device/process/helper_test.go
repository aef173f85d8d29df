package process

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/mocks/observation"
)

// helperVariable makes the test binary a device: that of helpers which it names.
const helperVariable = "PROCESS_TEST_HELPER"

var helpers = map[string]func(arguments []string){"1": helper}

// helper is a device that speaks every control protocol. Its arguments are transport, address, framing and format.
func helper(arguments []string) {
	terminated := make(chan os.Signal, 1)
	signal.Notify(terminated, syscall.SIGTERM, syscall.SIGHUP)
	go func() {
		for s := range terminated {
			fmt.Fprintln(os.Stderr, "got", s)
			if s == syscall.SIGTERM && os.Getenv("STUBBORN") == "" {
				os.Exit(0)
			}
		}
	}()
	fmt.Fprintln(os.Stderr, "helper begins")
	if arguments[0] == string(Stdin) {
		newHelper(arguments, os.Stdout).serve(os.Stdin)
		os.Exit(0)
	}
	listener, err := net.Listen(arguments[0], arguments[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Fprintln(os.Stderr, "helper listens")
	for {
		conn, err := listener.Accept()
		if err != nil {
			os.Exit(1)
		}
		go newHelper(arguments, conn).serve(conn)
	}
}

type helperControl struct {
	framing Framing
	format  Format
	mu      sync.Mutex
	out     io.Writer
}

func newHelper(arguments []string, out io.Writer) *helperControl {
	return &helperControl{framing: Framing(arguments[2]), format: Format(arguments[3]), out: out}
}

func (h *helperControl) serve(in io.Reader) {
	find := newFramer(h.framing)
	chunk := make([]byte, 1024)
	for {
		n, err := in.Read(chunk)
		if err != nil {
			return
		}
		commands, _ := find.frames(chunk[:n])
		for _, c := range commands {
			h.obey(c)
		}
	}
}

func (h *helperControl) obey(message []byte) {
	command, argument, _ := strings.Cut(string(message), " ")
	token := ""
	if h.format == JSON {
		var fields struct{ Command, Argument, Token string }
		_ = json.Unmarshal(message, &fields)
		command, argument, token = fields.Command, fields.Argument, fields.Token
	}
	switch command {
	case "ok":
		h.say("OK", map[string]any{"ok": true, "token": token})
	case "refuse":
		h.say("ERROR "+argument, map[string]any{"ok": false, "error": argument, "token": token})
	case "event":
		h.say("EVENT "+argument, map[string]any{"event": argument, "detail": "told"})
		h.say("OK", map[string]any{"ok": true, "token": token})
	case "late":
		h.say("", map[string]any{"ok": false, "error": "an old one", "token": "0"})
		h.say("OK", map[string]any{"ok": true, "token": token})
	case "nothing":
	case "garbage":
		_, _ = io.WriteString(h.out, "\x00!?,;{]\n")
	case "long":
		_, _ = io.WriteString(h.out, strings.Repeat("x", maxFrame+2))
	case "die":
		status, _ := strconv.Atoi(argument)
		fmt.Fprintln(os.Stderr, "last words")
		os.Exit(status)
	case "spawn": // a child that ignores signals and holds the output open
		child := exec.Command("/bin/sh", "-c", "trap '' TERM HUP; sleep 600 & wait")
		child.Stdout, child.Stderr = os.Stdout, os.Stderr
		_ = child.Start()
		_ = os.WriteFile("child.pid", []byte(strconv.Itoa(child.Process.Pid)), 0o600)
		h.say("OK", map[string]any{"ok": true, "token": token})
	case "print":
		fmt.Fprintln(os.Stderr, argument)
		h.say("OK", map[string]any{"ok": true, "token": token})
	default:
		h.say("UNKNOWN", map[string]any{"unsupported": true, "token": token})
	}
}

func (h *helperControl) say(text string, fields map[string]any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	message := []byte(text)
	if h.format == JSON {
		message, _ = json.Marshal(fields)
	}
	framed, _ := frame(h.framing, message)
	_, _ = h.out.Write(framed)
}

// protocols are the control protocols of the helper, by name.
var protocols = map[string]struct{ transport, address, framing, format string }{
	"tcp netstring json": {"tcp", "127.0.0.1:%d", "netstring", "json"},
	"tcp line text":      {"tcp", "127.0.0.1:%d", "line", "text"},
	"unix line text":     {"unix", "{{.Dir}}/control", "line", "text"},
	"unix line json":     {"unix", "{{.Dir}}/control", "line", "json"},
	"stdin line json":    {"stdin", "", "line", "json"},
	"stdin line text":    {"stdin", "", "line", "text"},
}

// freePort returns a TCP port on which nobody listens.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// executable returns the path of the test binary.
func executable(t *testing.T) string {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// helperYAML returns a descriptor of the helper without actions.
func helperYAML(t *testing.T, protocol string) string {
	t.Helper()
	p := protocols[protocol]
	if strings.Contains(p.address, "%d") {
		p.address = fmt.Sprintf(p.address, freePort(t))
	}
	var b strings.Builder
	fmt.Fprintf(&b, `
name: helper
isolation: optional
capabilities: [options]
environment: {%s: "1", GORACE: atexit_sleep_ms=0}
processes:
  - name: helper
    command: [%q, %s, "%s", %s, %s]
    ready: {log: helper begins}
control:
  transport: %s
  framing: %s
  format: %s
`, helperVariable, executable(t), p.transport, p.address, p.framing, p.format, p.transport, p.framing, p.format)
	if p.transport == "stdin" {
		b.WriteString("  process: helper\n")
	} else {
		fmt.Fprintf(&b, "  address: '%s'\n", p.address)
	}
	if p.format == "json" {
		b.WriteString("  token: token\n  reply: {ok: ok, unsupported: unsupported, error: error}\n")
		b.WriteString("events: [{field: event, detail: detail}]\n")
	} else {
		b.WriteString("events: [{pattern: '^EVENT (.*)', name: '$1 told'}]\n")
	}
	return b.String() + "limits: {action: 3s, quiet: 150ms, stop: 300ms}\n"
}

// send returns a step that sends a command to the helper, in the format of the protocol.
func send(protocol, command, argument string) string {
	if protocols[protocol].format == "json" {
		return fmt.Sprintf("{send: {command: %s, argument: '%s'}}", command, argument)
	}
	return fmt.Sprintf("{send: '%s', success: '^OK', failure: '^ERROR', unsupported: '^UNKNOWN'}", strings.TrimSpace(command+" "+argument))
}

func load(t *testing.T, content string) *Device {
	t.Helper()
	d, err := Load(t.Context(), fstest.MapFS{"device.yaml": {Data: []byte(content)}}, "device.yaml")
	if err != nil {
		t.Fatalf("%v\n%s", err, numbered(content))
	}
	return New(d)
}

func numbered(content string) string {
	var b bytes.Buffer
	for lines, n := bufio.NewScanner(strings.NewReader(content)), 1; lines.Scan(); n++ {
		fmt.Fprintf(&b, "%3d %s\n", n, lines.Text())
	}
	return b.String()
}

// someSetup returns a setup for devices that talk to nobody.
func someSetup(t *testing.T) device.Setup {
	t.Helper()
	s := sampleSetup(device.Levers{})
	s.Dir, s.Log = t.TempDir(), observation.NewLog()
	if len(s.Dir) > 80 { // too long for the address of a Unix socket
		dir, err := os.MkdirTemp("", "p")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.RemoveAll(dir) })
		s.Dir = dir
	}
	return s
}

// childOf returns the ID of the process that the helper spawned.
func childOf(t *testing.T, setup device.Setup) int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(setup.Dir, "child.pid"))
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(string(text))
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

package main_test

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/internal/testkit"
)

// pageOf reads the URL of the page from what a command says on standard error, of which the rest is dropped.
func pageOf(t *testing.T, errs io.Reader) (url string) {
	t.Helper()
	found := make(chan string, 1)
	go func() {
		defer close(found)
		defer io.Copy(io.Discard, errs)
		for lines := bufio.NewScanner(errs); lines.Scan(); {
			if at, ok := strings.CutPrefix(lines.Text(), "page: "); ok {
				found <- at
				return
			}
		}
	}()
	if url = testkit.Receive(t, found, "the URL of the page"); url == "" {
		t.Fatal("the command does not say where its page is")
	}
	return url
}

// fetch opens what a page has.
func fetch(t *testing.T, url string) io.Reader {
	t.Helper()
	r, err := http.NewRequestWithContext(testkit.Context(t), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := new(http.Transport)
	t.Cleanup(transport.CloseIdleConnections)
	answer, err := (&http.Client{Transport: transport}).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { answer.Body.Close() })
	return answer.Body
}

// toTheEnd starts a run with a page and returns all events of that. The caller waits for the end of the command.
func toTheEnd(t *testing.T, cmd *exec.Cmd) ([]byte, error) {
	t.Helper()
	cmd.Stdout = io.Discard
	errs, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() }) // if the test fails before the end
	return io.ReadAll(fetch(t, pageOf(t, errs)+"events"))
}

// TestCertifyPage follows a run on its page to its end.
func TestCertifyPage(t *testing.T) {
	t.Parallel()
	cmd, _ := command(t, "certify", "-page=127.0.0.1:0", "-filter=vendor:infobip || ("+few+")", "-out="+t.TempDir())
	all, err := toTheEnd(t, cmd)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"event: end", `o-partial"`, "conformant in part", "scenario/twilio/voice/certificate/expired", "device ----&gt; mock"} {
		if !bytes.Contains(all, []byte(want)) {
			t.Errorf("the events lack %q", want)
		}
	}
	if status := exitStatus(t, cmd.Wait()); status != 0 {
		t.Errorf("the exit status is %d", status)
	}
}

// TestPageOutside: the page of a run in namespaces is outside of them, and the device does not inherit its socket.
func TestPageOutside(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("only Linux has namespaces")
	}
	descriptor := file(t, filepath.Join("testdata", "mute", "device.yaml"))
	listing := strings.Replace(descriptor, `{run: ["true"], wait: true}`, `{run: [ls, -l, /proc/self/fd], wait: true}`, 1)
	folder, out := testkit.Folder(t, map[string]string{"device.yaml": listing}), t.TempDir()
	cmd, _ := command(t, "certify", "-device="+folder, "-page=127.0.0.1:0", "-filter=id:twilio:voice:register:challenge", "-out="+out)
	all, err := toTheEnd(t, cmd)
	if err != nil || !bytes.Contains(all, []byte("scenario/twilio/voice/register/challenge")) {
		t.Errorf("the events are %s, %v", all, err)
	}
	if status := exitStatus(t, cmd.Wait()); status != 3 {
		t.Errorf("the exit status is %d", status)
	}
	log := file(t, filepath.Join(out, "evidence", "twilio", "voice", "register", "challenge", "device.log"))
	if !strings.Contains(log, " 0 -> ") || strings.Contains(log, "socket:") {
		t.Errorf("the device's files are\n%s", log)
	}
}

// TestServePage has a client shake hands with a mock, and its page show what it offered.
func TestServePage(t *testing.T) {
	t.Parallel()
	cmd, _ := command(t, "serve", "twilio", "--product=voice", "--page=127.0.0.1:0")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	errs, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() }) // if the test fails before the end
	s := &served{lines: bufio.NewScanner(out)}
	for s.lines.Scan() && !strings.HasPrefix(s.lines.Text(), "ready ") {
	}
	if err := json.Unmarshal([]byte(strings.TrimPrefix(s.lines.Text(), "ready ")), s); err != nil {
		t.Fatal(err)
	}
	url := pageOf(t, errs)
	conn, err := tls.Dial("tcp", s.at(t, "tls"), &tls.Config{ServerName: s.Domain, RootCAs: s.roots(t), MaxVersion: tls.VersionTLS12})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	shown := false
	for lines := bufio.NewScanner(fetch(t, url+"events")); lines.Scan(); {
		if strings.Contains(lines.Text(), "<dt>Agreed</dt><dd>TLS 1.2, TLS_ECDHE_RSA_") {
			shown = true
			break
		}
	}
	if !shown {
		t.Error("the page never shows the handshake")
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	for s.lines.Scan() {
	}
	if status := exitStatus(t, cmd.Wait()); status != 0 {
		t.Errorf("the exit status is %d", status)
	}
}

// TestPageUsage: an address that is none is said before anything runs.
func TestPageUsage(t *testing.T) {
	t.Parallel()
	sipconform(t, "certify", "-page=0.0.0.0:8080", "-filter="+few).expect(t, 2, "more than one address")
	sipconform(t, "certify", "-page=8080", "-filter="+few).expect(t, 2, "not HOST:PORT")
	sipconform(t, "serve", "twilio", "--page=[::]:0").expect(t, 2, "more than one address")
}

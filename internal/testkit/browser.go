package testkit

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Browser is a headless Chromium that a test drives by WebDriver (https://www.w3.org/TR/webdriver2/). It resolves no name
// and sends nothing to any address but those that the test names, or loopback.
type Browser struct {
	tb      testing.TB
	session string // the URL of the session's commands
	client  *http.Client
}

// place is where a browser runs.
type place struct {
	enter func(*exec.Cmd) *exec.Cmd
	dial  func(ctx context.Context, network, address string) (net.Conn, error)
	reach []string // the hosts that it reaches
}

// chromiumArguments keep the browser from talking to anybody but those hosts.
func chromiumArguments(profile string, reach []string) []string {
	rules := "MAP * ~NOTFOUND"
	for _, host := range reach {
		rules += " , EXCLUDE " + host
	}
	arguments := []string{
		"--headless=new", "--disable-gpu", "--hide-scrollbars", "--disable-dev-shm-usage", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-default-apps",
		"--disable-extensions", "--no-proxy-server", "--host-resolver-rules=" + rules,
		"--user-data-dir=" + profile,
	}
	if os.Geteuid() == 0 { // its sandbox does not work for root
		arguments = append(arguments, "--no-sandbox")
	}
	return arguments
}

// Chromium starts a browser and ends it with the test. It skips the test where Chromium or its driver is not installed.
func Chromium(tb testing.TB) *Browser {
	tb.Helper()
	here := func(cmd *exec.Cmd) *exec.Cmd { return cmd }
	return chromium(tb, place{here, new(net.Dialer).DialContext, []string{"127.0.0.1"}})
}

func chromium(tb testing.TB, at place) *Browser {
	tb.Helper()
	binary := Program(tb, "chromium")
	transport := &http.Transport{DialContext: at.dial}
	b := &Browser{tb: tb, session: chromeDriver(tb, at) + "/session", client: &http.Client{Transport: transport, Timeout: Patience}}
	tb.Cleanup(transport.CloseIdleConnections)
	var answer struct{ SessionID string }
	b.command(http.MethodPost, "", map[string]any{"capabilities": map[string]any{"alwaysMatch": map[string]any{
		"browserName":        "chrome",
		"goog:chromeOptions": map[string]any{"binary": binary, "args": chromiumArguments(tb.TempDir(), at.reach)},
		"goog:loggingPrefs":  map[string]string{"browser": "ALL"},
		"timeouts":           map[string]int64{"script": Patience.Milliseconds(), "pageLoad": Patience.Milliseconds()},
	}}}, &answer)
	b.session += "/" + answer.SessionID
	tb.Cleanup(func() { b.command(http.MethodDelete, "", nil, nil) })
	return b
}

// chromeDriver starts chromedriver and returns its URL.
func chromeDriver(tb testing.TB, at place) string {
	tb.Helper()
	cmd := at.enter(exec.Command(Program(tb, "chromedriver"), "--port=0")) // a session may last longer than Patience
	out, err := cmd.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	port := make(chan string, 1)
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		defer io.Copy(io.Discard, out)
		defer close(port)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if _, number, ok := strings.Cut(lines.Text(), "successfully on port "); ok {
				port <- strings.TrimRight(number, ".")
				return
			}
		}
	}()
	tb.Cleanup(func() {
		cmd.Process.Kill()
		out.Close() // which a browser without a session may have open still
		<-drained
		cmd.Wait() // "signal: killed"
	})
	number := Receive(tb, port, "the port of chromedriver")
	if number == "" {
		tb.Fatal("chromedriver ended without a port")
	}
	return "http://127.0.0.1:" + number
}

// command sends a command and decodes its value.
func (b *Browser) command(method, path string, parameters, value any) {
	b.tb.Helper()
	var body io.Reader
	if method == http.MethodPost {
		if parameters == nil {
			parameters = struct{}{}
		}
		data, err := json.Marshal(parameters)
		if err != nil {
			b.tb.Fatal(err)
		}
		body = bytes.NewReader(data)
	}
	r, err := http.NewRequest(method, b.session+path, body)
	if err != nil {
		b.tb.Fatal(err)
	}
	answer, err := b.client.Do(r)
	if err != nil {
		b.tb.Fatalf("WebDriver %s %s: %v", method, path, err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		b.tb.Fatalf("WebDriver %s %s: %v, %s %.2000s", method, path, err, answer.Status, text)
	}
	if value == nil {
		return
	}
	if err := json.Unmarshal(text, &struct{ Value any }{value}); err != nil {
		b.tb.Fatalf("WebDriver %s %s: %v in %.2000s", method, path, err, text)
	}
}

// devTools sends a command of the Chrome DevTools protocol.
func (b *Browser) devTools(name string, parameters map[string]any, value any) {
	b.tb.Helper()
	b.command(http.MethodPost, "/goog/cdp/execute", map[string]any{"cmd": name, "params": parameters}, value)
}

// Show has the page look as on a screen of that size, in CSS pixels, of somebody who prefers the colour scheme "light" or
// "dark".
func (b *Browser) Show(width, height int, scheme string) {
	b.tb.Helper()
	b.devTools("Emulation.setDeviceMetricsOverride",
		map[string]any{"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false}, nil)
	b.devTools("Emulation.setEmulatedMedia",
		map[string]any{"media": "", "features": []map[string]string{{"name": "prefers-color-scheme", "value": scheme}}}, nil)
}

// ShowPrint has the page look as on paper of that width, in CSS pixels.
func (b *Browser) ShowPrint(width int) {
	b.tb.Helper()
	b.devTools("Emulation.setDeviceMetricsOverride",
		map[string]any{"width": width, "height": 1000, "deviceScaleFactor": 1, "mobile": false}, nil)
	b.devTools("Emulation.setEmulatedMedia", map[string]any{"media": "print"}, nil)
}

// Open loads a page.
func (b *Browser) Open(url string) {
	b.tb.Helper()
	b.command(http.MethodPost, "/url", map[string]string{"url": url}, nil)
}

// Run runs a script in the page, which returns its value.
func (b *Browser) Run(script string, value any) {
	b.tb.Helper()
	b.command(http.MethodPost, "/execute/sync", map[string]any{"script": script, "args": []any{}}, value)
}

// Await waits until an expression of JavaScript is true in the page.
func (b *Browser) Await(expression string) {
	b.tb.Helper()
	if !b.Comes(expression) {
		var text string
		b.Run("return document.body.innerText", &text)
		b.tb.Fatalf("the page never comes to %s; it says\n%s", expression, text)
	}
}

// Comes waits until an expression of JavaScript is true in the page, and reports whether it was within half of Patience.
func (b *Browser) Comes(expression string) (held bool) {
	b.tb.Helper()
	b.Run(fmt.Sprintf(`return new Promise((resolve) => {
		const end = performance.now() + %d;
		const check = () => {
			if (%s) resolve(true);
			else if (performance.now() > end) resolve(false);
			else requestAnimationFrame(check);
		};
		check();
	})`, Patience.Milliseconds()/2, expression), &held)
	return held
}

// element is the reference of an element that the CSS selector finds, or of the one that has the focus if it is empty.
func (b *Browser) element(selector string) string {
	b.tb.Helper()
	var found map[string]string
	if selector == "" {
		b.command(http.MethodGet, "/element/active", nil, &found)
	} else {
		b.command(http.MethodPost, "/element", map[string]string{"using": "css selector", "value": selector}, &found)
	}
	for _, id := range found { // by the only name that it has
		return "/element/" + id
	}
	b.tb.Fatalf("there is no element %q", selector)
	return ""
}

// Click clicks the element that a CSS selector finds.
func (b *Browser) Click(selector string) {
	b.tb.Helper()
	b.command(http.MethodPost, b.element(selector)+"/click", nil, nil)
}

// Keys that [Browser.Type] takes among text.
const (
	Tab   = "\uE004"
	Enter = "\uE007"
)

// Type types at whatever has the focus.
func (b *Browser) Type(text string) {
	b.tb.Helper()
	b.command(http.MethodPost, b.element("")+"/value", map[string]string{"text": text}, nil)
}

// Complaints returns what the browser's console has of warnings and errors since it was last asked: failures of scripts,
// files that do not load, breaches of the page's policy.
func (b *Browser) Complaints() []string {
	b.tb.Helper()
	var entries []struct{ Level, Message string }
	b.command(http.MethodPost, "/se/log", map[string]string{"type": "browser"}, &entries)
	var all []string
	for _, e := range entries {
		if e.Level == "SEVERE" || e.Level == "WARNING" {
			all = append(all, e.Level+": "+e.Message)
		}
	}
	return all
}

// Picture writes the whole page to a PNG file among the test's artifacts: see go test -artifacts.
func (b *Browser) Picture(name string) {
	b.tb.Helper()
	var picture struct{ Data string }
	b.devTools("Page.captureScreenshot", map[string]any{"format": "png", "captureBeyondViewport": true}, &picture)
	data, err := base64.StdEncoding.DecodeString(picture.Data)
	if err == nil {
		err = os.WriteFile(filepath.Join(b.tb.ArtifactDir(), name+".png"), data, 0o666)
	}
	if err != nil {
		b.tb.Fatal(err)
	}
}

//go:build unix

package speed

import (
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/twilio"
)

// vendors is how often the vendor that is data alone is asked about, each time by another name: it has 179 scenarios.
const vendors = 56

// benchmarkScale runs the command with ten thousand scenarios, opens its report, and has as many devices register.
func benchmarkScale(b *testing.B) []row {
	rows := benchmarkMany(b)
	rows = append(rows, benchmarkDevices(b))
	b.ReportMetric(0, "ns/op")
	return rows
}

// benchmarkMany returns what ten thousand scenarios take of memory, as a process of their own, and how long their report
// takes to open.
func benchmarkMany(b *testing.B) []row {
	dir := b.TempDir()
	out := filepath.Join(dir, "report")
	var names []string
	for i := range vendors {
		name, prefix := fmt.Sprintf("carrier%d", i), fmt.Sprintf("%c%c", 'X'+i/26, 'A'+i%26)
		names = append(names, "vendor:"+name)
		if err := alike(dir, name, prefix); err != nil {
			b.Fatal(err)
		}
	}
	cmd := exec.CommandContext(b.Context(), program(b), "certify", "-vendors", dir, "-filter", strings.Join(names, " || "), "-out", out)
	began := time.Now()
	text, status := testkit.Run(b, cmd)
	took := time.Since(began)
	if status != 0 {
		b.Fatalf("status %d: %s", status, text[max(0, len(text)-2000):])
	}
	var record struct{ Summary map[string]int }
	data, err := os.ReadFile(filepath.Join(out, "results.json"))
	if err == nil {
		err = json.Unmarshal(data, &record)
	}
	if err != nil {
		b.Fatal(err)
	}
	n := 0
	for _, count := range record.Summary {
		n += count
	}
	b.ReportMetric(float64(n), "scenarios")
	page, err := os.Stat(filepath.Join(out, "report.html"))
	if err != nil {
		b.Fatal(err)
	}
	const kB = 1 << 10 // in a MB: Maxrss is in kB on Linux, where the target is
	return []row{
		{what: fmt.Sprintf("memory at the peak of a run of %d scenarios, MB", n), target: "under 512",
			figures: samples{float64(cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss) / kB}, met: func(f float64) bool { return f < 512 }},
		{what: "  its scenarios a second", figures: samples{float64(n) / took.Seconds()}},
		{what: "  its report.html, MB", figures: samples{float64(page.Size()) / (1 << 20)}},
		opened(b, filepath.Join(out, "report.html")),
	}
}

// alike writes the profile and the requirements of the example vendor below dir, as those of another vendor.
func alike(dir, name, prefix string) error {
	const example = "../../fixtures/examples/carrier"
	rename := strings.NewReplacer("carrier", name, "Carrier", "Carrier "+name, "prefix: CA", "prefix: "+prefix, "CA-", prefix+"-")
	var errs []error
	for from, to := range map[string]string{
		"profiles/carrier-trunk.yaml": "profiles/" + name + "-trunk.yaml", "requirements/carrier.yaml": "requirements/" + name + ".yaml",
	} {
		data, err := os.ReadFile(filepath.Join(example, from))
		to = filepath.Join(dir, to)
		errs = append(errs, err, os.MkdirAll(filepath.Dir(to), 0o700), os.WriteFile(to, []byte(rename.Replace(string(data))), 0o600))
	}
	return errors.Join(errs...)
}

// opened returns how long Chromium takes from the command to open a report until a person sees it and can click.
func opened(b *testing.B, page string) row {
	r := row{what: "  seconds until Chromium has opened it", target: "under 2", met: func(f float64) bool { return f < 2 }}
	if missing := errors.Join(lookFor("chromium"), lookFor("chromedriver")); missing != nil {
		b.Logf("no report is opened: %v", missing)
		return r
	}
	browser := testkit.Chromium(b)
	for range 5 {
		browser.Open("about:blank")
		began := time.Now()
		browser.Open("file://" + filepath.ToSlash(page))
		browser.Run("return new Promise((seen) => requestAnimationFrame(() => setTimeout(seen)))", nil)
		r.figures = append(r.figures, time.Since(began).Seconds())
	}
	return r
}

// benchmarkDevices returns what a mock remembers of a registered device, in bytes: a hundred of them come over each of a
// hundred TLS connections. The log is full before, and is not counted.
func benchmarkDevices(b *testing.B) row {
	const connections, each = 100, 100
	mock, err := twilio.Start(twilio.Voice, map[string]string{"digest": "off"}, func(c *twilio.Config) { c.Log = observation.NewWindow() })
	if err != nil {
		b.Fatal(err)
	}
	defer mock.Close()
	phones := make([]*testkit.Device, connections)
	for i := range phones {
		phones[i] = testkit.Connect(b, observation.TLS, mock.Addresses()[observation.TLS], &tls.Config{InsecureSkipVerify: true})
	}
	register := func(name func(i, j int) string) {
		for j := range each {
			for i, d := range phones {
				d.Account = "sip:" + name(i, j) + "@" + mock.Domain()
				d.Send(d.Compose("REGISTER", "sip:"+mock.Domain(), "Expires: 3600"))
				d.Expect(200, "REGISTER")
			}
		}
	}
	heap := func() float64 {
		runtime.GC()
		runtime.GC() // what has a finalizer is gone after the second
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return float64(m.HeapAlloc)
	}
	register(func(i, _ int) string { return fmt.Sprint("first-", i) })
	before := heap()
	register(func(i, j int) string { return fmt.Sprint("device-", i, "-", j) })
	after := heap()
	if held, want := len(mock.Bindings()), connections*each+connections; held != want {
		b.Fatalf("%d devices are registered, want %d", held, want)
	}
	return row{what: "bytes that a mock keeps of each of 10,000 registered devices", figures: samples{(after - before) / connections / each}}
}

//go:build !nolibssl && linux && (amd64 || arm64)

package tlspeer

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ebitengine/purego"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
)

// The environment of a process in which memory runs out.
const (
	// withholdingFile is the library that testdata/allocations.c makes. It has to be in place before libssl allocates
	// anything, so this needs a process of its own.
	withholdingFile = "SIPCONFORM_TEST_ALLOCATIONS"
	// withholdingEvery is the distance between the allocations that fail: 1 is each of them.
	withholdingEvery = "SIPCONFORM_TEST_ALLOCATIONS_EVERY"
	// withholdingLoad names the allocation that fails while libssl is loaded, and the last that fails.
	withholdingLoad = "SIPCONFORM_TEST_ALLOCATIONS_LOAD"
)

// withholding makes chosen allocations of libssl and libcrypto fail.
type withholding struct{ arm, disarm, count function }

// withhold puts the library into place of the C library's functions.
func withhold(t *testing.T, file string) withholding {
	t.Helper()
	library, err := purego.Dlopen(file, purego.RTLD_NOW)
	if err != nil {
		t.Fatal(err)
	}
	find := func(name string) function {
		address, err := purego.Dlsym(library, "allocations_"+name)
		if err != nil {
			t.Fatal(err)
		}
		return function(address)
	}
	systemMalloc, systemRealloc = uintptr(find("malloc")), uintptr(find("realloc"))
	return withholding{find("arm"), find("disarm"), find("count")}
}

// inOwnProcess runs this test again in a process of its own, where allocations can fail.
func inOwnProcess(t *testing.T, file string, environment ...string) {
	t.Helper()
	pattern := "^" + strings.ReplaceAll(t.Name(), "/", "$/^") + "$"
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run="+pattern, "-test.v", "-test.short="+strconv.FormatBool(testing.Short()))
	cmd.Env = append(append(os.Environ(), withholdingFile+"="+file), environment...)
	out, err := cmd.CombinedOutput()
	text := string(out[max(0, len(out)-16<<10):])
	if err != nil || !strings.Contains(text, "--- PASS: "+t.Name()+" ") {
		t.Errorf("%v\n%s", err, text)
	}
	for line := range strings.Lines(text) {
		if _, count, ok := strings.Cut(line, "rounds: "); ok {
			t.Log(strings.TrimSpace(count))
		}
	}
}

// buildWithholding compiles testdata/allocations.c.
func buildWithholding(t *testing.T) string {
	t.Helper()
	libsslHere(t)
	file := filepath.Join(t.TempDir(), "allocations.so")
	build := testkit.Command(t, "gcc", "-shared", "-fPIC", "-O1", "-o", file, filepath.Join("testdata", "allocations.c"))
	if out, status := testkit.Run(t, build); status != 0 {
		t.Fatal(out)
	}
	return file
}

// TestLibsslOutOfMemory has the libraries lack memory at one allocation after another of a whole connection, for once or
// from there on. Whatever they make of that, it is a fault of the harness's: no refusal by either side, and no
// connection that counts as if nothing had been missing. The next connection is served again.
func TestLibsslOutOfMemory(t *testing.T) {
	t.Parallel()
	file := os.Getenv(withholdingFile)
	child := file != ""
	if !child {
		file = buildWithholding(t)
	}
	for _, c := range []starving{
		{name: "server of TLS 1.3", as: server, version: TLS13},
		{name: "server of TLS 1.2", as: server, version: TLS12},
		{name: "client of TLS 1.3", as: client, version: TLS13},
		{name: "client of TLS 1.2", as: client, version: TLS12},
	} {
		t.Run(c.name, func(t *testing.T) {
			if !child {
				t.Parallel()
				inOwnProcess(t, file)
				return
			}
			c.sweep(t, withhold(t, file))
		})
	}
}

// starving is a connection of libssl's with crypto/tls as the device, of which each side has a certificate.
type starving struct {
	name    string
	as      role
	version uint16
	engine  libssl
	rules   Rules
	device  *tls.Config
}

func (c *starving) sweep(t *testing.T, memory withholding) {
	authority := testkit.NewAuthority("root")
	leaf := testkit.Issue(&authority, testkit.NewRSAKey(), x509.Certificate{DNSNames: []string{testName}})
	other := testkit.Issue(&authority, testkit.NewKey(), x509.Certificate{DNSNames: []string{testName}})
	c.engine = libsslHere(t)
	c.rules = Rules{MinVersion: c.version, MaxVersion: c.version, Certificate: leaf, ServerName: testName}
	c.device = &tls.Config{Certificates: []tls.Certificate{other}, InsecureSkipVerify: true, ServerName: testName,
		MinVersion: c.version, MaxVersion: c.version, ClientAuth: tls.RequireAnyClientCert}
	if c.as == server {
		c.rules.ClientAuth, c.rules.Groups, c.rules.Second = ClientAuthRequire, []uint16{23, 24}, other
		c.rules.Named = map[string]tls.Certificate{testName: other}
	}

	good := c.connect(t)
	if good.err != nil || good.read != nil || good.device != nil {
		t.Fatalf("with memory: %v, %v, the device %v", good.err, good.read, good.device)
	}
	memory.arm.call(0, 0)
	c.connect(t) // what libcrypto prepares at its first use is there now
	total := int(memory.count.call())

	each, every, afterwards := 200, max(1, total/250), 10
	if testing.Short() {
		each, every = 20, max(1, total/20)
	}
	if n, err := strconv.Atoi(os.Getenv(withholdingEvery)); err == nil {
		each, every, afterwards = 0, n, 1
	}
	rounds, told := 0, 0
	for n := 1; n <= total; n++ {
		if n > each && n%every != 0 {
			continue
		}
		// The last line that a process prints before it crashes tells where.
		last := []int{n, math.MaxInt64}[rounds%2]
		fmt.Printf("allocation %d to %d of %d\n", n, last, total)
		memory.arm.call(uintptr(n), uintptr(last))
		got := c.connect(t)
		withheld := memory.disarm.call() > 0
		rounds++
		if len(got.all(observation.Fault)) > 0 {
			told++
		}
		if text := got.wrong(good, withheld); text != "" {
			t.Errorf("allocation %d to %d of %d: %s", n, last, total, text)
		}
		if rounds%afterwards == 0 {
			if text := c.connect(t).wrong(good, false); text != "" {
				t.Errorf("after allocation %d: %s", n, text)
			}
		}
	}
	if told < rounds-rounds/10 { // connections differ by a few allocations
		t.Errorf("of %d rounds, only %d tell that memory ran out", rounds, told)
	}
	if text := c.connect(t).wrong(good, false); text != "" {
		t.Errorf("afterwards: %s", text)
	}
	c.engine.sessions.Range(func(key, _ any) bool { t.Error("an SSL is left"); return false })
	t.Logf("rounds: %d, %d of them faults for want of memory, among %d allocations", rounds, told, total)
}

// starved is what became of a connection: outcome is the mock's side, and read includes what ended its writing.
type starved struct {
	outcome
	heard  string // by the device
	device error  // what ended the device's side
}

// wrong says what is wrong with a connection after a good one, if memory was withheld from it, or not.
func (got starved) wrong(good starved, withheld bool) string {
	var faults []observation.FaultCause
	for _, e := range got.all(observation.Fault) {
		faults = append(faults, e.Fault)
	}
	keys, goodKeys := len(got.all(observation.TLSKeyLog)), len(good.all(observation.TLSKeyLog))
	if !withheld {
		got.PeerChain, good.PeerChain = nil, nil // which is not comparable; that in the event is
		switch {
		case len(faults) > 0 || got.err != nil || got.read != nil || got.device != nil:
			return fmt.Sprintf("nothing was withheld: faults %q, %v, %v, the device %v", faults, got.err, got.read, got.device)
		case !reflect.DeepEqual(got.State, good.State) || got.received != good.received || got.heard != good.heard || keys != goodKeys:
			return fmt.Sprintf("something is missing: %+v, %d of %d keys, %d bytes in, %d out", got.State, keys, goodKeys,
				len(got.received), len(got.heard))
		}
		return ""
	}
	if len(faults) == 0 { // it may have been for a mere note, such as the first of a thread's error queue
		return got.wrong(good, false)
	}
	if !reflect.DeepEqual(faults, []observation.FaultCause{observation.OutOfMemory, observation.EngineFailed}) {
		return fmt.Sprintf("faults %q, %v, %v, the device %v", faults, got.err, got.read, got.device)
	}
	for _, e := range got.events {
		switch h := e.Handshake; {
		case e.Kind == observation.TLSAlert:
			return fmt.Sprintf("an alert counts: %s %s", e.Dir, e.Text)
		case e.Kind == observation.TLSHandshake && !h.Complete && (h.EndedBy != observation.MockSide || h.Limit == "" || h.Rejected != nil || h.Refused != ""):
			return fmt.Sprintf("the handshake blames somebody: %+v", h)
		}
	}
	return ""
}

// connect has both sides send and read some records each way, and the mock end the connection.
func (c *starving) connect(t *testing.T) starved {
	t.Helper()
	l := testkit.Listen(t)
	defer l.Close()
	ctx, cancel := context.WithTimeout(t.Context(), testkit.Patience)
	defer cancel()
	device := make(chan starved, 1)
	go func() { device <- c.beDevice(ctx, l) }()

	raw, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	log := observation.NewLog()
	var got starved
	conn, err := endpointOf(c.engine, c.as)(ctx, raw, c.rules, &Tap{Log: log, Conn: "c1"})
	if got.err = err; err == nil {
		got.State = conn.State()
		conn.SetDeadline(time.Now().Add(testkit.Patience))
		got.received, got.read = talk(conn, true)
		conn.Close()
	}
	theirs := testkit.Receive(t, device, "the device")
	got.heard, got.device = theirs.heard, theirs.device
	got.events = log.Events()
	return got
}

func (c *starving) beDevice(ctx context.Context, l net.Listener) (got starved) {
	raw, err := l.Accept()
	if err != nil {
		return starved{device: err}
	}
	defer raw.Close()
	conn := tls.Client(raw, c.device)
	if c.as == client {
		conn = tls.Server(raw, c.device)
	}
	conn.SetDeadline(time.Now().Add(testkit.Patience))
	if got.device = conn.HandshakeContext(ctx); got.device == nil {
		got.heard, got.device = talk(conn, false)
	}
	return got
}

// talk sends and reads some records, three times, and returns what it has read. Who does not begin reads to the end.
func talk(conn net.Conn, begins bool) (heard string, err error) {
	said := strings.Repeat("0123456789", 2000)
	p := make([]byte, len(said))
	for i := range 6 {
		if (i%2 == 0) == begins {
			_, err = io.WriteString(conn, said)
		} else {
			var n int
			n, err = io.ReadFull(conn, p)
			heard += string(p[:n])
		}
		if err != nil {
			return heard, err
		}
	}
	if !begins {
		_, err = io.ReadAll(conn)
	}
	return heard, err
}

// TestLibsslLoadedWithoutMemory has the libraries lack memory while they are loaded. They are then used whole, or not
// at all: a suite that is missing would be one that this machine cannot emulate.
func TestLibsslLoadedWithoutMemory(t *testing.T) {
	t.Parallel()
	whole := libsslHereUnlessChild(t)
	if file := os.Getenv(withholdingFile); file != "" {
		memory := withhold(t, file)
		var first, last int
		fmt.Sscan(os.Getenv(withholdingLoad), &first, &last)
		memory.arm.call(uintptr(first), uintptr(last))
		l, err := loadLibssl()
		fmt.Println("allocations:", memory.count.call())
		withheld := memory.disarm.call()
		switch {
		case err == nil:
			fmt.Println("loaded:", len(l.suites), len(l.groups))
		case !errors.Is(err, syscall.ENOMEM) || withheld == 0:
			t.Error(err)
		default:
			fmt.Println("not loaded:", err)
		}
		return
	}
	file := buildWithholding(t)
	run := func(t *testing.T, first, last int) string {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestLibsslLoadedWithoutMemory$", "-test.v")
		cmd.Env = append(os.Environ(), withholdingFile+"="+file, fmt.Sprintf("%s=%d %d", withholdingLoad, first, last))
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("allocations %d to %d: %v\n%s", first, last, err, out)
		}
		return string(out)
	}
	loaded := fmt.Sprintf("loaded: %d %d\n", len(whole.suites), len(whole.groups))
	calm, total := run(t, 0, 0), 0
	if _, count, _ := strings.Cut(calm, "allocations: "); !strings.Contains(calm, loaded) {
		t.Fatalf("with memory: %s", calm)
	} else if fmt.Sscan(count, &total); total == 0 {
		t.Fatalf("no allocation is counted: %s", calm)
	}
	samples := 20
	if testing.Short() {
		samples = 6
	}
	for i := range samples {
		n := 1 + i*total/samples
		t.Run(strconv.Itoa(n), func(t *testing.T) {
			t.Parallel()
			for _, last := range []int{n, math.MaxInt64} {
				out := run(t, n, last)
				if !strings.Contains(out, "\n"+loaded) && !strings.Contains(out, "not loaded: ") {
					t.Errorf("allocations %d to %d: %s", n, last, out)
				}
			}
		})
	}
}

// libsslHereUnlessChild loads libssl, except where it is to be loaded without memory.
func libsslHereUnlessChild(t *testing.T) libssl {
	t.Helper()
	if os.Getenv(withholdingFile) != "" {
		return libssl{}
	}
	return libsslHere(t)
}

package starter_test

import (
	"errors"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/device/process"
	"github.com/sipconform/sipconform/harness/device/starter"
)

// everything are capabilities that a device of any kind may have, with every lever.
var everything = []device.Capability{
	device.CanRegister, device.CanCall, device.CanAnswer, device.CanListen, device.CanHangUp, device.CanHold, device.CanOptions, device.CanFetch,
	device.CanConnect, device.CanIdentify, "tls:1.2", "tls:1.3", device.SRTPSuite("AES_CM_128_HMAC_SHA1_32"),
	device.LeverTLSVersion, device.LeverSuites, device.LeverGroups, device.LeverSRTPSuites, device.LeverMedia, device.LeverMKI,
	device.LeverLifetime, device.LeverTransport, device.LeverVerify, device.LeverSIPS, device.LeverExpires, device.LeverCRL, device.LeverPort,
}

// TestMakesEveryKind: what is made of each kind loads, with what it has by itself, with everything, and with little.
func TestMakesEveryKind(t *testing.T) {
	t.Parallel()
	for _, kind := range starter.Kinds() {
		little := []device.Capability{"tls:1.2"}
		if kind.Kind == starter.HTTPS {
			little = append(little, device.CanFetch)
		}
		for name, capabilities := range map[string][]device.Capability{"usual": nil, "everything": everything, "little": little} {
			for _, address := range []netip.Addr{{}, netip.MustParseAddr("2001:db8::20")} {
				if address.IsValid() && !kind.Addressed {
					continue
				}
				o := starter.Options{Folder: filepath.Join(t.TempDir(), "my-"+name), Kind: kind.Kind, Capabilities: capabilities, Address: address}
				if kind.Program != "" {
					o.Program = `/opt/my phone/"it"`
				}
				if err := starter.Make(t.Context(), o); err != nil {
					t.Errorf("%s, %s: %v", kind.Kind, name, err)
					continue
				}
				d, err := process.LoadFile(t.Context(), o.Folder)
				if err != nil || d.Name != "my-"+name || d.Description == "" {
					t.Errorf("%s, %s: it loads as %+v, %v", kind.Kind, name, d, err)
				}
				readme, err := os.ReadFile(filepath.Join(o.Folder, "README.md"))
				if err != nil || !strings.Contains(string(readme), "device check ./my-"+name) {
					t.Errorf("%s, %s: the README is %q, %v", kind.Kind, name, readme, err)
				}
			}
		}
	}
}

// TestRefusals: what will not do is refused, and leaves nothing behind.
func TestRefusals(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		o    starter.Options
		want string
	}{
		"no kind":                {starter.Options{}, `no kind of device ""`},
		"another kind":           {starter.Options{Kind: "fax"}, "say program, shim, network, person, container or https"},
		"unknown capability":     {starter.Options{Kind: starter.Shim, Capabilities: []device.Capability{"registr"}}, `"registr"`},
		"a person's program":     {starter.Options{Kind: starter.Person, Program: "x"}, "leave -program out"},
		"a program's address":    {starter.Options{Kind: starter.Program, Address: netip.MustParseAddr("192.0.2.1")}, "leave -address out"},
		"HTTPS without pages":    {starter.Options{Kind: starter.HTTPS, Capabilities: []device.Capability{"tls:1.2"}}, "https-get"},
		"a program of two lines": {starter.Options{Kind: starter.Program, Program: "a\nb"}, "more than one line"},
	} {
		c.o.Folder = filepath.Join(t.TempDir(), "phone")
		err := starter.Make(t.Context(), c.o)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
		if _, err := os.Stat(c.o.Folder); err == nil {
			t.Errorf("%s: it left its folder", name)
		}
	}
}

func TestNameThatNoDeviceHas(t *testing.T) {
	t.Parallel()
	o := starter.Options{Folder: filepath.Join(t.TempDir(), "My Phone"), Kind: starter.Shim}
	if err := starter.Make(t.Context(), o); err == nil || !strings.Contains(err.Error(), "lower-case") {
		t.Error(err)
	}
}

func TestNeverOverwrites(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "phone")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	err := starter.Make(t.Context(), starter.Options{Folder: folder, Kind: starter.Shim})
	if err == nil || !strings.Contains(err.Error(), "not overwritten") {
		t.Error(err)
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
		t.Errorf("the folder has %v, %v", left, err)
	}
}

// TestAsk: answers that will not do are asked for again, with a hint, and the end of input is an error.
func TestAsk(t *testing.T) {
	t.Parallel()
	var said strings.Builder
	o, err := starter.Ask(strings.NewReader("fax\n4\nat home\n192.0.2.20\nregister,,\nregister, tls:1.2\n"), &said, starter.Options{})
	if err != nil || o.Kind != starter.Person || o.Address.String() != "192.0.2.20" || len(o.Capabilities) != 2 {
		t.Errorf("the options are %+v, %v", o, err)
	}
	for _, want := range []string{`no kind of device "fax"`, `"at home" is no IP address`, `"" is not one capability`} {
		if !strings.Contains(said.String(), want) {
			t.Errorf("it does not say %q:\n%s", want, &said)
		}
	}
	o, err = starter.Ask(strings.NewReader("\n\n\n"), io.Discard, starter.Options{})
	if err != nil || o.Kind != starter.Program || o.Program == "" || len(o.Capabilities) == 0 {
		t.Errorf("the usual answers are %+v, %v", o, err)
	}
	for _, short := range []string{"", "program\n", "7\n7\n"} {
		if _, err := starter.Ask(strings.NewReader(short), io.Discard, starter.Options{}); !errors.Is(err, starter.ErrEnded) {
			t.Errorf("after %q: %v", short, err)
		}
	}
}

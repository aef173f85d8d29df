package main_test

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestDeviceNew: the command makes a folder that it checks itself, once.
func TestDeviceNew(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "desk")
	args := []string{"device", "new", folder, "-kind=person", "-capabilities=register,digest", "-capabilities=tls:1.2", "-address=192.0.2.20"}
	sipconform(t, args...).expect(t, 0, "desk/device.yaml", "device check "+folder)
	for _, want := range []string{"person: true", "192.0.2.20", "- digest", "- tls:1.2"} {
		if text := file(t, filepath.Join(folder, "device.yaml")); !strings.Contains(text, want) {
			t.Errorf("device.yaml has no %q:\n%s", want, text)
		}
	}
	sipconform(t, args...).expect(t, 2, "not overwritten")
	// There is no lab, and the command says so; the rest is in order.
	o := sipconform(t, "device", "check", folder)
	o.expect(t, 2, "ok         desk: ", "sipconform lab init", "1 fault to mend")
	if strings.Count(o.out, "FAULT") != 1 {
		t.Errorf("want one fault: %s", o)
	}
}

// TestDeviceCheckMistakes: all faults are told at once, and nothing is started.
func TestDeviceCheckMistakes(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	descriptor := `{name: Ghost, isolation: optional, capabilities: [register, flying], listening: {sctp: "1"},` +
		` version: {command: [no-such-phone, --version], pattern: "([0-9.]+)"}, actions: {register: {steps: [{run: [no-such-phone]}]}}}`
	if err := os.WriteFile(filepath.Join(folder, "device.yaml"), []byte(descriptor), 0o600); err != nil {
		t.Fatal(err)
	}
	o := sipconform(t, "device", "check", folder)
	o.expect(t, 2, `"Ghost"`, `"flying"`, `"sctp"`, "no-such-phone cannot be run", "mend the descriptor first", "4 faults to mend")
	if strings.Count(o.out, "FAULT") != 4 {
		t.Errorf("want each fault once: %s", o)
	}
}

// TestDeviceCheckTrial: a device that works is tried, and one that never connects is at fault.
func TestDeviceCheckTrial(t *testing.T) {
	t.Parallel()
	sipconform(t, "device", "check", "reference", "-filter=product:voice").expect(t, 0,
		"twilio/voice", "a registration: twilio/voice/certificate/exact-name", "it worked", "nothing is in the way")
	if runtime.GOOS != "linux" {
		t.Skip("a program needs namespaces, or the whole of 127.0.0.0/8")
	}
	mute := filepath.Join("testdata", "mute")
	path, err := filepath.Abs(mute)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := exec.LookPath("sleep"); err != nil {
		t.Skip(err)
	}
	sipconform(t, "device", "check", path).expect(t, 2, "trying     a registration", "FAULT", "never connected", "1 fault to mend")
	sipconform(t, "device", "check", path, "-dry").expect(t, 0, "because of -dry", "of them need")
	sipconform(t, "device", "check", path, "-listen=192.0.2.1", "-dry").expect(t, 2, "only a device with place: network")
	sipconform(t, "device", "check", path, "-filter=product:trunking").expect(t, 2, "no scenario applies", "lack nothing but")
}

// TestDeviceOnNetwork: of a device on a network, everything is told that this machine can know of it.
func TestDeviceOnNetwork(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "box")
	sipconform(t, "device", "new", folder, "-kind=container", "-program=example").expect(t, 0)
	o := sipconform(t, "device", "check", folder, "-listen=127.0.0.1,127.0.0.2", "-dns=127.0.0.1:1", "-at=127.0.0.3", "-dry")
	o.expect(t, o.status, "begun anew", "127.0.0.1:5061", "127.0.0.2:5060", "127.0.0.1:1", "127.0.0.3 answers when")
	sipconform(t, "device", "check", folder, "-dry").expect(t, 2, "nothing says where the vendor is")
	sipconform(t, "device", "check", folder, "-listen=203.0.113.1", "-dry").expect(t, 2, "no address of this machine")
}

// TestDeviceReached: a device that is configured once is looked for at its address, and its lab is opened.
func TestDeviceReached(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("needs the whole of 127.0.0.0/8")
	}
	lab := filepath.Join(t.TempDir(), "lab")
	sipconform(t, "lab", "init", lab, "-product=twilio/voice", "-listen=127.0.0.1", "-constraints=noncritical").expect(t, 0)
	phone := filepath.Join(root(t), "fixtures", "devices", "example-softphone")
	args := []string{"device", "check", phone, "-dry", "-lab=" + lab, "-at=127.0.0.9"}
	sipconform(t, args...).expect(t, 2, "vouch for twilio/voice", "127.0.0.9:4444, where the device takes control messages, cannot be reached",
		"the lab does not vouch for", "twilio/trunking")
	l, err := net.Listen("tcp", "127.0.0.9:4444")
	if err != nil {
		t.Skip(err)
	}
	defer l.Close()
	o := sipconform(t, args...) // whose status depends on who else has the vendor's ports
	o.expect(t, o.status, "ok         127.0.0.9:4444 takes control messages")
}

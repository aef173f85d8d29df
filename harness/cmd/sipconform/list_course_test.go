package main_test

import (
	"path/filepath"
	"testing"
)

// TestListCourse: before anybody sits down, list says what a device will be asked, how often it is set, and how long that takes.
func TestListCourse(t *testing.T) {
	t.Parallel()
	devices := filepath.Join("..", "..", "..", "fixtures", "devices")
	phone, err := filepath.Abs(filepath.Join(devices, "example-phone", "device.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	softphone := filepath.Join(filepath.Dir(filepath.Dir(phone)), "example-softphone", "device.yaml")
	const day, voice = "-as-of=2026-01-31", "-filter=product:voice"
	sipconform(t, "list", "-device="+phone, day, "-filter=vendor:twilio").
		expect(t, 0, "example-phone is asked", "2 sittings, in which it is set 2 times", "at 2m for a change", "twilio voice", "as the setting sheet says")
	sipconform(t, "list", "-device="+softphone, day, voice).expect(t, 0, "1 sitting, in which it is set 7 times", "at 5s for a change", "media RTP/AVP")
	sipconform(t, "list", "-device=reference", day, voice).expect(t, 0, "reference is asked", "nobody has to set it")
	sipconform(t, "list", "-device=nosuchdevice").expect(t, 2, `there is no device "nosuchdevice"`)
	sipconform(t, "list", "-device=reference", day, voice+" || area:strp").expect(t, 0, `no scenario has the label "area:strp": did you mean "area:srtp"?`)
	sipconform(t, "list", voice).expect(t, 2, "-filter and -as-of go with -device")
	sipconform(t, "list", "-device=reference", "-as-of=yesterday").expect(t, 2, "is not a date")
}

// TestNetworkUsage: flags that say nothing to a device are refused, and so is a device on a network without what it needs.
func TestNetworkUsage(t *testing.T) {
	t.Parallel()
	phone, err := filepath.Abs(filepath.Join("..", "..", "..", "fixtures", "devices", "example-phone", "device.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	sipconform(t, "certify", "-listen=192.0.2.1").expect(t, 2, "-listen: only a device with place: network")
	sipconform(t, "certify", "-device="+phone, "-at=here").expect(t, 2, `-at: "here" is not an IP address`)
	sipconform(t, "certify", "-device="+phone, "-lab=nowhere").expect(t, 2, "make one with sipconform lab init nowhere")
}

package device_test

import (
	"context"
	"errors"
	"reflect"
	"testing"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/mocks/observation"
)

// spy notes how it is prepared.
type spy struct {
	fetcher
	prepared device.Setup
}

var errSpied = errors.New("prepared")

func (s *spy) Prepare(_ context.Context, setup device.Setup) (device.Session, error) {
	s.prepared = setup
	return nil, errSpied
}

// TestUnder: a configuration sets what the scenario leaves alone, and nothing else.
func TestUnder(t *testing.T) {
	t.Parallel()
	full := device.Levers{
		TLSMin: 0x0301, TLSMax: 0x0302, Suites: []uint16{1}, Groups: []uint16{2}, SRTPSuites: []string{"a"}, Media: device.RTP, MKI: true,
		Lifetime: "2^20", Transport: observation.TCP, VerifyOff: true, SIPS: true, Expires: 60,
	}
	for _, test := range []struct {
		name                 string
		scenario, set, wants device.Levers
	}{
		{"nothing set", device.Levers{}, device.Levers{}, device.Levers{}},
		{"all by the configuration", device.Levers{}, full, full},
		{"all by the scenario", full, device.Levers{TLSMin: 0x0304, Suites: []uint16{9}, Groups: []uint16{9}, SRTPSuites: []string{"z"},
			Media: device.SRTP, Lifetime: "1", Transport: observation.TLS, Expires: 1}, full},
		{"one each", device.Levers{Media: device.SRTP}, device.Levers{VerifyOff: true}, device.Levers{Media: device.SRTP, VerifyOff: true}},
		{"half a range", device.Levers{TLSMax: 0x0302}, device.Levers{TLSMin: 0x0303}, device.Levers{TLSMax: 0x0302}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d := &spy{}
			under := device.Configuration{Levers: test.set}.Under(d)
			account := device.Account{User: "alice"}
			if _, err := under.Prepare(t.Context(), device.Setup{Account: account, Levers: test.scenario}); err != errSpied {
				t.Fatal(err)
			}
			want := device.Setup{Account: account, Levers: test.wants}
			if !reflect.DeepEqual(d.prepared, want) {
				t.Errorf("\n got %+v\nwant %+v", d.prepared, want)
			}
			if under.Name() != d.Name() || !reflect.DeepEqual(under.Capabilities(), d.Capabilities()) {
				t.Error("the device is another one under a configuration")
			}
		})
	}
}

func TestAllows(t *testing.T) {
	t.Parallel()
	off := device.Configuration{Levers: device.Levers{VerifyOff: true}, GivesUp: []string{"area:certificate", "req:TW-CRT-06"}}
	version := device.Configuration{Levers: device.Levers{TLSMin: 0x0303, TLSMax: 0x0303}}
	for _, test := range []struct {
		name          string
		configuration device.Configuration
		labels        []string
		needs         []device.Capability
		want          bool
	}{
		{"another area", off, []string{"area:tls", "level:must"}, []device.Capability{device.CanCall, device.LeverMedia}, true},
		{"an area given up", off, []string{"level:must", "area:certificate"}, nil, false},
		{"a requirement given up", off, []string{"area:tls", "req:TW-CRT-06"}, nil, false},
		{"an area whose name begins alike", off, []string{"area:certificates"}, nil, true},
		{"the same lever", off, []string{"area:tls"}, []device.Capability{device.LeverVerify}, false},
		{"a version that the device needs, not a lever", version, []string{"area:tls"}, []device.Capability{"tls:1.2"}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := test.configuration.Allows(test.labels, test.needs); got != test.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

package scene

import (
	"reflect"
	"slices"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/mocks/profile"
)

// usual says when the scene comes about by itself. It does not, nil, if anything is planted: on the vendor's side all
// but settings, how long a registration is granted and whether a call is secured; on the device's side all but the media
// that it is set to, and for how long it asks to be registered.
func (s Scene) usual(p *profile.Product) *plan.Usual {
	vendor, set := s.Vendor, s.Device
	vendor.Settings, vendor.Grant, vendor.Calls = nil, 0, 0
	set.Enable, set.Levers.Media, set.Levers.Expires = nil, device.MediaDefault, 0
	if slices.Equal(set.Needs, []device.Capability{device.CanRefresh}) {
		set.Needs = nil
	}
	planted := !reflect.DeepEqual(vendor, Vendor{}) || !reflect.DeepEqual(set, Device{}) ||
		slices.ContainsFunc(s.Script, func(step Step) bool { return !step.usual })
	if planted {
		return nil
	}
	usual := &plan.Usual{Settings: s.Vendor.Settings, Media: s.Device.Levers.Media}
	switch secure := s.secured(p); {
	case s.Direction == plan.FromVendor && secure, usual.Media == device.MediaDefault && secure && s.does(device.CanCall):
		usual.Media = device.SRTP // a device is set to what the vendor wants, unless the scene sets it otherwise
	case s.Direction == plan.FromVendor:
		usual.Media = device.RTP
	}
	return usual
}

// secured tells whether calls are secure: those of the vendor by [Vendor.Calls], and all by its setting.
func (s Scene) secured(p *profile.Product) bool {
	if s.Direction == plan.FromVendor && s.Vendor.Calls != 0 {
		return s.Vendor.Calls == Secured
	}
	r, err := p.Named(s.Revisions[0])
	if err != nil {
		return false // a wrong revision is said where the scene is made
	}
	values, _ := p.SettingValues(r, s.Vendor.Settings) // and so is a wrong setting
	return values[p.Offer.SecureSetting] == profile.On
}

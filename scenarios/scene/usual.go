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
	if s.Direction == plan.FromVendor {
		usual.Media = s.offered(p)
	}
	return usual
}

// offered is what the vendor offers the device in a call, by [Vendor.Calls] or else by its setting.
func (s Scene) offered(p *profile.Product) device.Media {
	secure := s.Vendor.Calls == Secured
	if s.Vendor.Calls == 0 {
		r, err := p.Named(s.Revisions[0])
		if err != nil {
			return device.MediaDefault // a wrong revision is said where the scene is made
		}
		values, _ := p.SettingValues(r, s.Vendor.Settings) // and so is a wrong setting
		secure = values[p.Offer.SecureSetting] == profile.On
	}
	if secure {
		return device.SRTP
	}
	return device.RTP
}

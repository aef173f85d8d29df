package scene

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/sipconform/sipconform/mocks/profile"
)

// Differences names what two scenes of a product differ in, as far as it is data: the
// vendor's settings, each by its name, its TLS rules, certificates, records and
// answers, and what the device is set to and calls. A refusal counts only beside a
// control that differs in one thing, the planted fault.
func Differences(p *profile.Product, a, b Scene) []string {
	var all []string
	differ := func(name string, x, y any) {
		if !reflect.DeepEqual(x, y) && !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	x, _ := p.SettingValues(p.Revisions[0], a.Vendor.Settings) // wrong settings are said where the scene is made
	y, _ := p.SettingValues(p.Revisions[0], b.Vendor.Settings)
	for _, name := range slices.Sorted(maps.Keys(x)) {
		differ(aspect(name), x[name], y[name])
	}
	differ(vendorTLS, a.Vendor.Suites, b.Vendor.Suites)
	differ(vendorTLS, a.Vendor.Groups, b.Vendor.Groups)
	differ(vendorTLS, a.Vendor.Version, b.Vendor.Version)
	differ("the vendor's certificate", a.Vendor.Shows, b.Vendor.Shows)
	differ("the vendor's records", a.Vendor.Names, b.Vendor.Names)
	differ("the vendor's answer", a.Vendor.Answer, b.Vendor.Answer)
	differ("the security of the vendor's calls", a.Vendor.Calls, b.Vendor.Calls)
	differ("the registrar's grant", a.Vendor.Grant, b.Vendor.Grant)
	differ("the device's levers", a.Device.Levers, b.Device.Levers)
	differ("the suites that the device offers", a.Device.Enable, b.Device.Enable)
	differ("the device's roots", a.Device.Trusts, b.Device.Trusts)
	differ("the device's certificate", a.Device.Own, b.Device.Own)
	differ("the device's port", a.Device.OtherPort, b.Device.OtherPort)
	differ("the device's password", a.Device.WrongPassword, b.Device.WrongPassword)
	for i := range min(len(a.Script), len(b.Script)) {
		differ("what is called", a.Script[i].to, b.Script[i].to)
	}
	return all
}

// vendorTLS is what several settings and rules decide together.
const vendorTLS = "the vendor's TLS"

// aspect names what a setting is about.
func aspect(setting string) string {
	if strings.HasPrefix(setting, "tls_") || setting == "allow_deprecated_tls" || setting == "account_since" {
		return vendorTLS
	}
	return "the setting " + setting
}

package profile

import (
	"maps"
	"slices"
	"strings"

	"github.com/sipconform/sipconform/internal/yamlfile"
	"github.com/sipconform/sipconform/mocks/tlspeer"
)

// inRevision checks what holds with the settings of one revision.
type inRevision struct {
	*checker
	revision Revision
	index    int
	settings map[string][]string // and their values
}

// checkRevision checks a revision, and what the product says about settings in it.
func (c *checker) checkRevision(i int, r Revision) {
	in := inRevision{c, r, i, make(map[string][]string)}
	for name, s := range c.SettingsOf(r) {
		in.settings[name] = s.Values
	}
	for _, needed := range []string{TLSMin, TLSMax} {
		if _, ok := in.settings[needed]; !ok {
			c.wrong(yamlfile.Path{"settings", needed}, "the setting %s is missing: list the TLS versions that it can have", needed)
		}
	}
	in.checkTLS()
	in.checkDevices()
	in.setting(yamlfile.Path{"answer", "clear_setting"}, c.Answer.ClearSetting)
	if c.Offer.SecureSetting != "" || len(c.Offer.Formats) > 0 {
		in.oneOf(yamlfile.Path{"offer", "secure_setting"}, "setting", c.Offer.SecureSetting, in.names())
	}
	in.conditions(yamlfile.Path{"offer", "clear_when"}, "setting", c.Offer.ClearWhen, in.settings)
	in.clearSetting(c.Offer.ClearSetting)
	in.choices(yamlfile.Path{"answer", "suites_by"}, c.Answer.SuitesBy)
	in.choices(yamlfile.Path{"offer", "suites_by"}, c.Offer.SuitesBy)
	in.checkPorts()
	in.checkRefusals()
}

// place is the path of what the revision says, or of what it inherits.
func (in inRevision) place(steps ...any) yamlfile.Path {
	for i := in.index; i > 0; i-- {
		if p := (yamlfile.Path{"revisions", i}).To(steps...); in.document.Has(p) {
			return p
		}
	}
	return yamlfile.Path{"revisions", 0}.To(steps...)
}

// clearSetting checks that a setting which names a transport has the names of transports.
func (in inRevision) clearSetting(name string) {
	place := yamlfile.Path{"offer", "clear_setting"}
	in.setting(place, name)
	for _, value := range in.settings[name] {
		in.oneOf(place, "transport of "+name+",", value, []string{"TLS", "TCP", "UDP"})
	}
}

// names are the revision's settings.
func (in inRevision) names() []string { return slices.Sorted(maps.Keys(in.settings)) }

// setting checks that there is a setting of a name; an empty name is none.
func (in inRevision) setting(place yamlfile.Path, name string) {
	in.optional(place, "setting", name, in.names())
}

// conditions checks that conditions can hold: known has their names and values.
func (in inRevision) conditions(place yamlfile.Path, what string, when, known map[string][]string) {
	for _, name := range slices.Sorted(maps.Keys(when)) {
		values, ok := known[name]
		if !ok {
			in.oneOf(place.To(name), what, name, slices.Sorted(maps.Keys(known)))
			continue
		}
		for i, value := range when[name] {
			if !slices.Contains(values, value) {
				in.wrong(place.To(name, i), "%q is never %q in revision %s: use %s",
					name, value, in.revision.Revision, yamlfile.Choice(values))
			}
		}
	}
}

// choices checks the settings that lists depend on.
func (in inRevision) choices(place yamlfile.Path, choices []Choice) {
	for i, choice := range choices {
		in.conditions(place.To(i, "when"), "setting", choice.When, in.settings)
	}
}

func (in inRevision) checkTLS() {
	rules, place := in.revision.TLS, yamlfile.Path{"revisions", in.index, "tls"}
	in.version(place.To("allowed_from"), rules.AllowedFrom)
	in.optional(place.To("deprecated_from"), "TLS version", rules.DeprecatedFrom, tlspeer.VersionNames())
	in.tlsSuites(in.place("tls", "suites"), rules.Suites)
	by := in.place("tls", "suites_by")
	in.choices(by, rules.SuitesBy)
	for i, choice := range rules.SuitesBy {
		in.tlsSuites(by.To(i, "suites"), choice.Suites)
	}
	for i, name := range rules.Groups {
		if _, ok := tlspeer.GroupByName(name); !ok {
			in.wrong(in.place("tls", "groups").To(i), "the group %q is unknown: write its IANA name, such as secp384r1 or x25519", name)
		}
	}
}

func (in inRevision) tlsSuites(place yamlfile.Path, names []string) {
	for i, name := range names {
		if _, ok := tlspeer.SuiteByOpenSSLName(name); !ok {
			in.wrong(place.To(i), "the TLS suite %q is unknown: write its OpenSSL name, such as ECDHE-RSA-AES128-GCM-SHA256", name)
		}
	}
}

// checkDevices checks the settings that the verification of devices depends on.
func (in inRevision) checkDevices() {
	v, place := in.DeviceVerification, yamlfile.Path{"device_verification"}
	if v == nil {
		return
	}
	in.setting(place.To("wildcard_setting"), v.WildcardSetting)
	in.setting(place.To("subject_setting"), v.SubjectSetting)
	in.setting(place.To("trust_setting"), v.TrustSetting)
	if v.SubjectSetting != "" && !slices.Equal(in.settings[v.SubjectSetting], Subjects) {
		in.wrong(place.To("subject_setting"), "the values of %q are not those of a setting about names: give it %s",
			v.SubjectSetting, strings.Join(Subjects, ", "))
	}
	if v.TrustSetting != "" && len(v.Roots) < 2 {
		in.wrong(place.To("trust_setting"), "the setting %q leaves no root that is trusted: add a second root", v.TrustSetting)
	}
}

func (in inRevision) checkPorts() {
	t, place := in.revision.Ports, in.place("ports")
	if t == nil {
		return
	}
	in.setting(place.To("widen_setting"), t.WidenSetting)
	in.checkColumns(place.To("columns"), t.Columns)
	if !slices.Contains(t.Listens(), SIPSPort) {
		in.wrong(place.To("rows"), "the table has no row for SIP: add one with the port %d", SIPSPort)
	}
	same := make(map[uint16]string)
	for i, r := range t.Rows {
		place := place.To("rows", i)
		if len(r.Cells) != len(t.Columns) {
			in.wrong(place.To("cells"), "the row has %d cells, but there are %d columns: give one cell a column", len(r.Cells), len(t.Columns))
		}
		var read []string
		for j, cell := range r.Cells {
			if len(Versions(cell)) == 0 {
				in.wrong(place.To("cells", j), `no version can be read in %q: write such as "TLS 1.1, TLS 1.2"`, cell)
			}
			read = append(read, strings.Join(Versions(cell), " "))
		}
		now := strings.Join(read, " | ")
		for j, port := range r.Ports {
			if before, twice := same[port]; twice && before != now {
				in.wrong(place.To("ports", j), "the port %d is in another row with other versions: correct one of the two", port)
			}
			same[port] = now
		}
	}
}

// checkColumns checks that there is a column for the defaults, and for each value that one setting can have beside them.
func (in inRevision) checkColumns(place yamlfile.Path, columns []PortColumn) {
	settings := make(map[string]string)
	for name, s := range in.SettingsOf(in.revision) {
		settings[name] = s.Default
	}
	for i, column := range columns {
		in.conditions(place.To(i, "when"), "setting", column.When, in.settings)
	}
	for _, name := range in.names() {
		standard := settings[name]
		for _, settings[name] = range in.settings[name] {
			if !slices.ContainsFunc(columns, func(c PortColumn) bool { return holds(c.When, settings) }) {
				in.wrong(place, "no column holds while %q is %q in revision %s: add one", name, settings[name], in.revision.Revision)
			}
		}
		settings[name] = standard
	}
}

func (in inRevision) checkRefusals() {
	known := maps.Clone(in.settings)
	maps.Copy(known, Facts())
	codes := slices.Sorted(maps.Keys(in.Codes))
	for i, r := range in.revision.Refusals {
		place := in.place("refusals").To(i)
		switch {
		case r.Requirement == "":
			in.wrong(place, "the refusal has no requirement: name the row that it comes from")
		case len(r.On) == 0:
			in.wrong(place, "the refusal has no methods: list them in on, or write [%q]", everyMethod)
		case (r.Status == 0) != r.Challenge:
			in.wrong(place, "the refusal needs either a status or a challenge: give one of the two")
		case !r.Challenge && (r.Status < 300 || r.Status > 699):
			in.wrong(place.To("status"), "the status %d refuses nothing: use 300 to 699", r.Status)
		case r.Provisional != 0 && (r.Challenge || r.Provisional < 101 || r.Provisional > 199):
			in.wrong(place.To("provisional"), "the provisional status is %d: use 101 to 199, before a status", r.Provisional)
		}
		for j, method := range r.On {
			in.oneOf(place.To("on", j), "method", method, append(slices.Clone(methods), everyMethod))
		}
		in.conditions(place.To("when"), "fact or setting", r.When, known)
		in.code(place.To("code"), r.Code, codes)
	}
}

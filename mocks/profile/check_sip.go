package profile

import (
	"maps"
	"slices"

	"github.com/sipconform/sipconform/internal/yamlfile"
	"github.com/sipconform/sipconform/mocks/sdes"
	"github.com/sipconform/sipconform/mocks/sdp"
)

func (c *checker) checkRegistrar() {
	r, place := c.Registrar, yamlfile.Path{"registrar"}
	if r == nil {
		return
	}
	if r.MaxContacts < 1 {
		c.wrong(place.To("max_contacts"), "registrar.max_contacts is %d: give 1 or more", r.MaxContacts)
	}
	if r.MinExpires < 0 {
		c.wrong(place.To("min_expires"), "registrar.min_expires is %d: give 0 or more", r.MinExpires)
	}
	if least := max(1, r.MinExpires); r.MaxExpires < least {
		c.wrong(place.To("max_expires"), "registrar.max_expires is %d: give 1 or more, and not less than min_expires", r.MaxExpires)
	}
}

func (c *checker) checkAnswer() {
	place := yamlfile.Path{"answer"}
	c.srtpSuites(place, c.Answer.Suites, c.Answer.SuitesBy)
	for i, method := range c.Answer.Allow {
		c.oneOf(place.To("allow", i), "method", method, methods)
	}
}

// checkOffer checks what calls to a device need.
func (c *checker) checkOffer() {
	place, codes := yamlfile.Path{"offer"}, slices.Sorted(maps.Keys(c.Codes))
	c.srtpSuites(place, c.Offer.Suites, c.Offer.SuitesBy)
	var formats []string
	for _, f := range sdp.Formats() {
		formats = append(formats, f.Name)
	}
	for i, name := range c.Offer.Formats {
		c.oneOf(place.To("formats", i), "format", name, formats)
	}
	c.code(place.To("unreachable"), c.Offer.Unreachable, codes)
	c.code(place.To("insecure_binding"), c.Offer.InsecureBinding, codes)
	c.template(place.To("contact"), c.Offer.Contact, OfferFields{})
	if m := c.Offer.Most; m != nil && (m.Calls < 1 || !(m.Rate > 0) || m.Source == "") {
		c.wrong(place.To("most"), "wants calls of at least 1, a rate above 0, and the source that says so")
	}
	for i, text := range c.Offer.RecordRoute {
		c.template(place.To("record_route", i), text, OfferFields{})
	}
	for i, h := range c.Offer.Headers {
		c.template(place.To("headers", i, "value"), h.Value, OfferFields{})
	}
}

// code checks that a code, if there is one, is in the product's codes.
func (c *checker) code(place yamlfile.Path, code string, known []string) {
	if code != "" && !slices.Contains(known, code) {
		c.wrong(place, "the code %q is not in codes: add it there, or remove it", code)
	}
}

// srtpSuites checks the suites below a place, and those that settings replace them with.
func (c *checker) srtpSuites(place yamlfile.Path, suites []string, by []Choice) {
	known := sdes.SuiteNames()
	check := func(place yamlfile.Path, names []string) {
		for i, name := range names {
			c.oneOf(place.To(i), "SRTP suite", name, known)
		}
	}
	check(place.To("suites"), suites)
	for i, choice := range by {
		check(place.To("suites_by", i, "suites"), choice.Suites)
	}
}

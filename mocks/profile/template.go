package profile

import (
	"fmt"
	"strings"
	"text/template"
)

// Expand fills in a template of an [Offer].
func (f OfferFields) Expand(text string) (string, error) { return expand(text, f) }

// Expand fills in the name of a host or of a [Certificate].
func (f NameFields) Expand(text string) (string, error) { return expand(text, f) }

func expand(text string, fields any) (string, error) {
	t, err := template.New("").Parse(text)
	if err != nil {
		return "", fmt.Errorf("%q is not a template: %w", text, err)
	}
	var b strings.Builder
	if err := t.Execute(&b, fields); err != nil {
		return "", fmt.Errorf("%q: %w", text, err)
	}
	return b.String(), nil
}

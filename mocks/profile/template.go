package profile

import (
	"fmt"

	"github.com/sipconform/sipconform/internal/usertemplate"
)

// Expand fills in a template of an [Offer].
func (f OfferFields) Expand(text string) (string, error) { return expand(text, f) }

// Expand fills in the name of a host or of a [Certificate].
func (f NameFields) Expand(text string) (string, error) { return expand(text, f) }

func expand(text string, fields any) (string, error) {
	t, err := usertemplate.Parse(text, nil)
	if err != nil {
		return "", fmt.Errorf("%q is not a template: %w", text, err)
	}
	expanded, err := t.Execute(usertemplate.NewBudget(), fields)
	if err != nil {
		return "", fmt.Errorf("%q: %w", text, err)
	}
	return expanded, nil
}

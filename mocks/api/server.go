package api

import (
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/mocks/vendor"
)

// Server is an API with what it needs to stand alone.
type Server struct {
	*API
	vendor.Standalone
}

// Serve starts a product's API on free loopback ports, for the customer "us",
// with the settings given by name. It obeys the oldest revision of the product's
// rules; changes can replace that, and anything else, before it starts. The
// caller must Close it.
func Serve(product *profile.Product, settings map[string]string, changes ...func(*Config)) (*Server, error) {
	var config Config
	config.Config = vendor.Config{Product: product, Settings: settings, Name: "us", Log: observation.NewLog(), Seed: 1}
	for _, change := range changes {
		change(&config)
	}
	around, err := vendor.Surround(&config.Config)
	if err != nil {
		return nil, err
	}
	a, err := Start(config)
	if err != nil {
		return nil, err
	}
	return &Server{a, around}, nil
}

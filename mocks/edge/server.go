package edge

import (
	"io/fs"

	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/mocks/vendor"
)

// Server is an edge with what it needs to stand alone.
type Server struct {
	*Edge
	vendor.Standalone
}

// Serve starts a product's edge on free loopback ports, for the customer
// "example" with the account alice, password secret, and the settings given by
// name. It obeys the oldest revision of the product's rules; changes can replace
// that, and anything else, before it starts. The caller must Close it.
func Serve(product *profile.Product, settings map[string]string, changes ...func(*Config)) (*Server, error) {
	config := Config{User: "alice", Password: "secret"}
	config.Config = vendor.Config{Product: product, Settings: settings, Name: "example", Log: observation.NewLog(), Seed: 1}
	for _, change := range changes {
		change(&config)
	}
	around, err := vendor.Surround(&config.Config)
	if err != nil {
		return nil, err
	}
	e, err := Start(config)
	if err != nil {
		return nil, err
	}
	return &Server{e, around}, nil
}

// ServeFile is [Serve] for the product of a file of profiles, such as
// profiles/twilio-voice.yaml.
func ServeFile(files fs.FS, vendorName, product string, settings map[string]string, changes ...func(*Config)) (*Server, error) {
	p, err := profile.Read(files, "profiles", vendorName, product)
	if err != nil {
		return nil, err
	}
	return Serve(p, settings, changes...)
}

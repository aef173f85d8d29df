// Package starter makes the folder that a new device begins with: a device.yaml with comments, which loads as it is, and a README
// to fill in.
//
// The package serves this module and may change.
package starter

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/device/process"
	"github.com/sipconform/sipconform/internal/yamlfile"
)

// Kind is what a device is, as somebody would say it who describes one for the first time.
type Kind string

// The kinds. [Kinds] says what each is.
const (
	Program   Kind = "program"
	Shim      Kind = "shim"
	Network   Kind = "network"
	Person    Kind = "person"
	Container Kind = "container"
	HTTPS     Kind = "https"
)

// Description is a kind with what a user has to know to choose it.
type Description struct {
	Kind Kind
	// Text is one line.
	Text string
	// Program is what [Options.Program] is, with an example as the default; empty if the kind has none.
	Program, Default string
	// Addressed tells that [Options.Address] says where the device is.
	Addressed bool
	// Capabilities are those of a device of which nothing is said.
	Capabilities []device.Capability
}

// Kinds returns the kinds, in the order in which to offer them.
func Kinds() []Description {
	phone := []device.Capability{device.CanRegister, device.CanDigest, "tls:1.2"}
	desk := []device.Capability{
		device.CanRegister, device.CanRefresh, device.CanCall, device.CanAnswer, device.CanHangUp, device.CanDigest, device.CanSRV,
		"tls:1.2", device.SRTPSuite("AES_CM_128_HMAC_SHA1_80"),
	}
	return []Description{
		{Kind: Program, Text: "a program on this machine, with one command line for each thing that it is told to do",
			Program: "the program", Default: "my-phone", Capabilities: phone},
		{Kind: Shim, Text: "a program that you write, in any language, which drives the device: one JSON object a line",
			Program: "your program", Default: "{{.Folder}}/shim", Capabilities: phone},
		{Kind: Network, Text: "a device at an address of its own, which commands of this machine tell what to do, such as over SSH",
			Program: "the command that comes before what the device is told", Default: "ssh", Addressed: true,
			Capabilities: []device.Capability{device.CanCall, device.CanHangUp, device.CanDigest, "tls:1.2",
				device.SRTPSuite("AES_CM_128_HMAC_SHA1_80")}},
		{Kind: Person, Text: "a phone on a desk, which a person sets and operates", Addressed: true, Capabilities: desk},
		{Kind: Container, Text: "a container, begun anew for each scenario", Program: "the image", Default: "my-phone",
			Addressed: true, Capabilities: phone},
		{Kind: HTTPS, Text: "an HTTPS client on this machine, run once for each page",
			Program: "the program", Default: "my-client", Capabilities: []device.Capability{device.CanFetch, "tls:1.2"}},
	}
}

// Describe returns the description of a kind. Its error lists the kinds that there are.
func Describe(kind Kind) (Description, error) {
	var names []Kind
	for _, d := range Kinds() {
		if d.Kind == kind {
			return d, nil
		}
		names = append(names, d.Kind)
	}
	return Description{}, fmt.Errorf("there is no kind of device %q: say %s", kind, yamlfile.Choice(names))
}

// Options are what is known of a new device.
type Options struct {
	// Folder is where it goes; its last part is the device's name.
	Folder string
	Kind   Kind
	// Program and Capabilities are those of the kind's description if empty.
	Program      string
	Capabilities []device.Capability
	// Address is where a device on a network is; not known if it is not set.
	Address netip.Addr
}

// Make writes the folder of a new device, which must not be there yet, and loads what it wrote. If that has a mistake, such as a
// capability that nothing knows, the folder is removed again.
func Make(ctx context.Context, o Options) (err error) {
	files, err := o.files()
	if err != nil {
		return err
	}
	if err := os.Mkdir(o.Folder, 0o755); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("%s is there already, and is not overwritten: give the device another name, or remove it", o.Folder)
		}
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, o.unmake(files))
		}
	}()
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(o.Folder, f.name), []byte(f.text), 0o644); err != nil {
			return err
		}
	}
	_, err = process.LoadFile(ctx, o.Folder)
	if broken, ok := errors.AsType[*process.BrokenDescriptor](err); ok {
		return fmt.Errorf("a device like this cannot be described: it %w", broken.Err) // the file with the line is removed
	}
	return err
}

// unmake removes what Make wrote, and nothing else.
func (o Options) unmake(files []file) error {
	var errs []error
	for _, f := range files {
		if err := os.Remove(filepath.Join(o.Folder, f.name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(append(errs, os.Remove(o.Folder))...)
}

// complete fills in what is not said, and refuses what does not belong to the kind.
func (o Options) complete() (Options, Description, error) {
	d, err := Describe(o.Kind)
	switch {
	case err != nil:
		return o, d, err
	case o.Program != "" && d.Program == "":
		return o, d, fmt.Errorf("a device of the kind %s has no program: leave -program out", o.Kind)
	case o.Address.IsValid() && !d.Addressed:
		return o, d, fmt.Errorf("a device of the kind %s is on this machine: leave -address out", o.Kind)
	case strings.ContainsAny(o.Program, "\r\n\x00"):
		return o, d, fmt.Errorf("the program %q is more than one line", o.Program)
	}
	if o.Program == "" {
		o.Program = d.Default
	}
	if len(o.Capabilities) == 0 {
		o.Capabilities = d.Capabilities
	}
	if o.Kind == HTTPS && !slices.Contains(o.Capabilities, device.CanFetch) {
		return o, d, fmt.Errorf("an HTTPS client fetches pages: add %s to its capabilities", device.CanFetch)
	}
	return o, d, nil
}

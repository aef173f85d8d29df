package scenarios

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"runtime"
	"strings"

	"github.com/sipconform/sipconform/fixtures"
	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/device/process"
	"github.com/sipconform/sipconform/harness/isolate"
	"github.com/sipconform/sipconform/internal/nearest"
	"github.com/sipconform/sipconform/mocks/observation"
)

// ReferenceName is the name of the reference device.
const ReferenceName = "reference"

// Choose returns the device of that name below fixtures/devices, or of the
// device.yaml at that path, and how it is isolated. The empty name is the reference
// device. The error for an unknown name lists the names that exist.
//
// For a program, Choose enters namespaces if it can, which starts this process again.
// Loading a descriptor ends when ctx ends. Call it before anything is started: see package isolate.
func Choose(ctx context.Context, name string) (device.Device, Isolation, error) {
	described, err := Describe(ctx, name)
	if err != nil {
		return nil, "", err
	}
	program, ok := described.(*process.Device)
	if !ok {
		return described, InProcess, nil
	}
	if program.Network() != nil {
		return program, Networked, nil
	}
	if err := isolate.Enter(); err != nil {
		switch observation.Shortage(err) {
		case observation.OutOfDescriptors, observation.OutOfMemory, observation.OutOfThreads: // it is no matter of rights
			return nil, "", err
		}
		isolation, err := without(program, err)
		return program, isolation, err
	}
	return program.Confined(isolate.Confine()), Namespace, nil
}

// Describe returns the device that [Choose] does, without a place for it.
func Describe(ctx context.Context, name string) (device.Device, error) {
	if name == "" || name == ReferenceName {
		return Reference(), nil
	}
	descriptor, err := load(ctx, name)
	if err != nil {
		return nil, err
	}
	return process.New(descriptor), nil
}

func load(ctx context.Context, name string) (*process.Descriptor, error) {
	if isPath(name) {
		return process.LoadFile(ctx, name)
	}
	file, err := embedded(name)
	if err != nil {
		return nil, err
	}
	return process.Load(ctx, fixtures.FS, file)
}

// Inspect returns the descriptor of the device that [Choose] does, as far as it can be read, and all mistakes that can be seen in
// it at once. The reference device has none; nor has a name that is unknown.
func Inspect(ctx context.Context, name string) (*process.Descriptor, []error) {
	if name == "" || name == ReferenceName {
		return nil, nil
	}
	if isPath(name) {
		return process.InspectFile(ctx, name)
	}
	file, err := embedded(name)
	if err != nil {
		return nil, []error{err}
	}
	return process.Inspect(ctx, fixtures.FS, file)
}

// isPath tells whether a name is the path of a descriptor.
func isPath(name string) bool {
	return strings.ContainsRune(name, os.PathSeparator) || strings.HasSuffix(name, ".yaml")
}

// embedded returns the file of a device below fixtures/devices.
func embedded(name string) (string, error) {
	file := path.Join("devices", name, "device.yaml")
	if _, err := fs.Stat(fixtures.FS, file); errors.Is(err, fs.ErrNotExist) {
		meant := ""
		if near := nearest.Of(name, Devices()); near != "" {
			meant = fmt.Sprintf(": did you mean %q?", near)
		}
		return "", fmt.Errorf("there is no device %q%s; there are %s, or give the path of a device.yaml",
			name, meant, strings.Join(Devices(), ", "))
	}
	return file, nil
}

// Devices returns the names that [Choose] knows.
func Devices() []string {
	names := []string{ReferenceName}
	files, err := fs.Glob(fixtures.FS, "devices/*/device.yaml")
	if err != nil {
		return names // the pattern is well formed
	}
	for _, f := range files {
		// Examples are for copying: their programs must be built first.
		if name := path.Base(path.Dir(f)); !strings.HasPrefix(name, "example-") {
			names = append(names, name)
		}
	}
	return names
}

// without returns the isolation on a machine that gives no namespaces, for reason.
func without(d *process.Device, reason error) (Isolation, error) {
	if runtime.GOOS == "linux" && d.Isolation() != process.Required {
		return Loopback, nil
	}
	return "", fmt.Errorf("%w; %s needs namespaces, so only the reference device can be certified here", reason, d.Name())
}

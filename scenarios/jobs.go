package scenarios

import (
	"cmp"
	"fmt"

	"github.com/sipconform/sipconform/harness/capacity"
	"github.com/sipconform/sipconform/harness/device"
)

// fit has no more scenarios run at a time than the process has room for.
func (c *Certification) fit() error {
	each := capacity.Program()
	if c.options.Isolation == InProcess {
		each = capacity.InProcess()
	}
	jobs, limit, err := capacity.Jobs(c.options.Jobs, capacity.Available(), each)
	if err != nil {
		return fmt.Errorf("scenarios: %w", err)
	}
	if limit != "" {
		c.limit(jobs, limit)
	}
	c.fitting = jobs
	return nil
}

// limit says why fewer scenarios run at a time than were asked for.
func (c *Certification) limit(jobs int, why string) {
	c.record.Harness.Limited = fmt.Sprintf("%d at a time instead of %d, because %s", jobs, c.options.Jobs, why)
}

// alike says why the programs of a session cannot be told from those of another that runs at the same time, "" if they
// can. A program that binds no address comes from 127.0.0.1, which a mock has to take for its device; so another session's
// that finds the mock would count as the device, and change its verdict.
func (c *Certification) alike() string {
	switch {
	case c.options.Isolation != Namespace && c.options.Isolation != Loopback, c.Guarantees.Routes,
		c.options.Device.Capabilities().Has(device.FromOwnAddress):
		return ""
	}
	why := cmp.Or(c.Guarantees.Why, "this machine gives no namespaces")
	return "the programs of all sessions come from 127.0.0.1 (" + why +
		"); a device that sends from {{.Address}} alone declares own-address"
}

// Limited says why fewer scenarios run at a time than [Options.Jobs]; it is empty if as many do.
func (c *Certification) Limited() string { return c.record.Harness.Limited }

package main

import (
	"context"
	"io"
	"os"

	"github.com/sipconform/sipconform/harness/device/process"
	"github.com/sipconform/sipconform/harness/operator"
	"github.com/sipconform/sipconform/harness/report"
	"github.com/sipconform/sipconform/scenarios"
)

// attend puts a desk between a run and the person at its device, if it needs one. The terminal is one front of it, and the
// page may be another. Leave ends the terminal's.
func attend(ctx context.Context, o *scenarios.Options, out io.Writer, style report.Style) (desk *operator.Desk, leave func()) {
	d, ok := o.Device.(*process.Device)
	if !ok || !d.NeedsPerson() {
		return nil, func() {}
	}
	desk = operator.New()
	o.Device = d.Attended(desk)
	ctx, stop := context.WithCancel(ctx)
	left := make(chan struct{})
	giveBack := operator.Foreground(os.Stdin)
	go func() {
		defer close(left)
		operator.Terminal(ctx, os.Stdin, out, desk, style)
	}()
	return desk, func() {
		stop()
		<-left
		giveBack()
	}
}

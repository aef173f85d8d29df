package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"net"
	"os"

	"github.com/sipconform/sipconform/harness/livepage"
	"github.com/sipconform/sipconform/harness/operator"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/scenarios"
)

func pageFlag(flags *flag.FlagSet) *string {
	return flags.String("page", "", "ADDRESS:PORT of a page that shows what happens now, such as 127.0.0.1:0; none if empty. "+
		"It is plain HTTP: "+
		"whoever reads its URL can read it and answer on it")
}

// livePage is the page of a run. Nil is none.
type livePage struct {
	socket   *pageSocket
	listener net.Listener // set when the process is where it stays
	page     *livepage.Page
}

// openPage opens the page's socket. A process that enters namespaces calls it before, because nothing outside could reach
// a socket that is opened in them.
func openPage(address string) (*livePage, error) {
	if address == "" {
		return nil, nil
	}
	socket, err := openSocket(address)
	if err != nil {
		return nil, usage("-page: %w", err)
	}
	return &livePage{socket: socket}, nil
}

// entered tells that the process is in its namespaces, if it enters any. From then on no program that it starts gets the
// socket.
func (l *livePage) entered() (err error) {
	if l == nil {
		return nil
	}
	if l.listener, err = l.socket.listener(); err != nil {
		return usage("-page: %w", err)
	}
	return nil
}

// start serves the page and says where. It is kept up to date beyond an interrupt, which a run still reports.
func (l *livePage) start(ctx context.Context, c livepage.Config) (err error) {
	if l == nil {
		return nil
	}
	c.Listener = l.listener
	if l.page, err = livepage.Start(context.WithoutCancel(ctx), c); err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, "page: "+l.page.URL())
	return nil
}

// certifying is the page of a certification. The desk is nil if nobody is asked anything.
func certifying(c *scenarios.Certification, o scenarios.Options, desk *operator.Desk, folder string) livepage.Config {
	filter := cmp.Or(o.Filter, "everything")
	return livepage.Config{
		Desk: desk, Title: o.Device.Name(), Total: len(c.Plan.Scenarios),
		Facts: []livepage.Fact{{Name: "asked", Value: filter}, {Name: "report", Value: folder}},
	}
}

func (l *livePage) begun(s *plan.Scenario, log *observation.Log) {
	if l != nil && l.page != nil {
		l.page.Begin(s.ID, s.Title, log)
	}
}

func (l *livePage) done(r results.Result) {
	if l != nil && l.page != nil {
		l.page.Done(r)
	}
}

func (l *livePage) over(run *results.Run) {
	if l != nil && l.page != nil && run != nil {
		l.page.Over(run)
	}
}

// Close ends the page. What it shows then stays in the browsers that show it.
func (l *livePage) Close() {
	switch {
	case l == nil:
	case l.page != nil:
		_ = l.page.Close()
	case l.listener != nil:
		_ = l.listener.Close()
	}
}

// servePage starts the page of a mock that runs alone.
func servePage(ctx context.Context, address string, mock *running) (*livePage, error) {
	l, err := openPage(address)
	if err == nil {
		err = l.entered()
	}
	if err != nil || l == nil {
		return nil, err
	}
	r := mock.ready
	err = l.start(ctx, livepage.Config{
		Title:   r.Vendor + " " + r.Product,
		Facts:   []livepage.Fact{{Name: "profile", Value: r.Revision}, {Name: "domain", Value: r.Domain}, {Name: "user", Value: r.User}},
		Secrets: []string{r.Password},
	})
	if err != nil {
		return nil, err
	}
	l.page.Begin("", "", mock.log)
	return l, nil
}

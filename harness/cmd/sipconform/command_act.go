package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sipconform/sipconform/harness/report/printable"
	"github.com/sipconform/sipconform/mocks/api"
	"github.com/sipconform/sipconform/mocks/edge"
	"github.com/sipconform/sipconform/mocks/tlspeer"
)

// lookUpLimit is how long the look-up of a host may take that a command names.
const lookUpLimit = 5 * time.Second

// caller is the number that the vendor calls from.
const caller = "+15550100"

// call calls a user. The answer is the final response, and other commands can come before it.
func (d *driver) call(e *edge.Server, text string) (string, error) {
	o, err := d.parseCall(text)
	if err != nil {
		return "", err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.ctx.Err() != nil {
		return "", errors.New("the mock ends")
	}
	ctx, cancel := context.WithCancel(d.ctx)
	d.called++
	number := d.called
	d.ringing[number] = cancel
	d.calling.Go(func() {
		defer cancel()
		defer d.mock.log.Guard("", "calling "+o.User)
		call, err := e.Call(ctx, o)
		d.mu.Lock()
		delete(d.ringing, number)
		d.mu.Unlock()
		switch {
		case d.ctx.Err() != nil: // the program ends
		case errors.Is(err, context.Canceled):
			fmt.Fprintf(d.out, "ok call %s: given up while it rang\n", o.User)
		case err != nil:
			d.answer("call "+o.User, err)
		default:
			fmt.Fprintf(d.out, "ok call %s: %d %s\n", o.User, call.Status, printable.Line(call.Reason))
		}
	})
	return "", nil
}

// parseCall reads USER[@HOST:PORT] [secure=true].
func (d *driver) parseCall(text string) (edge.Outbound, error) {
	words := strings.Fields(text)
	user, place, elsewhere := strings.Cut(words[0], "@")
	o := edge.Outbound{User: user, Caller: caller}
	if user == "" {
		return o, errors.New("name the user: call alice, or call alice@127.0.0.1:5061")
	}
	for _, option := range words[1:] {
		switch option {
		case "secure=true":
			o.Secure, o.MediaProfile = true, "RTP/SAVP" // whether the vendor secures each call or all
		case "secure=false":
			o.MediaProfile = "RTP/AVP"
		default:
			return o, fmt.Errorf("%q is no option of a call: use secure=true or secure=false, or none for what the settings say", option)
		}
	}
	if !elsewhere {
		return o, nil
	}
	host, port, err := net.SplitHostPort(place)
	if err != nil {
		return o, fmt.Errorf("%q is no HOST:PORT, such as 127.0.0.1:5061", place)
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil || number == 0 {
		return o, fmt.Errorf("%q is no port: use 1 to 65535", port)
	}
	if at, err := netip.ParseAddr(host); err == nil {
		o.Address = netip.AddrPortFrom(at, uint16(number))
		return o, nil
	}
	ctx, cancel := context.WithTimeout(d.ctx, lookUpLimit)
	defer cancel()
	found, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return o, fmt.Errorf("the address of %s is not known here: %w", host, err)
	}
	o.Address, o.Host = netip.AddrPortFrom(found[0].Unmap(), uint16(number)), host
	return o, nil
}

// hangUp ends the calls that are up, and gives up those that ring.
func (d *driver) hangUp(e *edge.Server, _ string) (string, error) {
	d.mu.Lock()
	ringing := len(d.ringing)
	for _, cancel := range d.ringing {
		cancel()
	}
	d.mu.Unlock()
	ended, err := e.HangUp(d.ctx)
	if err != nil {
		return "", err
	}
	if ended+ringing == 0 {
		return "", errors.New("there is no call")
	}
	return fmt.Sprintf("calls ended: %d; given up while they rang: %d", ended, ringing), nil
}

func (d *driver) restart(e *edge.Server, _ string) (string, error) {
	if err := e.Restart(nil); err != nil {
		return "", err
	}
	return "connections are closed and registrations forgotten; the listeners are open again", nil
}

func (d *driver) disconnect(a *api.Server, _ string) (string, error) {
	a.Disconnect()
	return "connections are closed", nil
}

// root checks the name of a root, and returns that of the one in use for an empty name.
func (d *driver) root(name string) (string, error) {
	var names []string
	for _, r := range d.mock.product.Certificate.Roots {
		names = append(names, r.Name)
	}
	switch {
	case name == "":
		return names[0], nil
	case !slices.Contains(names, name):
		return "", fmt.Errorf("the bundle has no root %q: use %s", name, strings.Join(names, ", "))
	}
	return name, nil
}

// slot names keys that were not used before.
func (d *driver) slot() string {
	d.renewed++
	return fmt.Sprintf("renewed-%d", d.renewed)
}

func (d *driver) renew(e *edge.Server, name string) (string, error) {
	root, err := d.root(name)
	if err != nil {
		return "", err
	}
	slot := d.slot()
	first, err := e.Renewed(root, slot)
	if err != nil {
		return "", err
	}
	second, err := e.RenewedSecond(root, slot)
	if err != nil {
		return "", err
	}
	if err := e.SetCertificates(first, second); err != nil {
		return "", err
	}
	e.Disconnect()
	return "the certificates below " + root + " are new; connections are closed", nil
}

func (d *driver) renewSites(a *api.Server, name string) (string, error) {
	root, err := d.root(name)
	if err != nil {
		return "", err
	}
	issue, err := a.Renewed(root, d.slot())
	if err != nil {
		return "", err
	}
	if err := a.Emergency(api.Change{Kind: "certificate", Title: "Renewal without notice", Certificate: issue}); err != nil {
		return "", err
	}
	a.Disconnect()
	return "the certificates below " + root + " are new, without notice; connections are closed", nil
}

// changes are what an API can announce: by their name, the kind of notice, what the status page says, and what changes.
func changes() []announced {
	return []announced{
		{name: "leaf", kind: "certificate", title: "New leaf", certificate: true},
		{name: "root", kind: "certificate", title: "New chain", certificate: true, next: true},
		{name: "version", kind: "versions", title: "The lowest version of TLS is dropped", rules: func(r tlspeer.Rules) tlspeer.Rules {
			r.MinVersion = min(r.MinVersion+1, r.MaxVersion)
			return r
		}},
		{name: "suite", kind: "suites", title: "The suite that is preferred is dropped", rules: func(r tlspeer.Rules) tlspeer.Rules {
			r.Suites = r.Suites[min(1, len(r.Suites)):]
			return r
		}},
	}
}

type announced struct {
	name, kind, title string
	certificate, next bool // another certificate; below the next root
	rules             func(tlspeer.Rules) tlspeer.Rules
}

func changeNames() string {
	var names []string
	for _, c := range changes() {
		names = append(names, c.name)
	}
	return strings.Join(names, ", ")
}

func (d *driver) announce(a *api.Server, text string) (string, error) {
	words := strings.Fields(text)
	all := changes()
	i := slices.IndexFunc(all, func(c announced) bool { return c.name == words[0] })
	if i < 0 {
		return "", fmt.Errorf("there is no change %q: use %s", words[0], changeNames())
	}
	wanted := all[i]
	change := api.Change{Kind: wanted.kind, Title: wanted.title, Rules: wanted.rules}
	if len(words) > 2 {
		return "", fmt.Errorf("%q is too much: write announce CHANGE [DATE]", words[2])
	}
	if len(words) == 2 {
		var err error
		if change.Begins, err = time.Parse(time.DateOnly, words[1]); err != nil {
			return "", fmt.Errorf("%q is no date: write it as %s", words[1], a.Now().Format(time.DateOnly))
		}
		now := a.Now() // the time of the day is that of the announcement
		change.Begins = change.Begins.Add(now.Sub(now.Truncate(24 * time.Hour)))
	}
	if wanted.certificate {
		roots := d.mock.product.Certificate.Roots
		root := roots[0]
		if wanted.next {
			root = roots[len(roots)-1]
		}
		var err error
		if change.Certificate, err = a.Renewed(root.Name, d.slot()); err != nil {
			return "", err
		}
	}
	if err := a.Announce(change); err != nil {
		return "", err
	}
	entries := a.Status()
	e := entries[len(entries)-1]
	return fmt.Sprintf("%s: %s, begins on %s, completed by %s; the test endpoint has it", e.Title, e.State,
		e.Begins.Format(time.DateTime), e.Ends.Format(time.DateTime)), nil
}

func (d *driver) advance(a *api.Server, text string) (string, error) {
	by, err := parseDuration(text)
	if err != nil {
		return "", err
	}
	a.Advance(by)
	states := []string{"it is " + a.Now().Format(time.DateTime)}
	for _, e := range a.Status() {
		states = append(states, fmt.Sprintf("%s: %s", e.Title, e.State))
	}
	return strings.Join(states, "; "), nil
}

// parseDuration reads a number of days, 60d, or a duration as Go writes them, 36h30m. The clock goes forward only.
func parseDuration(text string) (time.Duration, error) {
	const most = 100 * 365 // days
	wrong := fmt.Errorf("%q is no time to go forward: write 60d or 36h, at most %dd", text, most)
	if number, isDays := strings.CutSuffix(text, "d"); isDays {
		days, err := strconv.ParseUint(number, 10, 32)
		if err != nil || days == 0 || days > most {
			return 0, wrong
		}
		return time.Duration(days) * 24 * time.Hour, nil
	}
	by, err := time.ParseDuration(text)
	if err != nil || by <= 0 || by > most*24*time.Hour {
		return 0, wrong
	}
	return by, nil
}

// settable is a mock whose settings can change.
type settable interface {
	Set(map[string]string) error
	Settings() map[string]string
}

func set(mock settable, text string) (string, error) {
	chosen := settings{}
	if err := chosen.Set(text); err != nil {
		return "", err
	}
	if err := mock.Set(chosen); err != nil {
		return "", err
	}
	key, _, _ := strings.Cut(text, "=")
	return fmt.Sprintf("%s is %s for what follows", key, mock.Settings()[key]), nil
}

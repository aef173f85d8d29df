package chapter

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/mocks/edge"
	"github.com/sipconform/sipconform/scenarios/scene"
)

// way is how the device is brought to the vendor, or the vendor to the device.
type way struct {
	name      string
	direction plan.Direction
	method    string // of the device's request, empty for HTTP and for the vendor's calls
	// script is a good case from end to end. Where nothing is served, the rest of it
	// does nothing.
	script []scene.Step
	served judge.Rule
	// ring is the vendor's call, of a way in which it calls.
	ring func(edge.Outbound) []scene.Step
}

// The ways, as profiles name them.
const (
	connectWay  = "connect"       // registering where there is a registrar, else calling
	registerWay = "register"      // the device registers
	callOutWay  = "call-out"      // the device calls
	callInWay   = "call-in"       // the vendor calls over the device's registration
	listenerWay = "call-listener" // the vendor calls the device's own server
	fetchWay    = "fetch"         // the device gets a page of an API
	portWay     = "fetch-port"    // the device gets a page from a port of the table
	// connectPortWay is the device shaking hands with a port of the table, and no more.
	connectPortWay = "connect-port"
	optionsWay     = "options" // the device sends OPTIONS
)

// ways are those that a product can have.
func (e *entry) ways() map[string]way {
	called := []scene.Step{scene.Call(), scene.Leave(), scene.Settle()}
	registered := []scene.Step{scene.Register(), scene.Settle()}
	pinged := []scene.Step{scene.Options(), scene.Settle()}
	ways := map[string]way{
		connectWay:     {direction: plan.ToVendor, method: "INVITE", script: called, served: judge.Did("INVITE")},
		registerWay:    {direction: plan.Register, method: "REGISTER", script: registered, served: judge.Registered},
		callOutWay:     {direction: plan.ToVendor, method: "INVITE", script: called, served: judge.Called},
		fetchWay:       {direction: plan.HTTPS, script: []scene.Step{scene.FetchPage()}, served: judge.Fetched},
		portWay:        {direction: plan.HTTPS, served: judge.Fetched},
		connectPortWay: {direction: plan.ToVendor, served: judge.Connected},
		optionsWay:     {direction: plan.ToVendor, method: "OPTIONS", script: pinged, served: judge.OverTLS("OPTIONS", judge.Did("OPTIONS"))},
		callInWay: {direction: plan.FromVendor, served: judge.Answered,
			ring: func(o edge.Outbound) []scene.Step { return []scene.Step{scene.Register(), scene.Ring(o)} }},
		listenerWay: {direction: plan.FromVendor, served: judge.Answered,
			ring: func(o edge.Outbound) []scene.Step { return []scene.Step{scene.RingListener(o)} }},
	}
	if e.product.Registrar != nil {
		ways[connectWay] = way{direction: plan.Register, method: "REGISTER", script: registered, served: judge.Did("REGISTER")}
	}
	for name, w := range ways {
		w.name = name
		if w.ring != nil {
			w.script = w.taken(edge.Outbound{}, scene.Hear())
		}
		ways[name] = w
	}
	return ways
}

// taken is the script of a vendor's call with what happens while it is up.
func (w way) taken(o edge.Outbound, during ...scene.Step) []scene.Step {
	return slices.Concat(w.ring(o), during, []scene.Step{scene.EndCall(), scene.Settle()})
}

// wayOf is the way that the profile names, or else the chapter's first that fits the
// product.
func (e *entry) wayOf(f family) (way, error) {
	fitting := slices.DeleteFunc(slices.Clone(f.ways), func(name string) bool { return (name == fetchWay) != (e.product.HTTPS != nil) })
	if len(fitting) == 0 {
		return way{}, errors.New("the chapter does not fit the product: one is about SIP, the other about HTTPS")
	}
	name := or(e.Way, fitting[0])
	switch {
	case !slices.Contains(fitting, name):
		return way{}, fmt.Errorf("there is no way %q, but %s", name, strings.Join(fitting, ", "))
	case e.Port != 0 && !e.listens(e.Port):
		return way{}, fmt.Errorf("the table of ports has no port %d", e.Port)
	case name == connectPortWay && e.Port == 0 && e.Chapter.Chapter != "ports":
		return way{}, fmt.Errorf("the way %s leads to a port: say port: and its number", name)
	}
	return e.ways()[name], nil
}

// listens tells whether the table of ports has a port.
func (e *entry) listens(port uint16) bool {
	table := e.revision().Ports
	return table != nil && slices.Contains(table.Listens(), port)
}

// overTLS asks that the device is served over TLS: what is served otherwise shows
// nothing of it.
func (w way) overTLS() judge.Rule {
	if w.method == "" || w.inbound() {
		return w.served
	}
	return judge.OverTLS(w.method, w.served)
}

// inbound tells whether it is the vendor that calls.
func (w way) inbound() bool { return w.ring != nil }

// turnedAway asks that a device whose handshake the vendor refuses gets nothing
// through, and sends nothing in clear.
func (w way) turnedAway(alert uint8) (string, judge.Rule) {
	if w.method == "" {
		return "gets nothing through, and sends nothing in clear", judge.Unserved(judge.TurnedAway(alert), judge.NoPlainOnTLS)
	}
	return "gets nothing through, and stays off UDP and TCP", judge.Unserved(judge.NoClearSignalling, judge.NoneServed(w.method))
}

// refuses asks that the device refuses the vendor, for what is named.
func (w way) refuses(what string) (string, judge.Rule) {
	if w.method == "" {
		return "refuses the connection, and sends no request", judge.RejectsServer(what)
	}
	return "refuses the connection, and does not go on in clear", judge.All(judge.RejectsServer(what), judge.NoClearSignalling)
}

// takesAsFinal asks that the device does not look for a way round a refusal.
func (w way) takesAsFinal(status int) (string, judge.Rule) {
	return fmt.Sprintf("takes the %d as final, and stays on TLS", status),
		judge.After(w.method, status, judge.TakesAsFinal(w.method, status), judge.NoClearSignalling, judge.NoneServed(w.method))
}

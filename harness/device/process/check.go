package process

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/device/remote"
	"github.com/sipconform/sipconform/internal/userfile"
	"github.com/sipconform/sipconform/internal/yamlfile"
	"github.com/sipconform/sipconform/mocks/observation"
)

// checks are what decoding cannot find, in the order in which to tell of it. They also parse the template files.
func (d *Descriptor) checks(ctx context.Context) []func() error {
	return []func() error{
		d.checkHead, d.checkBounds, d.checkCapabilities, d.checkWords, d.checkConfigurations,
		func() error { return d.checkFiles(ctx) }, d.checkProcesses,
		d.checkControl, func() error { return d.checkSecret(ctx) }, d.checkEvents, d.checkSteps, d.checkListening,
	}
}

// rendered are the checks of texts, which make sense of a descriptor without other mistakes.
func (d *Descriptor) rendered() []func() error {
	return []func() error{d.checkRendering, d.checkRemove}
}

// firstMistake returns the first mistake, if there is one.
func (d *Descriptor) firstMistake(ctx context.Context) []error {
	for _, check := range append(d.checks(ctx), d.rendered()...) {
		if ctx.Err() != nil {
			return []error{context.Cause(ctx)}
		}
		if err := check(); err != nil {
			return []error{err}
		}
	}
	return nil
}

// mistakes returns the first mistake that each check finds.
func (d *Descriptor) mistakes(ctx context.Context) (all []error) {
	for _, checks := range [][]func() error{d.checks(ctx), d.rendered()} {
		for _, check := range checks {
			if ctx.Err() != nil {
				return []error{context.Cause(ctx)}
			}
			if err := check(); err != nil {
				all = append(all, err)
			}
		}
		if len(all) > 0 {
			break
		}
	}
	return all
}

// wrong returns a problem at a path.
func wrong(place yamlfile.Path, format string, args ...any) error {
	return &problem{Path: place, Message: fmt.Sprintf(format, args...)}
}

// at is the path of a problem.
func at(steps ...any) yamlfile.Path { return steps }

var namePattern = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]*$`)

func (d *Descriptor) checkHead() error {
	if !namePattern.MatchString(d.Name) {
		return wrong(at("name"), "has the name %q: give one of lower-case letters, digits, dots and hyphens", d.Name)
	}
	if (len(d.Version.Command) > 0) == d.Version.Pattern.IsZero() {
		return wrong(at("version"), "wants both a command and a pattern for the version, or no version")
	}
	if p := d.Version.Pattern; !p.IsZero() && p.NumSubexp() == 0 {
		return wrong(at("version", "pattern"), "wants a group ( ) around the version in its pattern")
	}
	return d.checkPlace()
}

// roles are the capabilities that are neither levers nor TLS versions nor SRTP suites. Each has the verbs that it needs, if
// any.
var roles = map[device.Capability][]device.Verb{
	device.CanRegister: {device.Register},
	device.CanCall:     {device.Call},
	device.CanHangUp:   {device.HangUp},
	device.CanHold:     {device.Hold, device.Resume},
	device.CanOptions:  {device.Options},
	device.CanFetch:    {device.HTTPSGet},
	device.CanConnect:  {device.TLSConnect},
	device.CanRefresh:  nil, device.CanAnswer: nil, device.CanListen: nil, device.CanEcho: nil, device.CanLoad: nil, device.CanDigest: nil,
	device.CanSRV: nil, device.CanOCSP: nil, device.CanIdentify: nil, device.IsLegacyPhone: nil,
	device.FromOwnAddress: nil, device.ConfiguredOnce: nil, device.LeverPassword: nil, device.LeverTrust: nil, device.LeverCertificate: nil,
}

// levers are the capabilities that are settings. Each has values to try: more than one if the first may be a device's default.
var levers = map[device.Capability][]device.Levers{
	device.LeverTLSVersion: {{TLSMin: 0x0303, TLSMax: 0x0303}, {TLSMin: 0x0304, TLSMax: 0x0304}},
	device.LeverSuites:     {{Suites: []uint16{0xC030}}, {Suites: []uint16{0x002F}}},
	device.LeverGroups:     {{Groups: []uint16{24}}, {Groups: []uint16{23}}},
	device.LeverSRTPSuites: {{SRTPSuites: []string{"AES_CM_128_HMAC_SHA1_32"}}},
	device.LeverMedia:      {{Media: device.RTP}, {Media: device.SRTP}},
	device.LeverMKI:        {{MKI: true}},
	device.LeverLifetime:   {{Lifetime: "2^20"}, {Lifetime: "2^31"}},
	device.LeverTransport:  {{Transport: observation.TCP}, {Transport: observation.TLS}},
	device.LeverVerify:     {{VerifyOff: true}},
	device.LeverSIPS:       {{SIPS: true}},
	device.LeverExpires:    {{Expires: 77}},
	device.LeverCRL:        {{RevocationLists: "lists\n"}},
	device.LeverPort:       {{Port: 5071}, {Port: 5061}},
}

var suitePattern = regexp.MustCompile(`^srtp:[A-Z][A-Z0-9_]+$`)

func (d *Descriptor) checkCapabilities() error {
	if len(d.Capabilities) == 0 {
		return wrong(at("capabilities"), "declares no capabilities: no scenario applies without any")
	}
	for i, c := range d.Capabilities {
		place := at("capabilities", i)
		_, isLever := levers[c]
		verbs, isRole := roles[c]
		isTLS := slices.ContainsFunc(device.TLSVersions(0, 0), func(v uint16) bool { return string(c) == "tls:"+device.TLSVersionName(v) })
		switch {
		case !isLever && !isRole && !isTLS && !suitePattern.MatchString(string(c)):
			return wrong(place, "declares the unknown capability %q: "+
				"it wants a role, tls:1.0 to tls:1.3, srtp: with a suite, or lever: with a setting", c)
		case slices.Contains(d.Capabilities[:i], c):
			return wrong(place, "declares %s twice", c)
		}
		for _, verb := range verbs {
			if !d.hasAction(verb) && !d.byPerson(verb) && !d.byItself(verb) {
				return wrong(place, "declares %s but has no action %s", c, verb)
			}
		}
	}
	if device.Capabilities(d.Capabilities).Has(device.CanListen) && len(d.Listening) == 0 {
		return wrong(at("capabilities"), "declares %s but does not say under listening where", device.CanListen)
	}
	return nil
}

// anyVerb is the verb of the action for all verbs that have none.
const anyVerb device.Verb = "any"

func (d *Descriptor) hasAction(verb device.Verb) bool {
	_, ok := d.action(verb)
	return ok
}

// action returns the action for a verb.
func (d *Descriptor) action(verb device.Verb) (Action, bool) {
	action, ok := d.Actions[verb]
	if !ok {
		action, ok = d.Actions[anyVerb]
	}
	return action, ok
}

func (d *Descriptor) checkWords() error {
	for _, lever := range slices.Sorted(maps.Keys(d.Words)) {
		c := device.Capability("lever:" + lever)
		if _, known := levers[c]; !known {
			return wrong(at("words", lever), "has words for the unknown lever %q", lever)
		}
		_, hasDefault := d.Words[lever]["default"]
		onlyDefault := hasDefault && len(d.Words[lever]) == 1
		if declared := device.Capabilities(d.Capabilities).Has(c); !declared && !onlyDefault {
			return wrong(at("words", lever), "has words for %s, which its capabilities do not declare", c)
		}
	}
	return nil
}

func (d *Descriptor) checkProcesses() error {
	for i, p := range d.Processes {
		place := at("processes", i)
		sameName := func(q Process) bool { return q.Name == p.Name }
		switch {
		case p.Name == "":
			return wrong(place, "has a process without a name")
		case slices.ContainsFunc(d.Processes[:i], sameName):
			return wrong(place, "has two processes named %s", p.Name)
		case len(p.Command) == 0:
			return wrong(place, "has no command for the process %s", p.Name)
		case !p.Ready.TCP.IsZero() && !p.Ready.Log.IsZero(), p.Ready.Exit && (!p.Ready.TCP.IsZero() || !p.Ready.Log.IsZero()):
			return wrong(place.To("ready"), "wants at most one of log, tcp and exit for the process %s", p.Name)
		}
	}
	return nil
}

func (d *Descriptor) hasProcess(name string) bool {
	return slices.ContainsFunc(d.Processes, func(p Process) bool { return p.Name == name })
}

// runs tells whether an action runs a command of that name.
func (d *Descriptor) runs(name string) bool {
	for _, action := range d.Actions {
		if name != "" && slices.ContainsFunc(action.Steps, func(s Step) bool { return len(s.Run) > 0 && s.Process == name }) {
			return true
		}
	}
	return false
}

func (d *Descriptor) checkControl() error {
	c := d.ControlChannel
	if c == nil {
		return nil
	}
	place := at("control")
	switch {
	case !slices.Contains([]Transport{TCP, Unix, Stdin}, c.Transport):
		return wrong(place.To("transport"), "has the control transport %q: say tcp, unix or stdin", c.Transport)
	case !slices.Contains([]Framing{Line, Netstring}, c.Framing):
		return wrong(place.To("framing"), "has the control framing %q: say line or netstring", c.Framing)
	case !slices.Contains([]Format{PlainText, JSON}, c.Format):
		return wrong(place.To("format"), "has the control format %q: say text or json", c.Format)
	case c.Transport == Stdin && !d.hasProcess(c.Process):
		return wrong(place, "controls the process %q, which is not among its processes", c.Process)
	case c.Transport != Stdin && c.Address.IsZero():
		return wrong(place, "has no address for control over %s", c.Transport)
	case c.Format == PlainText && (c.Token != "" || c.Reply != nil):
		return wrong(place, "has a token or reply fields for control in text: use success and failure patterns in the steps")
	case c.Format == JSON && c.Poll != nil:
		return wrong(place.To("poll"), "polls a JSON protocol, which sends events without being asked")
	case c.Poll != nil && (c.Poll.Until.IsZero() || c.Poll.Every <= 0):
		return wrong(place.To("poll"), "wants both until and every for its poll")
	}
	return nil
}

// checkSecret reads the secret of the control channel.
func (d *Descriptor) checkSecret(ctx context.Context) error {
	c := d.ControlChannel
	if c == nil || c.Secret == "" {
		return nil
	}
	place := at("control", "secret")
	if c.Transport != TCP {
		return wrong(place, "has a secret for control over %s: only tcp has one", c.Transport)
	}
	content, err := userfile.Read(ctx, d.fsys, path.Join(d.folder, c.Secret), remote.MaxSecret+2)
	if err != nil {
		return &problem{Path: place, Message: fmt.Sprintf("refers to %s, which cannot be read beside it: %v", c.Secret, err), Cause: err}
	}
	c.secret = strings.TrimRight(string(content), "\r\n")
	if err := remote.Check(c.secret); err != nil {
		return wrong(place, "refers to %s, which will not do: %v", c.Secret, err)
	}
	return nil
}

func (d *Descriptor) checkEvents() error {
	isJSON := d.ControlChannel != nil && d.ControlChannel.Format == JSON
	for i, e := range d.Events {
		place := at("events", i)
		byField, byPattern := e.Field != "", !e.Pattern.IsZero()
		switch {
		case byField == byPattern:
			return wrong(place, "wants either field or pattern for an event")
		case byField && !isJSON:
			return wrong(place, "takes an event from the field %s, but there is no control in json", e.Field)
		case byPattern && e.Name == "":
			return wrong(place, "has no name for an event by pattern")
		}
	}
	return nil
}

func (d *Descriptor) checkSteps() error {
	if len(d.Actions) == 0 && (!d.onNetwork() || !d.Network.Person && d.Network.Returns == 0) {
		return wrong(at("actions"), "has no actions: the device cannot be told anything")
	}
	lists := map[string][]Step{"configure": d.Configure, "start": d.Start, "stop": d.Stop}
	for _, verb := range slices.Sorted(maps.Keys(d.Actions)) {
		if len(d.Actions[verb].Steps) == 0 {
			return wrong(at("actions", string(verb)), "has no steps for the action %s", verb)
		}
		if err := d.checkStepList(d.Actions[verb].Steps, at("actions", string(verb), "steps")); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(lists)) {
		if err := d.checkStepList(lists[name], at(name)); err != nil {
			return err
		}
	}
	return nil
}

func (d *Descriptor) checkStepList(steps []Step, list yamlfile.Path) error {
	for i, step := range steps {
		place := list.To(i)
		given := 0
		for _, kind := range []bool{
			step.Send != nil, len(step.Run) > 0, step.Signal != "", !step.Await.IsZero(), step.Pause != 0, len(step.Ask) > 0,
		} {
			if kind {
				given++
			}
		}
		patterns := !step.Success.IsZero() || !step.Failure.IsZero() || !step.Unsupported.IsZero()
		switch {
		case given != 1:
			return wrong(place, "wants exactly one of send, run, signal, await, pause and ask in a step")
		case len(step.Ask) > 0 && !d.onNetwork():
			return wrong(place, "asks a person, which only a device with place: network has")
		case step.Send != nil && slices.Equal(list, at("configure")):
			return wrong(place, "sends a control message under configure, which comes before control is connected: send it under start")
		case step.Send != nil && d.ControlChannel == nil:
			return wrong(place, "sends a control message but has no control")
		case step.Send != nil && step.Send.object != nil && d.ControlChannel.Format != JSON:
			return wrong(place, "sends a mapping, but the control format is text")
		case step.Send != nil && step.Send.object == nil && d.ControlChannel.Format == JSON:
			return wrong(place, "sends text, but the control format is json: write a mapping")
		case step.Signal != "" && !knownSignal(step.Signal):
			return wrong(place, "sends the unknown signal %q: say such as HUP or USR1", step.Signal)
		case step.Signal != "" && !d.hasProcess(step.Process) && !d.runs(step.Process):
			return wrong(place, "signals the process %q, which is neither among its processes nor a command's name", step.Process)
		case step.Signal == "" && len(step.Run) == 0 && step.Process != "":
			return wrong(place, "names a process in a step that neither runs nor signals one")
		case len(step.Run) > 0 && d.hasProcess(step.Process):
			return wrong(place, "gives a command the name %s, which is a process's", step.Process)
		case step.Pause < 0 || step.Pause >= d.Limits.Action:
			return wrong(place, "pauses for %s: give a duration between 0 and limits.action, %s", step.Pause, d.Limits.Action)
		case step.Wait && len(step.Run) == 0:
			return wrong(place, "says wait in a step that runs nothing")
		case patterns && step.Send == nil && step.Await.IsZero():
			return wrong(place, "has success, failure or unsupported in a step that neither sends nor awaits")
		case !step.Await.IsZero() && !step.Success.IsZero():
			return wrong(place, "has both await and success in a step: they mean the same, keep one")
		}
	}
	return nil
}

func (d *Descriptor) checkListening() error {
	for _, protocol := range slices.Sorted(maps.Keys(d.Listening)) {
		if !slices.Contains([]string{observation.UDP, observation.TCP, observation.TLS}, protocol) {
			return wrong(at("listening", protocol), "listens for %q: say udp, tcp or tls", protocol)
		}
	}
	return nil
}

// asProblem returns an error of rendering as a problem of the template file in which it happened, or else of the descriptor.
func asProblem(err error, file string) error {
	p := &problem{File: file, Message: "does not render: " + err.Error(), Cause: err}
	if r, ok := errors.AsType[*renderError](err); ok {
		p.Line = r.line
	}
	return p
}

package process

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/operator"
	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
)

// onDesk is the shortest descriptor of a phone that a person operates, on lines 1 to 4.
const onDesk = `name: phone
place: network
network: {addresses: [192.0.2.20], person: true}
capabilities: [register, call-out, hang-up, lever:media, lever:mki]
`

func TestBrokenNetworkDescriptors(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, yaml, want string }{
		{"place", strings.Replace(onDesk, "place: network", "place: moon", 1), `device.yaml:2: has the place "moon": say process or network`},
		{"network elsewhere", head + "network: {nat: true}\n", "device.yaml:5: describes a network, but its place is not network"},
		{"configure elsewhere", head + "configure: [{run: ['true']}]\n", "device.yaml:5: has steps to configure it, which only a device with place: network has"},
		{"asks elsewhere", head + "start: [{ask: [press it]}]\n", "device.yaml:5: asks a person, which only a device with place: network has"},
		{"isolation", onDesk + "isolation: optional\n", "device.yaml:5: has an isolation, but is on a network"},
		{"address of nobody", strings.Replace(onDesk, "192.0.2.20", "0.0.0.0", 1), "device.yaml:3: has the address 0.0.0.0, which is no host's"},
		{"no address", strings.Replace(onDesk, "192.0.2.20", "here", 1), `device.yaml:3: found "here" where an IP address belongs`},
		{"sound", onDesk, ""},
		{"returns late", strings.Replace(onDesk, "person: true", "person: true, returns: 3h", 1), "device.yaml:3: registers again after 3h0m0s: give a duration between 0 and 1h0m0s"},
		{"fresh and configured", strings.Replace(onDesk, "person: true", "fresh: true", 1) + "configure: [{run: ['true']}]\nactions: {any: {steps: [{run: ['true']}]}}\n", "device.yaml:5: is begun anew for each scenario (fresh)"},
		{"fresh and asked", strings.Replace(onDesk, "person: true", "fresh: true, check_sync: true", 1) + "actions: {any: {steps: [{run: ['true']}]}}\n", "device.yaml:3: is begun anew for each scenario (fresh), so that nobody has to ask"},
		{"sends too early", onDesk + "configure: [{send: x}]\n", "device.yaml:5: sends a control message under configure, which comes before control is connected"},
		{"nobody acts", strings.Replace(onDesk, ", person: true", "", 1), "device.yaml:4: declares register but has no action register"},
		{"registers by itself, calls by nobody", strings.Replace(onDesk, "person: true", "returns: 60s", 1), "device.yaml:4: declares call-out but has no action call"},
		{"asks for too much", onDesk + "start: [{ask: [" + strings.Repeat("a, ", maxAsked) + "a]}]\n", "has 17 entries here, and 16 are the maximum"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := Load(t.Context(), fstest.MapFS{"device.yaml": {Data: []byte(test.yaml)}}, "device.yaml")
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("the error is %v, want %q", err, test.want)
			}
		})
	}
}

// phone returns a device on a network, with a desk at which front answers the tasks in turn. A task that front does not know
// is answered by nobody.
func phone(t *testing.T, yaml string, front func(operator.Task) operator.Answer) (*Device, func() []operator.Task) {
	t.Helper()
	d, err := Load(t.Context(), fstest.MapFS{"device.yaml": {Data: []byte(yaml)}}, "device.yaml")
	if err != nil {
		t.Fatal(err)
	}
	desk := operator.New()
	leave := desk.Attend()
	ctx, stop := context.WithCancel(context.Background())
	tasks := make(chan operator.Task, 100)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer leave()
		for {
			changed := desk.Changes()
			if id, task, ok := desk.Current(); ok {
				tasks <- task
				if answer := front(task); answer != "" {
					if err := desk.Answer(id, answer, "why not"); err != nil && !errors.Is(err, operator.ErrOver) {
						t.Error(err)
					}
				}
			}
			select {
			case <-changed:
			case <-ctx.Done():
				return
			}
		}
	}()
	t.Cleanup(func() { stop(); <-ended })
	return New(d).Attended(desk), func() (all []operator.Task) {
		for {
			select {
			case task := <-tasks:
				all = append(all, task)
			default:
				return all
			}
		}
	}
}

// setup is what the phone is configured with for the account of that domain.
func setup(t *testing.T, domain string, levers device.Levers) device.Setup {
	return device.Setup{Log: observation.NewLog(), Dir: t.TempDir(), Scenario: "a/b/c", Address: netip.MustParseAddr("192.0.2.20"),
		DNS: netip.MustParseAddrPort("192.0.2.1:53"), Account: device.Account{User: "alice", Password: "secret", Domain: domain}, Levers: levers}
}

// names are those of the settings of a task.
func names(task operator.Task) (all []string) {
	for _, s := range task.Sheet {
		all = append(all, s.Name+"="+s.Value)
	}
	return all
}

// TestConfiguredOnce: a person is asked for what is different from what the phone has, and only then.
func TestConfiguredOnce(t *testing.T) {
	t.Parallel()
	d, tasks := phone(t, onDesk, func(task operator.Task) operator.Answer {
		if slices.Contains(names(task), "mki=on") {
			return operator.Cannot
		}
		return operator.Done
	})
	for i, step := range []struct {
		domain string
		levers device.Levers
		asked  []string // nil if nothing is
		fails  bool
	}{
		{"a.example", device.Levers{}, []string{"domain=a.example", "user=alice", "password=secret", "name server=192.0.2.1:53", "roots to trust="}, false},
		{"a.example", device.Levers{}, nil, false},
		{"a.example", device.Levers{Media: device.RTP}, []string{"media=RTP/AVP"}, false},
		{"a.example", device.Levers{}, []string{"media=as it was"}, false},
		{"a.example", device.Levers{MKI: true}, []string{"mki=on"}, true},
		{"a.example", device.Levers{MKI: true}, nil, true}, // it was said once
		{"b.example", device.Levers{}, []string{"domain=b.example"}, false},
	} {
		session, err := d.Prepare(t.Context(), setup(t, step.domain, step.levers))
		if (err != nil) != step.fails || err != nil && !errors.Is(err, device.ErrUnsupported) {
			t.Fatalf("step %d: the error is %v", i, err)
		}
		if err == nil {
			session.Close()
		}
		var asked []string
		for _, task := range tasks() {
			asked = append(asked, names(task)...)
		}
		if !slices.Equal(asked, step.asked) {
			t.Errorf("step %d: the person is asked for %q, want %q", i, asked, step.asked)
		}
	}
}

// TestNothingConfigures: a device that neither steps nor a person configure keeps its account; what its actions are told is
// their affair.
func TestNothingConfigures(t *testing.T) {
	t.Parallel()
	yaml := strings.NewReplacer(", person: true", "", ", lever:mki", "").Replace(onDesk) +
		"words: {media: {RTP/AVP: plain}}\nactions: {any: {steps: [{run: ['true', '{{.Word \"media\"}}'], wait: true}]}}\n"
	d, _ := phone(t, yaml, func(operator.Task) operator.Answer { return "" })
	for i, step := range []struct {
		domain string
		levers device.Levers
		fails  bool
	}{
		{"a.example", device.Levers{}, false}, {"a.example", device.Levers{Media: device.RTP}, false}, {"b.example", device.Levers{}, true}, {"a.example", device.Levers{}, false},
	} {
		session, err := d.Prepare(t.Context(), setup(t, step.domain, step.levers))
		if (err != nil) != step.fails || err != nil && (!errors.Is(err, device.ErrUnsupported) || !strings.Contains(err.Error(), "wants another domain")) {
			t.Fatalf("step %d: the error is %v", i, err)
		}
		if err == nil {
			session.Close()
		}
	}
}

// TestPersonActs: what a person says of an action is what the scenario hears, and no more.
func TestPersonActs(t *testing.T) {
	t.Parallel()
	for answer, want := range map[operator.Answer]error{
		operator.Done: nil, operator.Skip: device.ErrUnsupported, operator.Cannot: device.ErrUnsupported,
		operator.Again: device.ErrAgain, operator.Back: device.ErrBack,
	} {
		t.Run(string(answer), func(t *testing.T) {
			t.Parallel()
			d, tasks := phone(t, onDesk+"limits: {quiet: 1ms}\n", func(task operator.Task) operator.Answer {
				if len(task.Sheet) > 0 {
					return operator.Done
				}
				return answer
			})
			paused, resumed := 0, 0
			given := setup(t, "a.example", device.Levers{})
			given.Pause = func() func() { paused++; return func() { resumed++ } }
			session, err := d.Prepare(t.Context(), given)
			if err != nil {
				t.Fatal(err)
			}
			defer session.Close()
			if err := session.Do(t.Context(), device.Action{Verb: device.Call, Target: "bob@a.example"}); err != nil {
				t.Fatal(err)
			}
			err = session.Settled(t.Context())
			if !errors.Is(err, want) || want == device.ErrUnsupported && !strings.Contains(err.Error(), string(answer)+": why not") {
				t.Errorf("it settles with %v, want %v", err, want)
			}
			if all := tasks(); len(all) != 2 || !slices.Equal(all[1].Do, []string{"Call bob@a.example."}) {
				t.Errorf("the tasks are %+v", all)
			}
			if paused != 2 || resumed != 2 {
				t.Errorf("the time stood still %d times and went on %d times, want 2", paused, resumed)
			}
		})
	}
}

// TestTheWireIsFirst: a task whose outcome the wire has shown is withdrawn, and so is that of a session that ends.
func TestTheWireIsFirst(t *testing.T) {
	t.Parallel()
	shown := make(chan struct{}, 10)
	d, _ := phone(t, onDesk, func(task operator.Task) operator.Answer {
		if len(task.Sheet) > 0 {
			return operator.Done
		}
		shown <- struct{}{}
		return ""
	})
	session, err := d.Prepare(t.Context(), setup(t, "a.example", device.Levers{}))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := session.Do(t.Context(), device.Action{Verb: device.Register}); err != nil {
			t.Fatal(err)
		}
		testkit.Receive(t, shown, "the task")
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := session.Settled(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("it settles with %v", err)
		}
		if _, task, ok := d.desk.Current(); ok {
			t.Errorf("%+v is still on the desk", task)
		}
		// Whoever waits on finds that the device has done it.
		if err := session.Settled(t.Context()); err != nil {
			t.Errorf("after that, it settles with %v", err)
		}
	}
	if err := session.Do(t.Context(), device.Action{Verb: device.HangUp}); err != nil {
		t.Fatal(err)
	}
	testkit.Receive(t, shown, "the task")
	if err := session.Close(); err != nil {
		t.Fatal(err)
	}
	if _, task, ok := d.desk.Current(); ok {
		t.Errorf("%+v outlives its session", task)
	}
}

// TestNonsenseAtTheDesk: a person is never asked for nonsense.
func TestNonsenseAtTheDesk(t *testing.T) {
	t.Parallel()
	d, _ := phone(t, onDesk, func(operator.Task) operator.Answer { return operator.Done })
	session, err := d.Prepare(t.Context(), setup(t, "a.example", device.Levers{}))
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	if err := session.Do(t.Context(), device.Action{Verb: device.Nonsense}); !errors.Is(err, device.ErrUnsupported) {
		t.Errorf("nonsense ends with %v", err)
	}
}

// TestDeclared: what a device keeps follows from its place.
func TestDeclared(t *testing.T) {
	t.Parallel()
	for yaml, want := range map[string]bool{onDesk: true, strings.Replace(onDesk, "person: true", "person: true, fresh: true", 1): false, head: false} {
		d, err := Load(t.Context(), fstest.MapFS{"device.yaml": {Data: []byte(yaml)}}, "device.yaml")
		if err != nil {
			t.Fatal(err)
		}
		if got := New(d).Capabilities().Has(device.ConfiguredOnce); got != want {
			t.Errorf("it is configured once: %t, want %t:\n%s", got, want, yaml)
		}
	}
}

// TestTold: a device on another host has not settled when the command has ended that told it what to do.
func TestTold(t *testing.T) {
	t.Parallel()
	const yaml = `name: controller
place: network
network: {addresses: [192.0.2.20]}
capabilities: [call-out]
actions: {call: {steps: [{run: ['true'], wait: true}]}}
limits: {quiet: 1ms}
`
	setup := someSetup(t)
	s := prepare(t, load(t, yaml), setup)
	do(t, s, device.Call, "bob@example.com")
	if err := s.Settled(t.Context()); err != nil {
		t.Error(err)
	}
	if got := told(setup.Log, "settled"); !slices.Equal(got, []string{"nothing new for 1ms"}) {
		t.Errorf("settled by %q", got)
	}
}

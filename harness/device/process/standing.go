package process

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/operator"
	"github.com/sipconform/sipconform/mocks/observation"
)

// standing is what a device is set to that is configured once. It outlives sessions.
type standing struct {
	mu     sync.Mutex
	has    []operator.Setting // nil before the first session
	cannot map[string]error   // settings that it turned out not to take, and why
}

// settings are what a device is configured with for a session, as a person would enter it.
func (d *Data) settings() []operator.Setting {
	all := []operator.Setting{
		{Name: "domain", Value: d.Account.Domain}, {Name: "user", Value: d.Account.User}, {Name: "password", Value: d.Account.Password},
		{Name: "name server", Value: d.DNS.String()},
		{Name: "roots to trust", Value: strings.Join(certified(d.Trust), ", ")},
	}
	if d.Certificate != "" {
		all = append(all, operator.Setting{Name: "own certificate", Value: strings.Join(certified(d.Certificate), ", below ")})
	}
	values := d.Levers.Values()
	for _, lever := range slices.Sorted(maps.Keys(values)) {
		text := strings.Join(values[lever], ", ")
		if words, err := d.WordList(lever); err == nil && !slices.Equal(words, values[lever]) {
			text = strings.Join(words, ", ")
		}
		all = append(all, operator.Setting{Name: lever, Value: text})
	}
	return all
}

// certified names the certificates in a PEM text. Those of the same name are told apart by their serial numbers.
func certified(text string) []string {
	var names []string
	for rest := []byte(text); ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return names
		}
		if c, err := x509.ParseCertificate(block.Bytes); err == nil {
			names = append(names, strconv.Quote(c.Subject.CommonName)+" (serial "+fmt.Sprintf("%.8X", c.SerialNumber)+")")
		}
	}
}

// changed returns the settings of wanted that has lacks, and those that are back to the device's own, without a value.
func changed(has, wanted []operator.Setting) (all []operator.Setting) {
	for _, w := range wanted {
		if !slices.Contains(has, w) {
			all = append(all, w)
		}
	}
	for _, h := range has {
		if !slices.ContainsFunc(wanted, func(w operator.Setting) bool { return w.Name == h.Name }) {
			all = append(all, operator.Setting{Name: h.Name, Value: "as it was"})
		}
	}
	return all
}

// configure gives a device what the session asks for, unless it has that already. Of a device that nothing configures, the
// account and the certificates have to stay as they were in the first session: its levers are a matter of its actions.
func (s *session) configure(ctx context.Context) error {
	if !s.device.onNetwork() || s.device.Network.Fresh {
		return nil
	}
	s.standing.mu.Lock()
	defer s.standing.mu.Unlock()
	wanted := s.data.settings()
	byPerson := s.device.setByPerson()
	if len(s.device.Configure) == 0 && !byPerson {
		wanted = slices.DeleteFunc(wanted, func(w operator.Setting) bool { return s.data.Levers.Values()[w.Name] != nil })
	}
	differs := changed(s.standing.has, wanted)
	if len(differs) == 0 {
		return nil
	}
	key := fmt.Sprint(wanted)
	if err := s.standing.cannot[key]; err != nil {
		return err
	}
	var err error
	switch {
	case byPerson && s.desk == nil:
		return errNobody
	case byPerson:
		err = s.ask(ctx, []string{"Set the device as follows, and leave everything else as it is."}, differs).await(ctx)
	case len(s.device.Configure) > 0:
		err = s.perform(ctx, s.device.Configure, s.data, s.device.Limits.Start)
	case s.standing.has != nil:
		return fmt.Errorf("%w: it is configured once, and this scenario wants another %s: describe under configure how it is set, "+
			"or ask for one product at a time", device.ErrUnsupported, differs[0].Name)
	}
	switch {
	case errors.Is(err, device.ErrUnsupported):
		s.standing.cannot[key] = err
		return err
	case err != nil:
		s.standing.has = nil // nobody knows what it is set to
		return err
	}
	s.standing.has = wanted
	s.note(observation.DeviceStart, "configure", 0, "configured")
	return nil
}

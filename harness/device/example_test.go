package device_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/mocks/observation"
)

// fetcher is a device that fetches pages with net/http and does nothing else.
type fetcher struct{}

func (fetcher) Name() string                            { return "fetcher" }
func (fetcher) Version(context.Context) (string, error) { return "1.0", nil }

func (fetcher) Capabilities() device.Capabilities {
	return device.Capabilities{device.CanFetch, "tls:1.2", "tls:1.3"}
}

func (f fetcher) Prepare(_ context.Context, setup device.Setup) (device.Session, error) {
	if missing := f.Capabilities().Missing(setup.Levers.Needs()...); missing != nil {
		return nil, fmt.Errorf("%v: %w", missing, device.ErrUnsupported)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(setup.Trust)
	resolver := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, setup.DNS.String())
	}}
	s := &fetching{log: setup.Log}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.client.Transport = &http.Transport{
		DialContext:     (&net.Dialer{Resolver: resolver}).DialContext,
		TLSClientConfig: &tls.Config{RootCAs: roots},
	}
	return s, nil
}

// fetching is a session of the fetcher.
type fetching struct {
	log     *observation.Log
	client  http.Client
	ctx     context.Context
	cancel  context.CancelFunc
	running sync.WaitGroup
}

func (s *fetching) Do(_ context.Context, action device.Action) error {
	if action.Verb != device.HTTPSGet {
		return fmt.Errorf("%s: %w", action.Verb, device.ErrUnsupported)
	}
	s.running.Go(func() { s.get(action.Target) })
	return nil
}

func (s *fetching) get(url string) {
	outcome := ""
	request, err := http.NewRequestWithContext(s.ctx, http.MethodGet, url, nil)
	if err == nil {
		var response *http.Response
		if response, err = s.client.Do(request); err == nil {
			_ = response.Body.Close()
			outcome = response.Status
		}
	}
	if err != nil {
		outcome = err.Error()
	}
	s.log.Append(observation.Event{
		Kind: observation.Device, Text: outcome, Device: &observation.DeviceInfo{What: "event"},
	})
}

func (s *fetching) Settled(ctx context.Context) error {
	done := make(chan struct{})
	go func() {
		s.running.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *fetching) Listening() map[string]netip.AddrPort { return nil }

func (s *fetching) Close() error {
	s.cancel()
	s.running.Wait()
	s.client.CloseIdleConnections()
	return nil
}

// A device of your own: here an HTTPS client, and a server that it is told to fetch a page from.
func Example() {
	server := httptest.NewTLSServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		fmt.Println("the server got", r.Method, r.URL.Path)
	}))
	defer server.Close()

	var client device.Device = fetcher{}
	session, err := client.Prepare(context.Background(), device.Setup{
		Log:   observation.NewLog(),
		Trust: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer session.Close()
	for _, action := range []device.Action{
		{Verb: device.HTTPSGet, Target: server.URL + "/page"},
		{Verb: device.Nonsense},
	} {
		if err := session.Do(context.Background(), action); err != nil {
			fmt.Println(err)
		}
		if err := session.Settled(context.Background()); err != nil {
			fmt.Println(err)
		}
	}
	// Output:
	// the server got GET /page
	// nonsense: device does not support this action
}

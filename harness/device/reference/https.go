package reference

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"strings"
)

// maxPage is how many bytes of a page the device reads at most.
const maxPage = 1 << 20

// doHTTPSGet fetches a page over a new connection with the device's TLS settings. The target may lack the scheme. Nothing
// is fetched without TLS.
func (s *session) doHTTPSGet(ctx context.Context, target string) {
	if !strings.Contains(target, "://") {
		target = "https://" + target
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil || request.URL.Scheme != "https" {
		s.event("https failed: %s is not an https URL", target)
		return
	}
	transport := &http.Transport{
		DisableKeepAlives: true,
		DialContext:       refuseClear,
		DialTLSContext: func(ctx context.Context, _, address string) (net.Conn, error) {
			host, _, err := net.SplitHostPort(address)
			if err != nil {
				return nil, err
			}
			return s.dialTLS(ctx, host, address, s.clientTLS(host, 0))
		},
	}
	defer transport.CloseIdleConnections()
	response, err := (&http.Client{Transport: transport}).Do(request)
	if err != nil {
		if s.bugs.HTTPAfterHandshakeFailure {
			s.getInClear(ctx, request)
		}
		s.event("https failed: %v", err)
		return
	}
	defer response.Body.Close()
	n, err := io.Copy(io.Discard, io.LimitReader(response.Body, maxPage))
	if err != nil {
		s.event("https failed: %v", err)
		return
	}
	s.event("https answered %s with %d bytes", response.Status, n)
}

// getInClear requests the page from the same port without TLS, for HTTPAfterHandshakeFailure.
func (s *session) getInClear(ctx context.Context, request *http.Request) {
	again := request.Clone(ctx)
	again.URL.Scheme = "http"
	transport := &http.Transport{DisableKeepAlives: true, DialContext: s.dialHTTP}
	defer transport.CloseIdleConnections()
	if response, err := transport.RoundTrip(again); err == nil {
		_ = response.Body.Close()
	}
}

// refuseClear prevents a redirect to http.
func refuseClear(context.Context, string, string) (net.Conn, error) {
	return nil, errUnsafe
}

// dialTLS connects to address, a "host:port", by a configuration. Closing the result closes the connection under it.
func (s *session) dialTLS(ctx context.Context, host, address string, config *tls.Config) (securedConn, error) {
	raw, err := s.dialHTTP(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	secured, err := s.shake(ctx, raw, host, hop{target: host}, config)
	if err != nil {
		_ = raw.Close()
		return nil, err
	}
	if s.peculiar.ClosesWithoutNotify {
		return rudely{secured, raw}, nil
	}
	return secured, nil
}

// securedConn is a connection over TLS.
type securedConn interface {
	net.Conn
	ConnectionState() tls.ConnectionState
}

package genesys_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log"
	"net"

	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/mocks/edge"
	"github.com/sipconform/sipconform/mocks/genesys"
	"github.com/sipconform/sipconform/mocks/observation"
)

// The vendor calls the server under test, whose certificate is of an authority
// that the vendor trusts and for a name that it does not call. Then the mock is
// asked why there was no call.
func Example() {
	mock, err := genesys.Start(genesys.BYOCCloud, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer mock.Close()
	own, err := mock.DeviceAuthority.Issue(certs.Leaf{DNSNames: []string{"old.customer.test"}, Key: certs.RSA2048})
	if err != nil {
		log.Fatal(err)
	}
	server := listen(own.TLS())
	defer server.Close()

	_, err = mock.Call(context.Background(), genesys.Outbound{
		User: "alice", Caller: "+15550100", Host: "sbc.customer.test", Address: server.Addr().(*net.TCPAddr).AddrPort(),
	})
	fmt.Println("unreachable:", errors.Is(err, edge.ErrUnreachable))
	for _, seen := range mock.Log.Events() {
		if seen.Kind == observation.TLSHandshake {
			fmt.Println("rejected for:", seen.Handshake.Rejected)
		}
	}
	// Output:
	// unreachable: true
	// rejected for: [name-mismatch]
}

// listen stands for the server under test: it takes one connection.
func listen(own tls.Certificate) net.Listener {
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{own}})
	if err != nil {
		log.Fatal(err)
	}
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		conn.(*tls.Conn).Handshake()
	}()
	return l
}

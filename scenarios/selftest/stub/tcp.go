package stub

import (
	"crypto/tls"
	"errors"
	"net"
)

// still are devices that do nothing.
func still() []Stub {
	return []Stub{{Name: "does nothing", Device: door{name: "still"}}}
}

// connections are devices that get no further than a connection.
func connections() []Stub {
	return []Stub{
		{
			Name: "connects over TCP and closes",
			Device: door{name: "tcp-closes", tcp: true, meet: func(m *meeting) error {
				return m.Close()
			}},
		},
		{
			Name: "connects over TCP and is silent",
			Device: door{name: "tcp-silent", tcp: true, meet: func(*meeting) error {
				return nil
			}},
		},
		{
			Name: "connects to the port for TLS and closes",
			Device: door{name: "closes", meet: func(m *meeting) error {
				return m.Close()
			}},
		},
		{
			Name: "connects to the port for TLS and is silent",
			Device: door{name: "silent", meet: func(*meeting) error {
				return nil
			}},
		},
		{
			Name: "sends garbage instead of a ClientHello",
			Device: door{name: "garbage", meet: func(m *meeting) error {
				_, err := m.Write([]byte("\x00\xff\x13garbage\r\n\r\n"))
				return err
			}},
		},
		{
			Name: "closes every connection at the first byte",
			Device: door{name: "first-byte", meet: func(m *meeting) error {
				if m.dialed { // the server speaks second
					return tls.Client(fragile{m.Conn}, unverifying(m)).HandshakeContext(m.ctx)
				}
				_, err := fragile{m.Conn}.Read(make([]byte, 1))
				return err
			}},
		},
	}
}

// fragile is a connection that is closed as soon as something is read from it.
type fragile struct{ net.Conn }

func (f fragile) Read(b []byte) (int, error) {
	if _, err := f.Conn.Read(b[:1]); err != nil {
		return 0, err
	}
	return 0, errors.Join(net.ErrClosed, f.Conn.Close())
}

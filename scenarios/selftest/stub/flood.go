package stub

import (
	"fmt"
	"strings"

	"github.com/sipconform/sipconform/harness/device"
)

// Flooder returns a device that takes any certificate and then sends OPTIONS, as long as a message can be and as
// fast as it can, until somebody ends it. Its fault is that it verifies nothing; what it sends beside that is too
// much to be looked at.
func Flooder() device.Device {
	return door{name: "flooder", meet: func(m *meeting) error {
		conn, err := secure(m, unverifying(m))
		if err != nil {
			return err
		}
		subject := strings.Repeat("x", 60_000)
		for n := 1; ; n++ {
			if _, err := fmt.Fprintf(conn, "OPTIONS sip:vendor.example SIP/2.0\r\nVia: SIP/2.0/TLS %[1]s;branch=z9hG4bK%[2]d\r\n"+
				"Max-Forwards: 70\r\nFrom: <sip:a@vendor.example>;tag=1\r\nTo: <sip:vendor.example>\r\nCall-ID: %[2]d\r\n"+
				"CSeq: 1 OPTIONS\r\nSubject: %[3]s\r\nContent-Length: 0\r\n\r\n", conn.LocalAddr(), n, subject); err != nil {
				return err
			}
		}
	}}
}

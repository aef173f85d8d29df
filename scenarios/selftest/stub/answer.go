package stub

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/device/reference"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// answers are devices that register, so that they can be called, and know one answer.
// They verify no certificate.
func answers() []Stub {
	answering := func(name string, answer func(*sipwire.Message) []byte) device.Device {
		return altered{name: name, set: unverified, does: registers(), options: reference.Options{Answer: answer}}
	}
	registered := []Shown{
		{"twilio/voice/register/**", "it registers, and takes refusals as the reference device does"},
		{"twilio/voice/connect/**", "it registers"},
		{"twilio/voice/certificate/**", "it was served under a good certificate, as under any"},
		{"cisco/ucm/register/encrypted", "it registers"},
		ownCertificate,
	}
	taken := append(slices.Clip(registered), []Shown{
		{"*/*/call-listener/tls1.2", "its server took a call at TLS 1.2"},
		{"twilio/*/call-listener/tls1.2/*", "its server took a call at TLS 1.2"},
		{"twilio/*/call-listener/tls1.[01]/deprecated-off", "its server took calls at TLS 1.2, and got none below"},
		{"*/*/call-listener/vendor-at-most-*", "its server took calls at TLS 1.2, and ended the handshake below"},
		{"genesys/*/call-listener/vendor-only-tls1.[01]", "its server took calls at TLS 1.2, and ended the handshake below"},
		{"genesys/*/call-listener/suite-*/*", "its server took calls over the suites that it has"},
		{"genesys/*/call-listener/group/*", "its server took calls in both groups"},
		{"*/*/call-listener/default-port", "its server took a call at the port of SIP over TLS"},
		{"*/*/call-listener/named-port", "its server took a call at the port that the URI names"},
		{"*/*/call-listener/srv-port", "its server took a call at the port of an SRV record"},
		{"*/*/call-listener/in-clear*", "its server took calls, and none in clear"},
		{"cisco/ucm/call-listener/session-timer", "it took a call that has a session timer"},
		{"cisco/ucm/call-listener/by-address", "its server took a call to its address"},
		{"cisco/ucm/call-listener/last-destination", "its server took a call to its address"},
		{"twilio/*/call-in/custom-headers", "it took a call that has unknown header fields"},
		{"twilio/voice/call-in/insecure-binding", "it registered over TLS alone"},
	}...)
	lacks := append(badCertificates(), Shown{"twilio/voice/connect/options", "it sends no OPTIONS"})
	stubs := []Stub{
		{
			Name:   "answers 200 without a session description",
			Device: answering("200-without-sdp", respond(200)),
			Passes: append(slices.Clip(taken), Shown{"cisco/ucm/call-listener/keys-in-clear", "it took the call, and sent no key"}),
		},
		{
			Name:   "answers 200 with the offer as its answer",
			Device: answering("200-with-the-offer", reflect),
			Passes: taken, // but with media: the vendor sends none to itself
		},
		{
			Name:   "answers 100 and no more",
			Device: answering("100", respond(100)),
			Passes: registered,
		},
		{
			Name:   "sends every message back",
			Device: answering("echo", func(m *sipwire.Message) []byte { return m.Raw }),
			Passes: registered,
		},
	}
	for _, status := range []int{404, 486, 488, 500, 603} {
		stubs = append(stubs, Stub{
			Name:   fmt.Sprintf("answers %d", status),
			Device: answering(strconv.Itoa(status), respond(status)),
			Passes: registered,
		})
	}
	for i := range stubs {
		stubs[i].Lacks = lacks
	}
	return stubs
}

// nothing answers no request.
func nothing(*sipwire.Message) []byte { return nil }

// respond answers every request with a status and no body.
func respond(status int) func(*sipwire.Message) []byte {
	return func(request *sipwire.Message) []byte {
		if request.Method == "ACK" {
			return nil
		}
		return response(request, status).Bytes()
	}
}

// reflect answers every request with 200 and with the body of the request.
func reflect(request *sipwire.Message) []byte {
	if request.Method == "ACK" {
		return nil
	}
	m := response(request, 200)
	if len(request.Body) > 0 {
		m.SetBody(request.ContentType(), request.Body)
	}
	return m.Bytes()
}

func response(request *sipwire.Message, status int) *sipwire.Message {
	m := sipwire.NewResponse(request, status, "")
	if status > 100 {
		m.SetToTag("stub")
	}
	m.Copy(request, "Record-Route", "Contact") // the caller's own: nothing comes there
	return m
}

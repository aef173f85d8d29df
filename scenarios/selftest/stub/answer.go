package stub

import (
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
	return []Stub{
		{
			Name:   "answers 200 without a session description",
			Device: answering("200-without-sdp", respond(200)),
		},
		{
			Name:   "answers 200 with the offer as its answer",
			Device: answering("200-with-the-offer", reflect),
		},
		{
			Name:   "answers 404",
			Device: answering("404", respond(404)),
		},
		{
			Name:   "answers 486",
			Device: answering("486", respond(486)),
		},
		{
			Name:   "answers 488",
			Device: answering("488", respond(488)),
		},
		{
			Name:   "answers 500",
			Device: answering("500", respond(500)),
		},
		{
			Name:   "answers 603",
			Device: answering("603", respond(603)),
		},
		{
			Name:   "answers 100 and no more",
			Device: answering("100", respond(100)),
		},
		{
			Name:   "sends every message back",
			Device: answering("echo", func(m *sipwire.Message) []byte { return m.Raw }),
		},
	}
}

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

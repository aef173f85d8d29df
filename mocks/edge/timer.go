package edge

import (
	"slices"
	"strconv"
	"strings"

	"github.com/sipconform/sipconform/mocks/sipwire"
)

// timerOption is the option tag of session timers, RFC 4028.
const timerOption = "timer"

// sessionTimer returns the headers by which a 200 accepts the session timer that an
// INVITE asks for (RFC 4028 §9), none if it asks for none or the vendor has none.
// The device refreshes unless the INVITE says otherwise or the device does not
// know session timers. The edge itself sends no refresh: no call of a scenario
// lasts half an interval.
func (e *Edge) sessionTimer(request *sipwire.Message) []sipwire.Header {
	interval, params := sipwire.SplitParams(request.Get("Session-Expires"))
	seconds, err := strconv.ParseUint(interval, 10, 32)
	if err != nil || !e.supports(timerOption) {
		return nil
	}
	knows := hasOption(request, "Supported", timerOption) || hasOption(request, "Require", timerOption)
	refresher := strings.ToLower(params.Get("refresher"))
	switch {
	case !knows:
		refresher = "uas"
	case refresher != "uas":
		refresher = "uac"
	}
	headers := []sipwire.Header{{Name: "Session-Expires", Value: strconv.FormatUint(seconds, 10) + ";refresher=" + refresher}}
	if knows {
		headers = append(headers, sipwire.Header{Name: "Require", Value: timerOption})
	}
	return headers
}

// supports tells whether the vendor has an extension.
func (e *Edge) supports(option string) bool {
	return slices.ContainsFunc(e.product.Answer.Supported, func(s string) bool { return strings.EqualFold(s, option) })
}

func hasOption(m *sipwire.Message, header, option string) bool {
	return slices.ContainsFunc(m.Values(header), func(s string) bool { return strings.EqualFold(s, option) })
}

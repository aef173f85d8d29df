package edge

import (
	"context"
	"errors"
	"fmt"

	"github.com/sipconform/sipconform/mocks/sipwire"
)

// CheckSync asks every device that is registered to fetch its configuration anew, which most take for a reason to register
// again: with a NOTIFY of the event check-sync outside of any subscription, as phones of many makers know it (no RFC has it),
// and without a restart. It returns how many were asked, and waits for their answers.
func (e *Edge) CheckSync(ctx context.Context) (asked int, err error) {
	var errs []error
	for _, b := range e.Bindings() {
		if !b.Link.Alive() {
			continue
		}
		asked++
		m := sipwire.NewRequest("NOTIFY", b.Contact.String())
		m.Add("Via", e.via(b.Link))
		m.Add("Max-Forwards", "70")
		m.Add("From", fmt.Sprintf("<sip:%s>;tag=%s", e.domain, e.token(10)))
		m.Add("To", fmt.Sprintf("<sip:%s@%s>", b.User, e.domain))
		m.Add("Call-ID", e.token(32))
		m.Add("CSeq", "1 NOTIFY")
		m.Add("Event", "check-sync;reboot=false")
		m.Add("Subscription-State", "terminated") // there is none (RFC 6665 §4.1.3 has it in every NOTIFY)
		_, err := e.agent.Do(ctx, b.Link, m)
		errs = append(errs, err)
	}
	return asked, errors.Join(errs...)
}

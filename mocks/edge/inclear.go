package edge

import (
	"context"
	"fmt"

	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sipagent"
	"github.com/sipconform/sipconform/mocks/tlspeer"
)

// dialInClear connects to the device's listener as a caller does that does not use the trunk's transport.
func (e *Edge) dialInClear(ctx context.Context, o Outbound) (*sipagent.Link, string, error) {
	link, err := e.agent.Dial(ctx, observation.TCP, o.Address, tlspeer.Rules{})
	if err != nil {
		return nil, "", fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	return link, fmt.Sprintf("sip:%s@%s;transport=tcp", o.User, o.Host), nil
}

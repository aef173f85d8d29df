package twilio_test

import (
	"strings"
	"testing"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/twilio"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// TestStartErrors checks that errors list the products, revisions and settings that exist.
func TestStartErrors(t *testing.T) {
	t.Parallel()
	if _, err := twilio.Start("video", nil); err == nil || !strings.Contains(err.Error(), "video") {
		t.Errorf("an unknown product: %v", err)
	}
	_, err := twilio.Start(twilio.Voice, nil, func(c *twilio.Config) { c.Revision = "next" })
	if err == nil || !strings.Contains(err.Error(), "current") {
		t.Errorf("an unknown revision: %v", err)
	}
	_, err = twilio.Start(twilio.Voice, map[string]string{"secure": "on"})
	if err == nil || !strings.Contains(err.Error(), "secure_media") {
		t.Errorf("an unknown setting: %v", err)
	}
}

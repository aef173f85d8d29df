package stub

import (
	"fmt"
	"slices"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/device/reference"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// registers is what a device does that is told to register, and hears nothing else.
func registers() map[device.Verb]device.Verb {
	return map[device.Verb]device.Verb{device.Register: device.Register, device.Unregister: device.Unregister}
}

// signalling are devices that know one thing to say.
func signalling() []Stub {
	return []Stub{
		{
			Name: "speaks SIP over UDP and nothing else",
			Device: altered{name: "udp", set: func(setup *device.Setup) error {
				setup.Levers.Transport, setup.Certificate, setup.Key = observation.UDP, nil, nil
				return nil
			}, does: map[device.Verb]device.Verb{
				device.Register: device.Register, device.Call: device.Call, device.HangUp: device.HangUp, device.Options: device.Options,
			}},
			Passes: []Shown{
				{"*/*/*/keys-in-clear* !cisco/ucm/call-listener/*", "it called, and there were no keys in its offer"},
				{"twilio/voice/call-in/secure-absent/*", "it took calls that are not secured, where it had registered"},
				insecureTrunk,
				{"genesys/*/call-listener/secure-trunk-off-udp", "it took a call over UDP, as the trunk is set"},
				{"twilio/*/call-out/secure-media-off/*/srtp !twilio/*/*/secure-media-off/tls/srtp", "it takes the 488 as final, over whatever"},
				{"twilio/voice/register/challenge", "it answered the challenge, whatever it came over"},
				{"twilio/voice/register/too-brief", "it asked for the interval that the vendor wants"},
				{"twilio/voice/register/capped", "it registered again within the interval that it was granted"},
			},
		},
		{
			Name: "registers and does nothing else",
			Device: altered{name: "registers", does: registers(), options: reference.Options{
				Answer: nothing,
			}},
			Passes: []Shown{
				{"twilio/voice/register/**", "it registers, and takes refusals as the reference device does"},
				{"twilio/voice/connect/**", "it registers"},
				{"twilio/voice/certificate/**", "it registers with good certificates and rejects bad ones"},
				{"cisco/ucm/register/encrypted", "it registers"},
				ownCertificate,
			},
			Lacks: []Shown{
				{"twilio/voice/connect/options", "it sends no OPTIONS"},
				takesWildcard,
			},
		},
		{
			Name: "sends OPTIONS and nothing else",
			Device: altered{name: "options", does: map[device.Verb]device.Verb{
				device.Register: device.Options, device.Call: device.Options, device.Options: device.Options,
			}, options: reference.Options{Answer: respond(405)}},
			Passes: slices.Concat(underEveryGood(), []Shown{
				{"twilio/*/connect/options", "its OPTIONS was answered"},
				{"cisco/imp/connect/**", "its OPTIONS was answered"},
				{"cisco/imp/mutual/**", "its OPTIONS was answered, and not where its certificate is not known"},
				{"cisco/imp/certificate/**", "it sent OPTIONS under good certificates, and none under bad ones"},
				{"cisco/imp/ports/506[12]/**", "its OPTIONS was answered, or it was turned away and stayed on TLS"},
				ownCertificate,
			}),
		},
		{
			Name:   "sends the same REGISTER again and again",
			Device: door{name: "register-loop", hears: []device.Verb{device.Register, device.Call, device.Options}, meet: repeat},
			Passes: slices.Concat(underEveryGood(), []Shown{
				{"cisco/ucm/register/encrypted", "it registered, even if it goes on"},
				ownCertificate,
			}),
		},
	}
}

// repeats is how often a device says the same.
const repeats = 20

// repeat sends one REGISTER as often as that, each when the last has been answered.
func repeat(m *meeting) error {
	conn, err := secure(m, unverifying(m))
	if err != nil || !m.dialed {
		return err
	}
	account := m.setup.Account
	register := sipwire.NewRequest("REGISTER", "sip:"+account.Domain)
	register.Add("Via", fmt.Sprintf("SIP/2.0/TLS %v;branch=%sagain", conn.LocalAddr(), sipwire.MagicCookie))
	register.Add("Max-Forwards", "70")
	register.Add("From", fmt.Sprintf("<sip:%s@%s>;tag=again", account.User, account.Domain))
	register.Add("To", fmt.Sprintf("<sip:%s@%s>", account.User, account.Domain))
	register.Add("Call-ID", "again")
	register.Add("CSeq", "1 REGISTER")
	register.Add("Contact", fmt.Sprintf("<sip:%s@%v;transport=tls>", account.User, conn.LocalAddr()))
	register.Add("Expires", "3600")
	raw := register.Bytes()
	buffer := make([]byte, sipwire.MaxMessage)
	for range repeats {
		if _, err := conn.Write(raw); err != nil {
			return err
		}
		if _, err := conn.Read(buffer); err != nil {
			return err
		}
	}
	return nil
}

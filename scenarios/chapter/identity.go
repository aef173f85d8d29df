package chapter

import (
	"errors"
	"fmt"

	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/mocks/edge"
	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/scenarios/scene"
)

var errNotMutual = errors.New("this is for a product that asks for a device's certificate: device_verification, with mutual: true")

// deviceCertificate is the device's certificate as the vendor sees it when it
// calls, and, where the vendor shows one too, the device's judgement of that.
func deviceCertificate() family {
	return family{
		id: "call-listener/{case}", ways: []string{listenerWay},
		cases: func(*entry) []string { return []string{"certificate", "unknown-ca"} },
		stimuli: func(e *entry, name string) ([]stimulus, error) {
			if name == "certificate" {
				return []stimulus{{title: "the certificate of the device's server, judged by the vendor", area: "certificate"}}, nil
			}
			if !e.product.Mutual() {
				return nil, errNotMutual
			}
			s := stimulus{title: "a vendor whose certificate is of an authority that the device was not given", area: "identity", refused: true}
			s.vendor.Shows.Recipe = "unknown-ca"
			s.script = append(e.way.ring(edge.Outbound{}), scene.Settle())
			s.expected, s.rule = "its server asks for the vendor's certificate and refuses it", judge.RejectsClient("unknown-ca")
			return []stimulus{s}, nil
		},
	}
}

// identities are the names and authorities by which a vendor with mutual TLS knows
// the device.
func identities() family {
	return family{
		id: "identity/{case}", ways: []string{callOutWay, registerWay, optionsWay},
		cases: func(*entry) []string { return []string{"not-uploaded", "other-name", "listed"} },
		stimuli: func(e *entry, name string) ([]stimulus, error) {
			if !e.product.Mutual() {
				return nil, errNotMutual
			}
			setting := e.product.DeviceVerification.SubjectSetting
			if name == "not-uploaded" {
				setting = e.product.DeviceVerification.TrustSetting
			}
			if setting == "" {
				return nil, fmt.Errorf("the case %s needs a setting that device_verification names", name)
			}
			s := stimulus{area: "identity", refused: true, expected: "gets nothing through, and stays off UDP and TCP"}
			switch name {
			case "not-uploaded":
				s.title = "a device whose certificate the vendor was not given"
				s.vendor.Settings = map[string]string{setting: profile.Off}
				s.rule = judge.Turned(certs.CauseUnknownCA, judge.NoClearSignalling, judge.NoneServed(e.way.method))
			case "other-name":
				s.title = "a trunk that knows the device by another name"
				s.vendor.Settings = map[string]string{setting: profile.OtherSubject}
				s.rule = judge.Turned(certs.CauseNameMismatch, judge.NoClearSignalling, judge.NoneServed(e.way.method))
			case "listed":
				s = stimulus{title: "the device's name in a list of names", area: "identity", expected: "is served"}
				s.vendor.Settings = map[string]string{setting: profile.ListedSubject}
				s.rule = judge.All(judge.Identifies, e.way.served)
			}
			return []stimulus{s}, nil
		},
	}
}

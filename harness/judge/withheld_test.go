package judge_test

import (
	"testing"

	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/mocks/observation"
)

// TestMediaWithheld: a device that asked for its media at an address that it does not own is not blamed for what it did
// not hear, and passes nothing by it. What it sends is judged as ever.
func TestMediaWithheld(t *testing.T) {
	t.Parallel()
	report := observation.MediaInfo{Class: observation.AuthenticRTCP, Local: vendorRTCP, PayloadType: 200}
	rtp := observation.MediaInfo{Class: observation.AuthenticRTP, Local: vendorRTP, Remote: deviceRTP, Content: observation.Audio, Tone: 300}
	const withheld = "inconclusive media-address-not-allowed"
	ended := func(s *story) *story { return s.later(judge.MediaPatience).in("tls-1", "BYE 2").over() }
	reported := func(s *story) *story { return s.plays(700).later(judge.ReportDue).media(1, report) }
	try(t, []trial{
		{"an echoing device is silent", judge.Speaks, ended(conversing().withholds(false)), withheld},
		{"any device is silent", judge.MediaArrives, ended(conversing().withholds(false)), withheld},
		{"its reports count nothing", judge.ReportsReception, reported(conversing().withholds(false)), withheld},
		{"it sends no tone back", judge.Decrypts, conversing().withholds(false).media(judge.PromptMost, rtp), withheld},
		{"it sends a little", judge.Decrypts, conversing().withholds(false).media(1, rtp), withheld},
		{"its media comes", judge.MediaArrives, ended(conversing().withholds(false).media(3, rtp)), "pass media-came"},
		{"only RTCP was withheld", judge.Speaks, ended(conversing().withholds(true)), "fail no-media"},
		{"only RTCP was withheld, and it reports", judge.ReportsReception, reported(conversing().withholds(true)),
			"fail vendor-media-not-received"},
	})
}

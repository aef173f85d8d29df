package chapter

import (
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/scenarios/scene"
)

// soundPackets is what a device does that numbers and times its packets well.
const soundPackets = "sends packets under agreed payload types, whose numbers and timestamps rise as its audio does"

// packetChecks are what else a call shows in which there are many packets, and which is watched beyond its end.
func packetChecks() []judge.Check {
	return []judge.Check{
		scene.Ask("RF-SR-01", "sends its media to where the vendor wants it, and nothing else instead", judge.MediaArrives),
		scene.Ask("RF-SR-08", "uses no packet index twice", judge.NoIndexTwice),
		scene.Ask("RF-SR-10", "sends no media once the BYE has been answered", judge.FallsSilent),
	}
}

// rtcpChecks are what else a call shows in which there is RTCP.
func rtcpChecks() []judge.Check {
	return []judge.Check{
		scene.Ask("RF-RTCP-01", rtcpPlaced, judge.RTCPWhereSaid),
		scene.Ask("RF-RTCP-02", "reports that it receives the vendor's packets", judge.ReportsReception),
	}
}

// rtcpPlaced is what a device does that reads where RTCP goes.
const rtcpPlaced = "sends RTCP to where the vendor's description says"

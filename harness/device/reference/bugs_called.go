package reference

// CalledBugs are the faults of where a device is found that is called, and of what it takes: see [Bugs].
type CalledBugs struct {
	// ListensElsewhere takes TLS at another port than that where vendors look for it.
	ListensElsewhere bool `violates:"TW-URI-01" cause:"not-at-5061" also:"TW-URI-02"`
	// RefusesNamedPort refuses a call whose Request-URI has a port behind the device's name.
	RefusesNamedPort bool `violates:"TW-URI-01" cause:"call-refused-404" also:"TW-URI-02"`
	// RefusesPlainCalls refuses RTP in a call to it, although it is set to RTP and offers that itself.
	RefusesPlainCalls bool `violates:"TW-SRTP-22" cause:"call-refused-488"`
}

// LoadBugs are the faults of a device that is called more than once at a time: see [Bugs].
type LoadBugs struct {
	// TakesOneCall refuses a call while another is up.
	TakesOneCall bool `violates:"RF-LOAD-01" cause:"calls-failed-under-load"`
	// SpeaksInOneCall sends media in one call of those that are up.
	SpeaksInOneCall bool `violates:"RF-LOAD-01" cause:"calls-silent-under-load"`
}

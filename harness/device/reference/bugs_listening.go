package reference

// ListeningBugs are the faults of where the device's server is found: see [Bugs].
type ListeningBugs struct {
	// ListensElsewhere takes TLS at another port than that where vendors look for it.
	ListensElsewhere bool `violates:"TW-URI-01" cause:"not-at-5061" also:"TW-URI-02"`
	// RefusesNamedPort refuses a call whose Request-URI has a port behind the device's name.
	RefusesNamedPort bool `violates:"TW-URI-01" cause:"call-refused-404" also:"TW-URI-02"`
}

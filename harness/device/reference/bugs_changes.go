package reference

// ChangeBugs are the faults that show when a vendor changes its TLS: see [Bugs].
type ChangeBugs struct {
	// PinsVersion refuses every version of TLS but that of its first connection.
	PinsVersion bool `violates:"IB-01" cause:"not-served-after-version"`
	// PinsSuite refuses every suite but that of its first connection.
	PinsSuite bool `violates:"IB-01" cause:"not-served-after-suite" also:"IB-02"`
}

package reference

// OptionsBugs are the faults of a device that asks a vendor with OPTIONS: see [Bugs].
type OptionsBugs struct {
	// OptionsInClear sends OPTIONS over UDP when the vendor refuses it over TLS.
	OptionsInClear bool `violates:"TW-TLS-14" cause:"fell-back-to-clear-signalling"`
}

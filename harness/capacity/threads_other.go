//go:build unix && !linux

package capacity

// threads returns no limit: what this system's counts is not known here.
func threads() Amount { return Amount{} }

//go:build race

package tlspeer

// underRace tells that the race detector keeps memory of its own.
const underRace = true

//go:build !race

package tlspeer

// underRace says that the race detector is on, which uses memory.
const underRace = false

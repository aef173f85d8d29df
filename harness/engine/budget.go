package engine

import "time"

// Budget is the time that one scenario may take unless a run says otherwise. When it
// is up, the verdict rests on what was seen until then. What was not seen is
// inconclusive, so a slow machine fails no device.
const Budget = 45 * time.Second

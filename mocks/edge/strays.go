package edge

import (
	"slices"

	"github.com/sipconform/sipconform/mocks/media"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sdes"
	"github.com/sipconform/sipconform/mocks/sdp"
)

// mostKeys is how many keys of earlier descriptions an edge remembers.
const mostKeys = 32

// strays are the keys besides the agreed ones with which the device may protect by mistake: those of its other
// attributes and lines, those that the edge has offered, and those of descriptions before this one.
func (c *call) strays(session *sdp.Session, own *sdes.Attribute) []media.Stray {
	if own == nil {
		return nil
	}
	var strays []media.Stray
	add := func(origin observation.Diagnosis, attributes []sdes.Attribute) {
		for _, a := range attributes {
			if len(a.Keys) > 0 {
				strays = append(strays, media.Stray{Origin: origin, Keying: *media.KeyingOf(a)})
			}
		}
	}
	var device []sdes.Attribute
	for i := range session.Media {
		results, _ := sdes.ParseMedia(session.Media[i].Values("crypto")) // equal tags do not matter here
		device = append(device, sdes.Valid(results)...)
	}
	add(media.OtherAttribute, device)
	add(media.OtherDirection, append(slices.Clone(c.offered), *own))
	return append(strays, c.edge.remember(strays)...)
}

// remember returns the keys of earlier descriptions, as strays from another call, and keeps these.
func (e *Edge) remember(strays []media.Stray) []media.Stray {
	e.mu.Lock()
	defer e.mu.Unlock()
	before := slices.Clone(e.keys)
	for _, s := range strays {
		if len(e.keys) < mostKeys {
			e.keys = append(e.keys, media.Stray{Origin: media.OtherCall, Keying: s.Keying})
		}
	}
	return before
}

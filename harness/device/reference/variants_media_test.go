package reference

import "testing"

// mediaSights are the sights of keys, and of RTP and RTCP.
func mediaSights() map[string]sight {
	return map[string]sight{
		"omits-key-padding":          {strong, `inline:[A-Za-z0-9+/]{38}\r\n`, `inline:[A-Za-z0-9+/]{38}==\r\n`},
		"offers-decimal-lifetimes":   {talks, `a=crypto:1 \S+ inline:\S{40}\|2147483648\r\n`, ""},
		"writes-tags-with-zeros":     {talks, `(?s)a=crypto:001 .*a=crypto:002 `, ""},
		"offers-several-keys":        {talks, `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:\S{40}\|1:2;inline:\S{40}\|2:2\r\na=crypto:2 AES_CM_128`, ""},
		"offers-rare-suites":         {talks, `a=crypto:2 AES_192_CM_HMAC_SHA1_80 inline:\S{52}\r\n`, ""},
		"offers-unregistered-suites": {talks, `a=crypto:1 AEAD_AES_256_GCM_8 inline:\S{60}\r\n`, ""},
		"takes-mki":                  {takesLine("|1:4;inline:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA|2:4"), `a=crypto:3 \S+ inline:\S{40}\|1:4\r\n`, ""},
		"derives-keys-anew": {func(t testing.TB, p Peculiarities) string { return derivesAs(t, Options{Peculiarities: p}) },
			`^rate 2, authentic$`, `rate 0`},
		"takes-plain-reports":     {takesLine(" UNENCRYPTED_SRTCP"), `a=crypto:3 \S+ inline:\S{40} UNENCRYPTED_SRTCP\r\n`, ""},
		"offers-lifetimes":        {talks, `a=crypto:1 \S+ inline:\S{40}\|2\^31\r\n`, ""},
		"answers-lifetimes":       {takes, `a=crypto:3 \S+ inline:\S{40}\|2\^31\r\n`, ""},
		"hints-window":            {takes, `a=crypto:3 \S+ inline:\S{40} WSH=128\r\n`, ""},
		"adds-optional-parameter": {talks, `a=crypto:1 \S+ inline:\S{40} -ACME_HINT=1\r\n`, ""},
		"answers-further-formats": {takes, `m=audio \d+ RTP/SAVP 0 8 101 9 18 111\r\n`, ""},
		"answers-one-format":      {takes, `m=audio \d+ RTP/SAVP 0\r\n`, ""},
		"prefers-a-law":           {sounds, `(?s)\A(RTP pt=8 [^\n]*\n){60}`, `RTP pt=0`},

		"packs-10ms":           {sounds, `step=1 ts=\d+ later=80 .* len=80 `, `len=160`},
		"packs-30ms":           {sounds, `step=1 ts=\d+ later=240 .* len=240 `, `len=160`},
		"packs-40ms":           {sounds, `step=1 ts=\d+ later=320 .* len=320 `, `len=160`},
		"starts-near-wrap":     {sounds, `(?s)seq=65530 .* seq=0 step=1 `, ""},
		"wraps-timestamp":      {sounds, `(?s)\A[^\n]* ts=4294966816 .* ts=0 later=160 `, ""},
		"changes-source":       {sounds, `src=2`, ""},
		"extends-rtp":          {sounds, `ext=94`, ""},
		"pads-rtp":             {sounds, `pad=8`, `pad=0`},
		"names-contributors":   {sounds, `csrc=2`, `csrc=0`},
		"marks-nothing":        {sounds, "", `m=true`},
		"suppresses-silence":   {sounds, `m=true seq=\d+ step=1 ts=\d+ later=960 `, ""},
		"sends-comfort-noise":  {sounds, `pt=13 .* len=1 `, ""},
		"sends-digits":         {sounds, `(?s)pt=101 m=true (.*pt=101 m=false){5}`, ""},
		"reorders-packets":     {sounds, `step=-1 `, ""},
		"sends-from-elsewhere": {sounds, `own=false`, `own=true`},
		"keeps-ports-open":     {sounds, `other 20 bytes 00 11 00 00 21 12 a4 42\nother 0 bytes`, ""},
		"sends-no-reports":     {sounds, "", `RTCP`},
		"reports-first":        {sounds, `RTCP \*rtcp.ReceiverReport \*rtcp.SourceDescription\nRTCP \*rtcp.SenderReport`, ""},
		"reports-at-length":    {sounds, `RTCP \*rtcp.SenderReport \*rtcp.SourceDescription \*rtcp.RawPacket \*rtcp.ExtendedReport\n`, ""},
		"says-goodbye":         {sounds, `\*rtcp.Goodbye\n\z`, ""},
	}
}

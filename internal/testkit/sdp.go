package testkit

import (
	"fmt"
	"strings"
)

// Key is the key material of RFC 4568 §9.2, for the suites of AES_CM_128. Tag80 and Tag32 offer it.
const (
	Key   = "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz"
	Tag80 = "1 AES_CM_128_HMAC_SHA1_80 inline:" + Key
	Tag32 = "2 AES_CM_128_HMAC_SHA1_32 inline:" + Key
)

// Description returns a session description of these m= lines, each with the lines that belong to it.
func Description(media ...string) string {
	return "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n" + strings.Join(media, "")
}

// Audio returns the lines of an audio stream under a media profile, with these a=crypto attributes.
func Audio(profile string, crypto ...string) string {
	text := fmt.Sprintf("m=audio 40000 %s 0\r\n", profile)
	for _, c := range crypto {
		text += "a=crypto:" + c + "\r\n"
	}
	return text
}

// AudioOnly returns a session description with that stream alone.
func AudioOnly(profile string, crypto ...string) string {
	return Description(Audio(profile, crypto...))
}

// RTP returns a session description of audio in clear.
func RTP(crypto ...string) string { return AudioOnly("RTP/AVP", crypto...) }

// SRTP returns a session description of secure audio.
func SRTP(crypto ...string) string { return AudioOnly("RTP/SAVP", crypto...) }

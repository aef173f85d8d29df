package sdes

import "errors"

// Cause is why an attribute, an offer or an answer is not valid: a stable slug.
type Cause string

// Causes that [Parse] finds in one attribute.
const (
	// BadSyntax is text outside the grammar of RFC 4568 §9.1.
	BadSyntax Cause = "bad-syntax"
	// BadTag is a tag that is not 1 to 9 digits.
	BadTag Cause = "bad-tag"
	// BadSuite is a crypto-suite with characters outside letters, digits and underscore. An unknown but well-formed
	// name is not an error.
	BadSuite Cause = "bad-suite"
	// UnknownKeyMethod is a key method other than inline.
	UnknownKeyMethod Cause = "unknown-key-method"
	// BadBase64 is key material that is not base64.
	BadBase64 Cause = "bad-base64"
	// KeyLength is key material that decodes to another length than the suite's.
	KeyLength Cause = "key-length"
	// BadLifetime is a lifetime that is zero or not a number.
	BadLifetime Cause = "bad-lifetime"
	// LifetimeTooLong is a lifetime over the suite's maximum.
	LifetimeTooLong Cause = "lifetime-too-long"
	// BadMKI is an MKI that is not "number:length".
	BadMKI Cause = "bad-mki"
	// MKILength is an MKI length outside 1 to 128.
	MKILength Cause = "mki-length"
	// MKITooLarge is an MKI whose value does not fit its length.
	MKITooLarge Cause = "mki-too-large"
	// MKILengthsDiffer is two keys with MKIs of different lengths.
	MKILengthsDiffer Cause = "mki-lengths-differ"
	// DuplicateMKI is two keys under one MKI.
	DuplicateMKI Cause = "duplicate-mki"
	// SeveralKeysWithoutMKI is several keys of which one or more have no MKI.
	SeveralKeysWithoutMKI Cause = "several-keys-without-mki"
	// UnknownSessionParameter is a session parameter that RFC 4568 §6.3 does not define and that is not marked
	// optional with "-".
	UnknownSessionParameter Cause = "unknown-session-parameter"
	// BadSessionParameter is a known parameter with a value out of its range.
	BadSessionParameter Cause = "bad-session-parameter"
	// DuplicateSessionParameter is a known parameter that is given twice.
	DuplicateSessionParameter Cause = "duplicate-session-parameter"
)

// DuplicateTag is what [ParseMedia] finds in a media section: two attributes
// share a tag, which makes the offer invalid (RFC 4568 §4.1).
const DuplicateTag Cause = "duplicate-tag"

// Causes that [CheckAnswer] finds in an answer.
const (
	// NoCrypto is an accepted stream without a=crypto.
	NoCrypto Cause = "no-crypto"
	// SeveralCrypto is more than one a=crypto in the answer.
	SeveralCrypto Cause = "several-crypto"
	// InvalidAttribute is an attribute that does not parse; the wrapped error has the cause.
	InvalidAttribute Cause = "invalid-attribute"
	// TagNotOffered is a tag that the offer does not have.
	TagNotOffered Cause = "tag-not-offered"
	// SuiteNotOfferedForTag is a suite other than the offer has under that tag.
	SuiteNotOfferedForTag Cause = "suite-not-offered-for-tag"
	// SameKeyAsOffered is the offerer's key material used by the answerer.
	SameKeyAsOffered Cause = "same-key-as-offered"
	// SessionParametersDiffer is a negotiated session parameter (RFC 4568 §6.3)
	// that is in one of offer and answer only.
	SessionParametersDiffer Cause = "session-parameters-differ"
)

// Error says why an attribute, an offer or an answer is not valid. It never holds key material.
type Error struct {
	Cause Cause
	// Detail is for a person. It quotes no more than tags, names and numbers.
	Detail string
	// Err is the attribute's own error if the cause is InvalidAttribute, else nil.
	Err error
}

func (e *Error) Error() string {
	s := "sdes: " + string(e.Cause)
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns e.Err.
func (e *Error) Unwrap() error { return e.Err }

// CauseOf returns the cause of the first [Error] in err's chain, "" if none.
func CauseOf(err error) Cause {
	var e *Error
	if errors.As(err, &e) {
		return e.Cause
	}
	return ""
}

package store

import "stockbridge/sync/fault"

// A ref is stored in two forms, told apart by the first byte: a GUID as Business Central writes it (lower case, with
// hyphens) takes 17 bytes instead of 36; anything else is stored as it is.
//
// The 16 bytes of a GUID are stored in the order in which SQL Server compares them. Ids made one after the other
// (f2a5738a-44e3-…, f3a5738a-44e3-…, as in the entities of the Business Central contract) are then neighbours in the
// file, and a page of records touches few of the file's pages instead of nearly all.
const (
	refText = 't'
	refGUID = 'g'
)

// longestRef is in bytes. Ids of the systems we know have at most 36; the limit keeps a hostile answer out of the
// file's keys.
const longestRef = 1000

const guidLength = 36

// appendRef appends the stored form of a ref.
func appendRef(dst []byte, ref string) []byte {
	var id [16]byte
	if !packGUID(&id, ref) {
		return append(append(dst, refText), ref...)
	}
	return append(append(dst, refGUID), id[:]...)
}

// appendRefText appends the ref that b is the stored form of; ok is false when b is none.
func appendRefText(dst, b []byte) (text []byte, ok bool) {
	switch {
	case len(b) > 0 && b[0] == refText:
		return append(dst, b[1:]...), true
	case len(b) == 17 && b[0] == refGUID:
		return appendGUID(dst, b[1:]), true
	}
	return dst, false
}

func checkRef(ref string) error {
	if len(ref) > longestRef {
		return fault.New("record.invalid", fault.Args{"side": "A system", "key": ref[:40] + "…", "field": "its id", "value": "too long", "allowed": "at most 1,000 bytes"})
	}
	return nil
}

// packGUID reads a GUID in the one spelling that appendGUID gives back.
func packGUID(id *[16]byte, s string) bool {
	if len(s) != guidLength || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return false
	}
	at := 0
	for i := 0; i < guidLength; i += 2 {
		if i == 8 || i == 13 || i == 18 || i == 23 {
			i++
		}
		hi, lo := digit(s[i]), digit(s[i+1])
		if hi > 15 || lo > 15 {
			return false
		}
		id[guidOrder[at]] = hi<<4 | lo
		at++
	}
	return true
}

// digit is the value of a lower-case hexadecimal digit; more than 15 for anything else.
func digit(c byte) byte {
	switch {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10
	}
	return 0xff
}

// guidOrder is where each byte of a GUID is stored, in the order in which it is written.
var guidOrder = [16]byte{15, 14, 13, 12, 11, 10, 9, 8, 6, 7, 0, 1, 2, 3, 4, 5}

// appendGUID appends the 36 characters of a stored GUID.
func appendGUID(dst, id []byte) []byte {
	const digits = "0123456789abcdef"
	for at, from := range guidOrder {
		if at == 4 || at == 6 || at == 8 || at == 10 {
			dst = append(dst, '-')
		}
		dst = append(dst, digits[id[from]>>4], digits[id[from]&15])
	}
	return dst
}

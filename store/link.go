package store

import (
	"encoding/binary"
	"errors"

	"stockbridge/sync/plan"
	"stockbridge/sync/record"
)

// A plan.Last is stored as
//
//	version byte, flags byte
//	length (uvarint) and text of the business key
//	length (uvarint) and stored form (ref.go) of the other side's id
//	for each kind that is set: 16 bytes of sum, and its level (varint) unless that is 0
//
// An item with stock and price takes about 85 bytes.
const linkVersion = 1

// levelShift is where the flags of the levels begin; the first three say which kinds are set.
const levelShift = 3

var errLink = errors.New("a link in it can't be read")

// appendLink appends the stored form of l.
func appendLink(dst []byte, l *plan.Last) []byte {
	var flags byte
	for i := range l.Kinds {
		if a := &l.Kinds[i]; a.Set {
			flags |= 1 << i
			if a.Level != 0 {
				flags |= 1 << (i + levelShift)
			}
		}
	}
	dst = append(dst, linkVersion, flags)
	dst = append(binary.AppendUvarint(dst, uint64(len(l.Key))), l.Key...)
	dst = appendLinkTo(dst, l.To)
	for i := range l.Kinds {
		if a := &l.Kinds[i]; a.Set {
			dst = append(dst, a.Sum[:]...)
			if a.Level != 0 {
				dst = binary.AppendVarint(dst, a.Level)
			}
		}
	}
	return dst
}

func appendLinkTo(dst []byte, to string) []byte {
	if to == "" {
		return append(dst, 0)
	}
	n := 1 + len(to)
	if packGUID(new([16]byte), to) {
		n = 17
	}
	return appendRef(binary.AppendUvarint(dst, uint64(n)), to)
}

// rawLink is a stored link, not copied: key and to lie in the transaction's memory.
type rawLink struct {
	key, to []byte // to in its stored form; empty while there is none
	kinds   [3]plan.Agreement
}

// read reads the stored form of a link.
func (l *rawLink) read(b []byte) error {
	*l = rawLink{}
	if len(b) < 2 || b[0] != linkVersion {
		return errLink
	}
	flags, ok := b[1], false
	if l.key, b, ok = cut(b[2:]); !ok {
		return errLink
	}
	if l.to, b, ok = cut(b); !ok {
		return errLink
	}
	for i := range l.kinds {
		if flags&(1<<i) == 0 {
			continue
		}
		a := &l.kinds[i]
		if a.Set = true; copy(a.Sum[:], b) < len(a.Sum) {
			return errLink
		}
		b = b[len(a.Sum):]
		if flags&(1<<(i+levelShift)) == 0 {
			continue
		}
		n := 0
		if a.Level, n = binary.Varint(b); n <= 0 {
			return errLink
		}
		b = b[n:]
	}
	if len(b) != 0 {
		return errLink
	}
	return nil
}

// toText is the other side's id, or "".
func (l *rawLink) toText() (string, error) {
	if len(l.to) == 0 {
		return "", nil
	}
	text, ok := appendRefText(nil, l.to)
	if !ok {
		return "", errLink
	}
	return string(text), nil
}

// last copies the link out of the transaction.
func (l *rawLink) last() (plan.Last, error) {
	to, err := l.toText()
	return plan.Last{Key: string(l.key), To: to, Kinds: l.kinds}, err
}

// cut takes a length and that many bytes off the front.
func cut(b []byte) (part, rest []byte, ok bool) {
	n, at := binary.Uvarint(b)
	if at <= 0 || n > uint64(len(b)-at) {
		return nil, nil, false
	}
	return b[at : at+int(n)], b[at+int(n):], true
}

func linksName(family record.Kind) []byte { return []byte(linksPrefix + string(family)) }
func keysName(family record.Kind) []byte  { return []byte(keysPrefix + string(family)) }

package audit

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
)

// box is what an entry keeps encrypted: the salt of its digests, and its personal values in the order of its personal
// fields. After erasure the salt is gone too, so that a digest can't be guessed from a list of names or addresses.
type box struct {
	Salt   []byte       `json:"salt"`
	Values []boxedValue `json:"values"`
}

type boxedValue struct {
	Value string  `json:"v,omitempty"`
	From  *string `json:"f,omitempty"`
}

const saltSize = 16

// digest is the salted digest of a personal field. Lengths stand before the texts, so that no two fields have one input.
func (b *box) digest(name string, v boxedValue) string {
	h := sha256.New()
	h.Write(b.Salt)
	for _, s := range []string{name, v.Value} {
		h.Write(binary.AppendUvarint(nil, uint64(len(s))))
		h.Write([]byte(s))
	}
	if v.From != nil {
		h.Write([]byte(*v.From))
	}
	return text(h.Sum(nil))
}

var errSealed = errors.New("the sealed values don't belong to this entry")

func aead(k key) (cipher.AEAD, error) {
	c, err := aes.NewCipher(k[:])
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(c)
}

// bound is what a box is bound to: it can't be put into another entry.
func bound(connection string, seq uint64) []byte {
	return []byte(connection + " " + strconv.FormatUint(seq, 10))
}

// seal encrypts the personal values of an entry that has its number.
func (e *Entry) seal(b *box, h held) error {
	plain, err := json.Marshal(b)
	if err != nil {
		return err
	}
	a, err := aead(h.key)
	if err != nil {
		return err
	}
	nonce := make([]byte, a.NonceSize(), a.NonceSize()+len(plain)+a.Overhead())
	_, _ = rand.Read(nonce) // never fails (crypto/rand)
	e.Person, e.Sealed = h.id, a.Seal(nonce, nonce, plain, bound(e.Connection, e.Seq))
	return nil
}

// unseal fills in the personal values, or marks the entry erased when the key is gone. errSealed says that they are
// not what was sealed.
func (e *Entry) unseal(keys *Keys) error {
	if len(e.Sealed) == 0 {
		if slices.ContainsFunc(e.Fields, func(f Field) bool { return f.Personal() }) {
			return errSealed
		}
		return nil
	}
	k, ok := keys.get(e.Person)
	if !ok {
		e.erase()
		return nil
	}
	a, err := aead(k)
	if err != nil || len(e.Sealed) < a.NonceSize() {
		return errSealed
	}
	plain, err := a.Open(nil, e.Sealed[:a.NonceSize()], e.Sealed[a.NonceSize():], bound(e.Connection, e.Seq))
	if err != nil {
		return errSealed
	}
	var b box
	if err := json.Unmarshal(plain, &b); err != nil {
		return errSealed
	}
	return e.fill(&b)
}

func (e *Entry) fill(b *box) error {
	fields := make([]Field, len(e.Fields)) // the caller's are left as they were read when a digest differs
	next := 0
	for i, f := range e.Fields {
		if f.Personal() {
			if next >= len(b.Values) || b.digest(f.Name, b.Values[next]) != f.Digest {
				return errSealed
			}
			f.Value, f.From = b.Values[next].Value, b.Values[next].From
			next++
		}
		fields[i] = f
	}
	if next != len(b.Values) {
		return errSealed
	}
	e.Fields = fields
	for i := range fields {
		switch f := &fields[i]; f.Name {
		case nameKey:
			e.Key = f.Value
		case nameTo:
			e.To = f.Value
		case nameNumber:
			e.Number = f.Value
		}
	}
	return nil
}

// Erased stands for a value nobody can read any more.
const Erased = "(erased)"

func (e *Entry) erase() {
	e.Erased = true
	for i := range e.Fields {
		f := &e.Fields[i]
		if !f.Personal() {
			continue
		}
		f.Value = Erased
		if f.Name == nameKey {
			e.Key = Erased
		}
	}
}

// Fields that stand for what is plain in other entries, where a record is a person: their key is the e-mail address.
const (
	nameKey    = "@key"
	nameTo     = "@to"
	nameNumber = "@number"
)

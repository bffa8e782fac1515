package audit

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"os"
	"path/filepath"
	"sync"

	"stockbridge/sync/fault"
	"stockbridge/sync/record"
)

// Keys holds one key per person, for all trails of an installation, in one file of fixed slots. A person is found by
// the HMAC of the folded e-mail address under a key of the file's own, so that the file names nobody. Erasing overwrites
// the slot where it is: no copy of it stays behind in the file. It is safe for concurrent use.
type Keys struct {
	path   string
	noSync bool

	mu     sync.Mutex
	file   *os.File
	secret []byte // of the HMAC
	slots  int64
	people map[tag]place  // not those erased
	byID   map[string]key // of the same
}

type (
	tag [sha256.Size]byte
	key [32]byte

	// held is a person's key and its id.
	held struct {
		id  string
		key key
	}
	place struct {
		held
		slot int64
	}
)

// The file is a header (magic, the HMAC's key, check) and slots (1 = in use, id, tag, key, check). A slot whose check is
// wrong was never finished; one of zeros was erased.
const (
	keysMagic  = "stockbridge keys"
	headerSize = 64
	slotSize   = 96
	idSize     = 12
	checkSize  = 16
)

// OpenKeys opens the file of keys, or makes it. A file that is no such file is refused (audit.keys): to begin a new one
// in its place would erase everybody.
func OpenKeys(path string, noSync bool) (*Keys, error) {
	k := &Keys{path: path, noSync: noSync, people: map[tag]place{}, byID: map[string]key{}}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, disk(path, err)
	}
	if info, err := os.Stat(path); err != nil || info.Size() == 0 {
		if err := k.create(); err != nil {
			return nil, disk(path, err)
		}
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0o600)
	if err != nil {
		return nil, disk(path, err)
	}
	k.file = f
	if err := k.load(); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return k, nil
}

// Unused reports whether the file of keys at a path never held anybody: nobody was erased from it either.
func Unused(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Size() <= headerSize
}

// create writes a file without slots beside its place and renames it, so that a header is whole or not there.
func (k *Keys) create() error {
	header := append([]byte(keysMagic), random(sha256.Size)...)
	header = append(header, check(header)...)
	tmp := k.path + ".new"
	f, err := os.OpenFile(tmp, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(header)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(tmp, k.path); err != nil {
		return err
	}
	syncFolder(filepath.Dir(k.path))
	return nil
}

func (k *Keys) load() error {
	b, err := os.ReadFile(k.path)
	if err != nil {
		return disk(k.path, err)
	}
	const body = headerSize - checkSize
	if len(b) < headerSize || string(b[:len(keysMagic)]) != keysMagic || !bytes.Equal(b[body:headerSize], check(b[:body])) {
		return fault.New("audit.keys", fault.Args{"path": k.path})
	}
	k.secret = b[len(keysMagic):body]
	b = b[headerSize:]
	k.slots = int64(len(b) / slotSize) // a slot that was cut off is written again
	for i := range k.slots {
		s := b[i*slotSize:][:slotSize]
		const end = slotSize - checkSize
		if s[0] != 1 || !bytes.Equal(s[end:], check(s[:end])) {
			continue
		}
		k.add(place{held{text(s[4 : 4+idSize]), key(s[4+idSize+sha256.Size:])}, i}, tag(s[4+idSize:]))
	}
	return nil
}

func (k *Keys) add(p place, t tag) { k.people[t], k.byID[p.id] = p, p.key }

func check(b []byte) []byte {
	h := sha256.Sum256(b)
	return h[:checkSize]
}

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails (crypto/rand)
	return b
}

func (k *Keys) tag(person string) tag {
	m := hmac.New(sha256.New, k.secret)
	m.Write([]byte(record.FoldEmail(person)))
	return tag(m.Sum(nil))
}

// of fills in the keys of people, by folded e-mail address. Those made for it are durable before it returns.
func (k *Keys) of(people map[string]held) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	var slots []byte
	made := map[tag]place{}
	for person := range people {
		t := k.tag(person)
		p, ok := k.people[t]
		if !ok {
			p.slot = k.slots + int64(len(made))
			s := append(append([]byte{1, 0, 0, 0}, random(idSize)...), t[:]...)
			s = append(s, random(len(key{}))...)
			p.held = held{text(s[4 : 4+idSize]), key(s[4+idSize+len(t):])}
			slots, made[t] = append(append(slots, s...), check(s)...), p
		}
		people[person] = p.held
	}
	if len(made) == 0 {
		return nil
	}
	if err := k.write(slots, k.slots); err != nil {
		return err
	}
	k.slots += int64(len(made))
	for t, p := range made {
		k.add(p, t)
	}
	return nil
}

func (k *Keys) write(b []byte, slot int64) error {
	_, err := k.file.WriteAt(b, headerSize+slot*slotSize)
	if err == nil && !k.noSync {
		err = k.file.Sync()
	}
	return disk(k.path, err)
}

// Find is the id of a person's key, as entries name it; "" where nothing is kept of the person.
func (k *Keys) Find(person string) string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.people[k.tag(person)].id
}

// Erase deletes a person's key, for all trails: their values can't be read any more. It reports whether there was one.
func (k *Keys) Erase(person string) (bool, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	t := k.tag(person)
	p, ok := k.people[t]
	if !ok {
		return false, nil
	}
	if err := k.write(make([]byte, slotSize), p.slot); err != nil {
		return false, err
	}
	delete(k.people, t)
	delete(k.byID, p.id)
	return true, nil
}

// get returns a key by its id.
func (k *Keys) get(id string) (key, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	v, ok := k.byID[id]
	return v, ok
}

// Close lets go of the file.
func (k *Keys) Close() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return disk(k.path, k.file.Close())
}

// syncFolder makes a new file's name durable where the system can do that (Windows does it by itself).
func syncFolder(dir string) {
	if f, err := os.Open(dir); err == nil {
		_ = f.Sync()
		_ = f.Close()
	}
}

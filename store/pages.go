package store

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"io"
)

// The layout of a bbolt file (go.etcd.io/bbolt/internal/common: page.go, meta.go, inode.go), numbers as the processors we
// run on keep them, low byte first. It is read here by hand because bolt's own check follows whatever a damaged page
// says: into memory that isn't there, or round in a circle, and either ends the process instead of being an error.
const (
	pageHeader  = 16 // id 8, flags 2, count 2, overflow 4
	pageElement = 16 // branch: pos 4, key size 4, page 8; leaf: flags 4, pos 4, key size 4, value size 4
	metaLength  = 64 // magic 4, version 4, page size 4, flags 4, root 8, sequence 8, freelist 8, high water 8, txid 8, sum 8
	boltMagic   = 0xED0CDAED

	flagBranch, flagLeaf, flagFreelist = 1, 2, 16
	flagBucket                         = 1 // of a leaf element
	bucketHead                         = 16
	manyFree                           = 0xFFFF // the count is then the list's first number
)

// pages reads a bolt file page by page.
type pages struct {
	file                  io.ReaderAt
	size                  uint64 // of a page, in bytes
	root, freelist, limit uint64 // page numbers; limit is the first one not in use
	seen                  []bool
	free                  uint64 // how many pages the list of free ones has
}

// checkPages reports what is wrong with the structure of a bolt file: every page in use is reached exactly once, is what
// it should be and keeps its keys in order; every other is in the list of free ones. No file makes it panic, hang or
// read beyond length bytes. Nobody may write meanwhile.
func checkPages(file io.ReaderAt, pageSize int, length int64) error {
	p, err := openPages(file, pageSize, length)
	if err != nil {
		return err
	}
	if err := p.tree(p.root, nil, nil, true); err != nil {
		return err
	}
	for id, seen := range p.seen {
		if !seen {
			return fmt.Errorf("page %d is lost", id)
		}
	}
	return nil
}

// openPages reads a file's head and its list of free pages.
func openPages(file io.ReaderAt, pageSize int, length int64) (*pages, error) {
	p := &pages{file: file, size: uint64(pageSize)}
	if err := p.head(length); err != nil {
		return nil, err
	}
	p.seen = make([]bool, p.limit)
	p.seen[0], p.seen[1] = true, true
	return p, p.freePages()
}

// head finds the newer of the two heads that are whole.
func (p *pages) head(length int64) error {
	newest, found := uint64(0), false
	for i := range uint64(2) {
		b := make([]byte, metaLength)
		if _, err := p.file.ReadAt(b, int64(i*p.size+pageHeader)); err != nil {
			continue // too short for it
		}
		sum := fnv.New64a()
		_, _ = sum.Write(b[:56]) // a hash takes everything
		txid := binary.LittleEndian.Uint64(b[48:])
		if binary.LittleEndian.Uint32(b) != boltMagic || binary.LittleEndian.Uint64(b[56:]) != sum.Sum64() || found && txid < newest {
			continue
		}
		newest, found = txid, true
		p.root, p.freelist, p.limit = binary.LittleEndian.Uint64(b[16:]), binary.LittleEndian.Uint64(b[32:]), binary.LittleEndian.Uint64(b[40:])
	}
	switch {
	case !found:
		return fmt.Errorf("neither head is whole")
	case p.limit < 2 || p.limit > uint64(length)/p.size:
		return fmt.Errorf("%d pages don't fit into %d bytes", p.limit, length)
	}
	return nil
}

// page reads a page with those that belong to it, and marks them as seen. Its id and kind must be right.
func (p *pages) page(id uint64, flags ...uint16) (body []byte, kind, count uint16, err error) {
	if id < 2 || id >= p.limit {
		return nil, 0, 0, fmt.Errorf("page %d is none of %d", id, p.limit)
	}
	var h [pageHeader]byte
	if _, err := p.file.ReadAt(h[:], int64(id*p.size)); err != nil {
		return nil, 0, 0, err
	}
	kind, count = binary.LittleEndian.Uint16(h[8:]), binary.LittleEndian.Uint16(h[10:])
	more := uint64(binary.LittleEndian.Uint32(h[12:]))
	fits := false
	for _, f := range flags {
		fits = fits || f == kind
	}
	if said := binary.LittleEndian.Uint64(h[:]); said != id || !fits || more >= p.limit-id {
		return nil, 0, 0, fmt.Errorf("page %d says it is page %d of kind %d with %d more", id, said, kind, more)
	}
	for i := id; i <= id+more; i++ {
		if p.seen[i] {
			return nil, 0, 0, fmt.Errorf("page %d is used twice", i)
		}
		p.seen[i] = true
	}
	body = make([]byte, (more+1)*p.size)
	_, err = p.file.ReadAt(body, int64(id*p.size))
	return body, kind, count, err
}

// freePages reads the list of free pages.
func (p *pages) freePages() error {
	body, _, count, err := p.page(p.freelist, flagFreelist)
	if err != nil {
		return err
	}
	ids := body[pageHeader:]
	n := uint64(count)
	if count == manyFree {
		n, ids = binary.LittleEndian.Uint64(ids), ids[8:]
	}
	if n > uint64(len(ids))/8 {
		return fmt.Errorf("the list of %d free pages doesn't fit its page", n)
	}
	for i := range n {
		id := binary.LittleEndian.Uint64(ids[i*8:])
		if id < 2 || id >= p.limit || p.seen[id] {
			return fmt.Errorf("page %d can't be free", id)
		}
		p.seen[id] = true
	}
	p.free = n
	return nil
}

// tree checks the pages below one: their keys are at least from and less than to (nil: no limit). Only the tree at the
// top has buckets in it.
func (p *pages) tree(id uint64, from, to []byte, top bool) error {
	body, kind, count, err := p.page(id, flagBranch, flagLeaf)
	if err != nil {
		return err
	}
	if kind == flagLeaf {
		return p.leaf(id, body, count, from, to, top)
	}
	keys := make([][]byte, count+1)
	children := make([]uint64, count)
	for i := range count {
		at := pageHeader + pageElement*uint64(i)
		if at+pageElement > uint64(len(body)) {
			return fmt.Errorf("page %d is too short for %d entries", id, count)
		}
		e := body[at:]
		children[i] = binary.LittleEndian.Uint64(e[8:])
		if keys[i], err = part(e, binary.LittleEndian.Uint32(e), binary.LittleEndian.Uint32(e[4:])); err != nil {
			return fmt.Errorf("page %d: %w", id, err)
		}
	}
	keys[count] = to
	if count == 0 || from != nil && bytes.Compare(keys[0], from) < 0 {
		return fmt.Errorf("page %d begins before its place", id)
	}
	for i, child := range children {
		if next := keys[i+1]; next != nil && bytes.Compare(keys[i], next) >= 0 {
			return fmt.Errorf("the keys of page %d are out of order", id)
		}
		if err := p.tree(child, keys[i], keys[i+1], top); err != nil {
			return err
		}
	}
	return nil
}

// leaf checks the entries of a leaf; body may be the inside of a bucket so small that it has no page of its own.
func (p *pages) leaf(id uint64, body []byte, count uint16, from, to []byte, top bool) error {
	last := from
	for i := range count {
		at := pageHeader + pageElement*uint64(i)
		if at+pageElement > uint64(len(body)) {
			return fmt.Errorf("page %d is too short for %d entries", id, count)
		}
		e := body[at:]
		pos, keySize, valueSize := binary.LittleEndian.Uint32(e[4:]), binary.LittleEndian.Uint32(e[8:]), binary.LittleEndian.Uint32(e[12:])
		key, err := part(e, pos, keySize)
		if err != nil {
			return fmt.Errorf("page %d: %w", id, err)
		}
		value, err := part(e[uint64(pos)+uint64(keySize):], 0, valueSize)
		if err != nil {
			return fmt.Errorf("page %d: %w", id, err)
		}
		order := bytes.Compare(last, key)
		if last != nil && (order > 0 || order == 0 && i > 0) || to != nil && bytes.Compare(key, to) >= 0 {
			return fmt.Errorf("the keys of page %d are out of order", id)
		}
		last = key
		if isBucket := binary.LittleEndian.Uint32(e)&flagBucket != 0; isBucket != top {
			return fmt.Errorf("page %d has a bucket where none belongs, or none where one does", id)
		}
		if top {
			if err := p.bucket(id, value); err != nil {
				return err
			}
		}
	}
	return nil
}

// bucket checks what the value of a bucket's entry leads to.
func (p *pages) bucket(id uint64, value []byte) error {
	if len(value) < bucketHead {
		return fmt.Errorf("page %d has half a bucket", id)
	}
	if root := binary.LittleEndian.Uint64(value); root != 0 {
		return p.tree(root, nil, nil, false)
	}
	inside := value[bucketHead:]
	if len(inside) < pageHeader || binary.LittleEndian.Uint16(inside[8:]) != flagLeaf {
		return fmt.Errorf("page %d has half a bucket", id)
	}
	return p.leaf(id, inside, binary.LittleEndian.Uint16(inside[10:]), nil, nil, false)
}

// part cuts size bytes at pos out of b.
func part(b []byte, pos, size uint32) ([]byte, error) {
	if uint64(pos)+uint64(size) > uint64(len(b)) {
		return nil, fmt.Errorf("an entry reaches beyond it")
	}
	return b[pos : uint64(pos)+uint64(size)], nil
}

package audit

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
)

// longestLine is the most that is read as one line, in bytes; a file without line ends doesn't fill the memory.
const longestLine = 64 << 20

// line is one line of a file.
type line struct {
	raw    []byte // without its end; valid until the next one is read
	offset int64
	number int  // from 1
	ended  bool // by a line end
}

// size is how many bytes of the file it takes.
func (l *line) size() int64 {
	n := int64(len(l.raw))
	if l.ended {
		n++
	}
	return n
}

// forward calls fn with each line of a month from an offset on, up to a size (0: all), until it returns false.
func forward(dir, month string, from, size int64, fn func(*line) bool) error {
	f, err := os.Open(pathOf(dir, month))
	if err != nil {
		return disk(dir, err)
	}
	defer f.Close()
	var in io.Reader = f
	if from > 0 {
		if _, err := f.Seek(from, io.SeekStart); err != nil {
			return disk(dir, err)
		}
	}
	if size > 0 {
		in = io.LimitReader(f, size-from)
	}
	r := bufio.NewReaderSize(in, 64<<10)
	l := line{offset: from}
	var long []byte
	for {
		part, err := r.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) && len(long) < longestLine {
			long = append(long, part...)
			continue
		}
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
			return disk(dir, err)
		}
		if len(long) > 0 {
			long = append(long, part...)
			part = long
		}
		if len(part) == 0 {
			return nil
		}
		l.raw, l.ended = bytes.CutSuffix(part, []byte{'\n'})
		l.number++
		if !fn(&l) {
			return nil
		}
		l.offset += l.size()
		long = long[:0]
	}
}

// block is how much is read at once from a file's end.
const block = 128 << 10

// backward calls fn with each line of a month, the last one first, until it returns false. What is no whole line at the
// end is one too.
func backward(dir, month string, fn func(raw []byte) bool) error {
	f, err := os.Open(pathOf(dir, month))
	if err != nil {
		return disk(dir, err)
	}
	defer f.Close()
	at, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return disk(dir, err)
	}
	var rest []byte // of a line that begins before at
	for at > 0 {
		n := min(at, block)
		at -= n
		part := make([]byte, n, int(n)+len(rest))
		if _, err := f.ReadAt(part, at); err != nil {
			return disk(dir, err)
		}
		rest = append(part, rest...)
		for {
			body := bytes.TrimSuffix(rest, []byte{'\n'})
			i := bytes.LastIndexByte(body, '\n')
			if i < 0 {
				break
			}
			if len(body) > i+1 && !fn(body[i+1:]) {
				return nil
			}
			rest = rest[:i+1]
		}
		if len(rest) > longestLine {
			return nil
		}
	}
	if body := bytes.TrimSuffix(rest, []byte{'\n'}); len(body) > 0 {
		fn(body)
	}
	return nil
}

// firstEntry is the entry a month begins with.
func firstEntry(dir, month string) (e Entry, ok bool) {
	err := forward(dir, month, 0, 0, func(l *line) bool {
		e, _, ok = decode(l.raw)
		return false
	})
	return e, ok && err == nil
}

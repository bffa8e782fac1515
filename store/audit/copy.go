package audit

import (
	"io"
	"os"
)

// CopyTo writes the trail's files, as they are at this moment, to what create returns for their names: for a backup.
func (t *Trail) CopyTo(create func(name string) (io.Writer, error)) error {
	t.mu.Lock()
	head, size := t.head, t.size
	if t.file == nil {
		size = 0
	}
	t.mu.Unlock()
	return Copy(t.dir, head, size, create)
}

// Copy is Trail.CopyTo for the trail in a folder that nobody writes to, or up to a head and a size of its file.
func Copy(dir string, head Head, size int64, create func(name string) (io.Writer, error)) error {
	all, err := months(dir)
	if err != nil {
		return err
	}
	for _, month := range all {
		limit := int64(0)
		if month == head.File {
			limit = size
		} else if month > head.File && head.File != "" {
			break // it began since
		}
		if err := copyFile(pathOf(dir, month), limit, func() (io.Writer, error) { return create(month + suffix) }); err != nil {
			return disk(dir, err)
		}
	}
	return nil
}

// CopyTo writes the file of keys: for a backup. What it holds of people are their keys, no names.
func (k *Keys) CopyTo(w io.Writer) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return disk(k.path, copyFile(k.path, 0, func() (io.Writer, error) { return w, nil }))
}

// copyFile copies a file, up to a size (0: all).
func copyFile(path string, size int64, create func() (io.Writer, error)) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	w, err := create()
	if err != nil {
		return err
	}
	var in io.Reader = f
	if size > 0 {
		in = io.LimitReader(f, size)
	}
	_, err = io.Copy(w, in)
	return err
}

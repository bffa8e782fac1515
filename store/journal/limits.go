package journal

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Limit replaces what bounds the disk, and removes what is too much now. Zero fields mean their defaults.
func (j *Journal) Limit(o Options) error {
	o.limits()
	j.mu.Lock()
	defer j.mu.Unlock()
	j.opts.Day, j.opts.Days, j.opts.Total = o.Day, o.Days, o.Total
	return j.prune(j.opts.Now())
}

// prune removes the files of days that are over, the oldest first, until the rest is within the limits. A file that
// can't be removed (on Windows: being read) goes the next time.
func (j *Journal) prune(now time.Time) error {
	days, err := j.days()
	if err != nil {
		return err
	}
	sizes, total := make([]int64, len(days)), int64(0)
	for i, day := range days {
		if info, err := os.Stat(j.path(day)); err == nil {
			sizes[i] = info.Size()
			total += info.Size()
		}
	}
	first := now.UTC().AddDate(0, 0, 1-j.opts.Days).Format(time.DateOnly)
	today := now.UTC().Format(time.DateOnly)
	for i, day := range days { // the oldest first
		if day == j.day || day >= today || day >= first && total <= j.opts.Total {
			continue
		}
		if os.Remove(j.path(day)) == nil {
			total -= sizes[i]
		}
	}
	return nil
}

// days lists the days there are files of, the oldest first.
func (j *Journal) days() ([]string, error) {
	entries, err := os.ReadDir(j.dir)
	if err != nil {
		return nil, j.disk(err)
	}
	var days []string
	for _, e := range entries {
		day, ok := strings.CutSuffix(e.Name(), suffix)
		if _, err := time.Parse(time.DateOnly, day); ok && err == nil {
			days = append(days, day)
		}
	}
	slices.Sort(days)
	return days, nil
}

func (j *Journal) path(day string) string { return filepath.Join(j.dir, day+suffix) }

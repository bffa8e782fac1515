package service_test

import (
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"stockbridge/sync/record"
	"stockbridge/sync/settings"
)

// A quiet month leaves no trace: nothing is written to either system, the state does not grow by a byte, and the journal
// stays at what its days take: what is added to it each day, as many bytes go at its other end.
func TestLifeQuiet(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLife(t, 7)
		l.conf.Journal.Days = 7
		for _, k := range record.Kinds() {
			l.conf.Flows.Schedule(k).Every = settings.Duration(time.Hour)
		}
		l.begin()
		for range 20 {
			l.order()
		}
		l.sleepUntil(time.Now().Add(25 * time.Hour)) // with a full reading at night
		before, writes := l.disk(), l.countWrites()
		var daily []disk
		for range 30 {
			l.sleepUntil(time.Now().Add(24 * time.Hour))
			daily = append(daily, l.disk())
		}
		if n := l.countWrites() - writes; n != 0 {
			l.broke("%d writes in a quiet month", n)
		}
		full := daily[8].journal
		for n, d := range daily {
			switch {
			case d.state > before.state || d.other > before.other:
				l.broke("day %d: %+v, %+v before", n+1, d, before)
			case n > 8 && d.journal > full+full/10:
				l.broke("day %d: the journal has %d bytes, %d when its days were full", n+1, d.journal, full)
			}
		}
		l.end()
	})
}

// disk is what a data folder takes of the disk, in bytes.
type disk struct{ state, journal, other int64 }

func (l *life) disk() (d disk) {
	l.must(filepath.WalkDir(l.svc.dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(l.svc.dir, name)
		switch {
		case strings.HasPrefix(rel, "state"):
			d.state += info.Size()
		case strings.HasPrefix(rel, "journal"):
			d.journal += info.Size()
		default:
			d.other += info.Size()
		}
		return err
	}))
	return d
}

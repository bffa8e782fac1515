package service

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"stockbridge/store/secret"
	"stockbridge/sync/fault"
	"stockbridge/sync/ipc"
	"stockbridge/sync/record"
	"stockbridge/sync/settings"
)

// skewAllowed is how far a server's clock may be from ours before doctor mentions it.
const skewAllowed = 2 * time.Minute

// Doctor implements ipc.Upkeep: everything a support call would ask first. It writes nothing.
func (s *Service) Doctor(ctx context.Context) (ipc.DoctorAnswer, error) {
	d := &doctor{}
	d.say("service", true, "version %s, process %d, installation %s", s.opts.Version, os.Getpid(), s.installation)
	d.folder(s.opts.Dir)
	d.keychain(ctx, s)
	if len(s.Status(ctx).Connections) == 0 {
		d.say("connections", false, "none yet: stockbridge connection import FILE")
	}
	for _, c := range s.all() {
		d.connection(ctx, c)
	}
	for _, c := range s.Status(ctx).Connections {
		if _, err := s.one(c.Name); err != nil {
			d.say("connection "+c.Name, false, "%s", fault.As(err).Sentence())
		}
	}
	return d.answer, nil
}

type doctor struct{ answer ipc.DoctorAnswer }

func (d *doctor) say(area string, ok bool, format string, args ...any) {
	d.answer.Checks = append(d.answer.Checks, ipc.DoctorCheck{Area: area, OK: ok, Text: fmt.Sprintf(format, args...)})
}

func (d *doctor) folder(dir string) {
	probe := filepath.Join(dir, ".probe")
	err := os.WriteFile(probe, []byte("x"), 0o600)
	if err == nil {
		err = os.Remove(probe)
	}
	if err != nil {
		d.say("data folder", false, "%s can't be written: %v", dir, err)
		return
	}
	size := map[string]int64{}
	_ = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error { // what can't be read counts as empty
		if err == nil && !e.IsDir() {
			if info, err := e.Info(); err == nil {
				rel, _ := filepath.Rel(dir, path)
				top, _, _ := strings.Cut(filepath.ToSlash(rel), "/")
				size[top] += info.Size()
			}
		}
		return nil
	})
	d.say("data folder", true, "%s: state %d KiB, journal %d KiB", dir, size["state"]>>10, size["journal"]>>10)
}

func (d *doctor) keychain(ctx context.Context, s *Service) {
	d.say("keychain", true, "secrets are in: %s", s.keys.Place())
	for _, c := range s.all() {
		for _, f := range settings.SecretFields(c.conf) {
			v, err := s.keys.Get(ctx, secret.Name{Connection: c.conf.Name, Side: f.Side, Field: f.Field})
			switch {
			case err != nil:
				d.say("keychain", false, "%s %s %s: %s", c.conf.Name, f.Side, f.Field, fault.As(err).Sentence())
			case v.Empty():
				d.say("keychain", false, "%s %s %s is not set", c.conf.Name, f.Side, f.Field)
			default:
				d.say("keychain", true, "%s %s %s is set", c.conf.Name, f.Side, f.Field)
			}
		}
	}
}

func (d *doctor) connection(ctx context.Context, c *connection) {
	area := "connection " + c.conf.Name
	for _, t := range c.test(ctx) {
		d.side(area, c.s.now(), t.SideTest, t.facts.Now)
	}
	links, err := c.db.CountLinks(record.KindItem)
	if err != nil {
		d.say(area, false, "%s", fault.As(err).Sentence())
		return
	}
	st := c.status(c.s.now())
	d.say(area, st.Problems == 0, "%d linked items, %d problems wait for a person, state %s", links, st.Problems, st.State)
	for _, f := range st.Flows {
		if f.Fault != nil {
			d.say(area, false, "%s stands still: %s", f.Kind, f.Fault.Text)
		}
	}
}

func (d *doctor) side(area string, now time.Time, t ipc.SideTest, theirs time.Time) {
	if !t.OK {
		d.say(area, false, "%s: %s", t.Side, t.Fault.Text)
		return
	}
	d.say(area, true, "%s: %s %s, %s", t.Side, t.System, t.Version, t.Company)
	for _, n := range t.Notes {
		d.say(area, !strings.HasPrefix(n, "note: "), "%s: %s", t.Side, n)
	}
	if skew := theirs.Sub(now).Abs(); !theirs.IsZero() && skew > skewAllowed {
		d.say(area, false, "%s: its clock is %s away from this machine's", t.Side, skew.Round(time.Second))
	}
}

package journal

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"

	"stockbridge/sync/endpoint"
	"stockbridge/sync/engine"
	"stockbridge/sync/fault"
	"stockbridge/sync/plan"
	"stockbridge/sync/record"
)

// largest is how many bytes a line may have that holds records; of one above it only the outcome is kept.
const largest = 256 << 10

// manyHolds is how many held records are remembered at most, so that the same trouble is written once a day.
const manyHolds = 50_000

// evidence writes a connection's decisions into its journal.
type evidence struct {
	j          *Journal
	connection string
	redact     func([]byte) []byte
}

// Evidence is what a run hands its decisions to. redact takes secrets out of a line (web.Client.Redact of both sides);
// nil leaves lines as they are.
func (j *Journal) Evidence(connection string, redact func([]byte) []byte) engine.Evidence {
	if redact == nil {
		redact = func(b []byte) []byte { return b }
	}
	return evidence{j, connection, redact}
}

// Call implements engine.Evidence.
func (v evidence) Call() string { return v.j.newID(v.j.opts.Now()) }

// Decided implements engine.Evidence.
func (v evidence) Decided(call string, d *engine.Decision, rules *plan.Rules) {
	decided := Decided(d, rules)
	if len(decided) == 0 {
		return
	}
	settings, digest, err := settingsOf(rules)
	if err != nil {
		v.j.lose(err)
		return
	}
	at := v.j.opts.Now().UTC()
	decided = v.j.news(at, digest, decided)
	lines := make([][]byte, 0, len(decided))
	for i := range decided {
		row := &decided[i]
		row.Rules = digest
		e := v.entry(at, call, row.family(), row.keys())
		e.Decided = row
		line, err := json.Marshal(e)
		if len(line) > largest {
			row.Read, row.Found, e.Short = nil, nil, true
			for n := range row.Changes {
				row.Changes[n].Type, row.Changes[n].Body = "", nil
			}
			line, err = json.Marshal(e)
		}
		if err != nil {
			v.j.lose(err)
			continue
		}
		lines = append(lines, v.redact(line))
	}
	e := v.entry(at, "", "", nil)
	e.Rules = &Rules{Digest: digest}
	e.Rules.Rules = settings
	line, err := json.Marshal(e)
	if err != nil {
		v.j.lose(err)
		return
	}
	v.j.put(at, digest, append([][]byte{line}, lines...), products(d.Wanted[0].Key.Kind))
}

// Answered implements engine.Evidence.
func (v evidence) Answered(call string, sent []plan.Change, results []endpoint.Result) {
	if len(sent) == 0 {
		return
	}
	var keys []string
	answers := make([]Answer, 0, len(sent))
	for i := range sent {
		if i >= len(results) {
			break
		}
		a := answer(&sent[i], results[i])
		answers = append(answers, a)
		for _, k := range []string{a.Key, a.Source, a.Ref, a.Number} {
			if k != "" && (len(keys) == 0 || !slices.Contains(keys[max(0, len(keys)-8):], k)) {
				keys = append(keys, k)
			}
		}
	}
	at := v.j.opts.Now().UTC()
	e := v.entry(at, call, sent[len(sent)-1].Key.Kind.Family(), keys)
	e.Answered = answers
	line, err := json.Marshal(e)
	if err != nil {
		v.j.lose(err)
		return
	}
	v.j.put(at, "", [][]byte{v.redact(line)}, products(e.Kind))
}

func answer(c *plan.Change, r endpoint.Result) Answer {
	a := Answer{Kind: c.Key.Kind, Key: c.Key.ID, Source: c.Source, Ref: r.Ref, Number: r.Number, Receipt: r.Receipt}
	if r.Err != nil {
		e := fault.As(r.Err)
		a.Code, a.Args = e.Code, e.Args
		if e.Err != nil {
			a.Detail = e.Err.Error()
		}
	}
	return a
}

func (v evidence) entry(at time.Time, call string, kind record.Kind, keys []string) Entry {
	return Entry{ID: v.j.newID(at), At: at, Connection: v.connection, Kind: kind, Keys: keys, Call: call}
}

// settingsOf returns the rules as they are written, and their digest.
func settingsOf(rules *plan.Rules) (plan.Rules, string, error) {
	text, err := json.Marshal(rules)
	sum := sha256.Sum256(text)
	return *rules, hex.EncodeToString(sum[:8]), err
}

// news leaves out the decisions that only say again what today's last line of the same record said: a held record is
// looked at over and over, and an idle service writes nothing to disk.
func (j *Journal) news(at time.Time, digest string, all []Decision) []Decision {
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := j.turn(at.Format(time.DateOnly)); err != nil {
		j.failed = err
		j.drop()
		return all
	}
	return slices.DeleteFunc(all, func(d Decision) bool {
		n := string(d.family()) + " " + name(d.Source, d.family(), "")
		if len(d.Changes)+len(d.Settled) > 0 {
			delete(j.holds, n)
			return false
		}
		text, err := json.Marshal(d.Held)
		if err != nil {
			return false
		}
		h := sha256.Sum256(append(text, digest...))
		sum := record.Sum(h[:16])
		if j.holds[n] == sum {
			return true
		}
		if len(j.holds) >= manyHolds {
			clear(j.holds)
		}
		j.holds[n] = sum
		return false
	})
}

// products reports whether lines are about products.
func products(k record.Kind) bool { return k.Family() == record.KindItem }

// put adds lines to the file of a day. The first is the settings of a digest, and left out where the file has them.
// Lines about products leave a quarter of the day's share to the rest: on the day of a first run there are hundreds of
// thousands, and orders too.
func (j *Journal) put(at time.Time, digest string, lines [][]byte, products bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	err := j.turn(at.Format(time.DateOnly))
	room := func() bool { return err == nil && !j.full() && (!products || j.size < j.opts.Day/4*3) }
	if digest != "" && room() {
		if j.rules[digest] || len(lines) == 1 {
			lines = lines[1:]
		}
		j.rules[digest] = j.rules[digest] || len(lines) > 0
	}
	for _, line := range lines {
		if room() {
			err = j.line(line)
		}
	}
	if err != nil {
		j.failed = err
		j.drop()
	}
}

// lose remembers why a line was lost; Flush tells it.
func (j *Journal) lose(err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.failed = err
}

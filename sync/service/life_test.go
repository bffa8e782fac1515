package service_test

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"stockbridge/sync/ipc"
	"stockbridge/sync/record"
)

// lifeSeeds are lived every time. A seed that once broke something stays in the list, with what it found.
func lifeSeeds() []lifeSeed {
	return []lifeSeed{
		{6, "after the state was lost, orders cancelled since they were taken were passed over in silence"},
		{79, "a login wall's page in place of the answer counted as a note about a shipment"},
	}
}

type lifeSeed struct {
	seed  uint64
	found string
}

// lifeDays is how long a life is, in simulated days.
const lifeDays = 30

// TestLife lives whole merchants' months in virtual time: people in Business Central, shoppers, a person at the
// window, networks that fail, processes that are killed, clocks that jump. One seed is one life. What it asserts is in
// life_check_test.go.
//
// STOCKBRIDGE_LIFE_SEEDS lives other seeds instead: "200" the seeds 1 to 200, "17-40" a range.
func TestLife(t *testing.T) {
	seeds := lifeSeeds()
	if text := os.Getenv("STOCKBRIDGE_LIFE_SEEDS"); text != "" {
		seeds = seedRange(t, text)
	}
	for _, s := range seeds {
		t.Run(strconv.FormatUint(s.seed, 10), func(t *testing.T) {
			t.Parallel()
			live(t, s)
		})
	}
}

// live runs one life in a bubble of its own.
func live(t *testing.T, s lifeSeed) {
	synctest.Test(t, func(t *testing.T) {
		l := newLife(t, s.seed)
		defer func() {
			if t.Failed() {
				t.Logf("seed %d (%s); live it again with STOCKBRIDGE_LIFE_SEEDS=%d-%d", s.seed, s.found, s.seed, s.seed)
			}
		}()
		l.begin()
		days := lifeDays
		if testing.Short() {
			days = 5
		}
		l.days(days)
		l.calm()
		l.end()
		l.checkSecrets()
		t.Log(l.summary())
	})
}

func seedRange(t *testing.T, text string) (out []lifeSeed) {
	t.Helper()
	from, to, isRange := strings.Cut(text, "-")
	if !isRange {
		from, to = "1", text
	}
	a, err := strconv.ParseUint(from, 10, 64)
	if err != nil {
		t.Fatalf("STOCKBRIDGE_LIFE_SEEDS is %q, not a number or a range: %v", text, err)
	}
	b, err := strconv.ParseUint(to, 10, 64)
	if err != nil || b < a {
		t.Fatalf("STOCKBRIDGE_LIFE_SEEDS is %q, not a number or a range", text)
	}
	for s := a; s <= b; s++ {
		out = append(out, lifeSeed{s, "a range of seeds"})
	}
	return out
}

// days lives n days: one thing after another happens, each at its own moment.
func (l *life) days(n int) {
	end := time.Now().AddDate(0, 0, n)
	things := lifeThings()
	perDay := 0.0
	for _, x := range things {
		perDay += x.perDay
	}
	for l.alive() {
		next := time.Now().Add(time.Duration(l.rnd.ExpFloat64() / perDay * float64(24*time.Hour)))
		if next.After(end) {
			l.sleepUntil(end)
			return
		}
		l.sleepUntil(next)
		at := l.rnd.Float64() * perDay
		for _, x := range things {
			if at -= x.perDay; at >= 0 {
				continue
			}
			if x.office && !l.officeHours() {
				break
			}
			x.do(l)
			break
		}
	}
}

// officeHours: people at Business Central work from seven to seven, shoppers and trouble never sleep.
func (l *life) officeHours() bool {
	at := time.Now().In(l.zone)
	return at.Hour() >= 7 && at.Hour() < 19 && at.Weekday() != time.Sunday
}

// sleepUntil lets time pass. What was planned for later happens meanwhile, the state is looked at from time to time,
// and a process that was killed is started again.
func (l *life) sleepUntil(end time.Time) {
	for l.alive() {
		next := end
		for _, at := range []time.Time{l.nextPlan(), l.nextLook} {
			if !at.IsZero() && at.Before(next) {
				next = at
			}
		}
		timer := time.NewTimer(time.Until(next))
		select {
		case <-l.svc.died:
			timer.Stop()
			l.resurrect()
			continue
		case <-timer.C:
		}
		now := time.Now()
		l.runPlans(now)
		if !now.Before(l.nextLook) {
			l.look()
			l.nextLook = now.Add(lookEvery)
		}
		if !now.Before(end) {
			return
		}
	}
}

// alive ends a life at its first break: what follows from it says nothing new.
func (l *life) alive() bool { return !l.t.Failed() }

// broke is a broken promise: the test fails and says what happened around it.
func (l *life) broke(format string, args ...any) {
	l.fail(l.tail(60), format, args...)
}

// brokeFor is broke for one record: what happened to it (words find it in the history), and what the service says of it.
func (l *life) brokeFor(k record.Kind, key, words, format string, args ...any) {
	x, err := l.svc.api.Explain(l.ctx(), ipc.ExplainRequest{Connection: shopName, Kind: k, Key: key})
	l.fail(fmt.Sprintf("%s\n%s %s -> %s %v\n%s", l.about(words, 60), x.State, x.Ref, x.To, err, strings.Join(x.Steps, "\n")), format, args...)
}

// brokeOrder is brokeFor an order of the shop.
func (l *life) brokeOrder(id int, format string, args ...any) {
	l.brokeFor(record.KindOrder, strconv.Itoa(id), orderWords(id), format, args...)
}

// brokeItem is brokeFor an item.
func (l *life) brokeItem(number, format string, args ...any) {
	l.brokeFor(record.KindStock, number, itemWords(number), format, args...)
}

// mostBreaks is how many breaks of a life are told with their history; the others are only named.
const mostBreaks = 2

func (l *life) fail(history, format string, args ...any) {
	if l.breaks.Add(1) > mostBreaks {
		history = ""
	}
	l.t.Errorf("%s\nseed %d, %s\n%s", fmt.Sprintf(format, args...), l.seed, time.Now().In(l.zone).Format(time.DateTime), history)
}

package service_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	bcsim "stockbridge/sync/bc/sim"
	"stockbridge/sync/fault"
	"stockbridge/sync/ipc"
	"stockbridge/sync/record"
	woosim "stockbridge/sync/shops/woocommerce/sim"
)

// What the person at the window does, and what goes wrong.

func deskThings() []thing {
	return []thing{
		{2, true, (*life).decide}, {0.6, false, (*life).syncNow}, {0.3, true, (*life).pauseFor}, {0.2, true, (*life).dryRun},
		{0.6, true, (*life).ask}, {0.1, true, (*life).reconcile}, {0.5, true, (*life).signInAgain},
	}
}

func troubles() []thing {
	return []thing{
		{1.2, false, (*life).storm}, {0.4, false, (*life).outage}, {0.25, false, (*life).nightDown}, {0.15, false, (*life).maintenance},
		{0.08, false, (*life).wrongPassword}, {0.9, false, (*life).lightFuse}, {0.2, false, (*life).killNow}, {0.3, false, (*life).restart},
		{0.12, false, (*life).clockJump}, {0.15, false, (*life).clockDrift}, {0.015, false, (*life).loseState},
	}
}

// problems lists what waits.
func (l *life) problems() []ipc.Problem {
	all, err := l.svc.api.Problems(l.ctx(), "", "")
	if err != nil {
		l.note("problems: %v", err)
	}
	return all
}

// decide answers one of the problems.
func (l *life) decide() {
	all := l.problems()
	if len(all) == 0 {
		return
	}
	p := one(l, all...)
	action := one(l, ipc.ActionRetry, ipc.ActionRetry, ipc.ActionRetry, ipc.ActionSkip)
	if p.Approvable {
		action = ipc.ActionApprove
	}
	err := l.svc.api.Act(l.ctx(), action, ipc.ProblemRequest{ID: p.ID})
	l.note("desk: %s %s %s (%s): %v", action, p.Kind, p.Key, p.Fault.Code, err)
	if err == nil && action == ipc.ActionSkip {
		l.skipped[keyOf(p.Kind, p.Key)] = true
	}
}

// syncNow asks for a run and does not wait for it.
func (l *life) syncNow() {
	api := l.svc.api
	kinds := one(l, nil, []record.Kind{record.KindOrder}, []record.Kind{record.KindStock, record.KindPrice})
	l.note("desk: sync now %v", kinds)
	l.zombie.Go(func() {
		last, err := api.Sync(l.ctx(), ipc.SyncRequest{Connection: shopName, Kinds: kinds}, nil)
		text, _ := json.Marshal(last)
		l.said("sync", string(text)+fmt.Sprint(err))
	})
}

func (l *life) pauseFor() {
	until := lifeClock(&l.skew, l.zone)().Add(l.between(10*time.Minute, 3*time.Hour))
	l.note("desk: pause until %s: %v", until.Format(time.DateTime), l.svc.api.Pause(l.ctx(), ipc.PauseRequest{Connection: shopName, Until: until}))
}

// dryRun asks what a run would do, while none can run.
func (l *life) dryRun() {
	api := l.svc.api
	l.must(api.Pause(l.ctx(), ipc.PauseRequest{Connection: shopName}))
	defer func() { l.must(api.Resume(l.ctx(), ipc.PauseRequest{Connection: shopName})) }()
	a, err := api.Plan(l.ctx(), ipc.PlanRequest{Connection: shopName})
	l.note("desk: plan: %d lines, %v", len(a.Planned), err)
	l.said("plan", fmt.Sprintf("%+v %v", a, err))
}

// ask looks one thing up.
func (l *life) ask() {
	o, ok := l.anyOrder()
	if !ok {
		return
	}
	x, err := l.svc.api.Explain(l.ctx(), ipc.ExplainRequest{Connection: shopName, Kind: record.KindOrder, Key: o.Number, Live: l.chance(0.5)})
	l.said("explain", fmt.Sprintf("%+v %v", x, err))
	list, err := l.svc.api.Journal(l.ctx(), ipc.JournalRequest{Connection: shopName, Key: o.Number})
	l.said("journal", fmt.Sprintf("%+v %v", list, err))
	l.note("desk: explain and journal of order %s", o.Number)
}

func (l *life) reconcile() {
	r, err := l.svc.api.Reconcile(l.ctx(), ipc.ReconcileRequest{Connection: shopName})
	l.note("desk: reconcile: %v", err)
	l.said("reconcile", fmt.Sprintf("%+v %v", r, err))
}

// said is something the service told a caller; it holds no secret.
func (l *life) said(what, text string) {
	for _, c := range canaries() {
		if strings.Contains(text, c) {
			l.broke("a secret in the answer to %s", what)
		}
	}
}

// signInAgain is what a person does who sees that a sign-in was refused.
func (l *life) signInAgain() {
	st, err := l.svc.api.Status(l.ctx())
	l.must(err)
	for _, c := range st.Connections {
		if c.Fault != nil && c.Fault.Kind == fault.Auth {
			l.rightSecrets()
			l.note("desk: the secrets are typed in again")
		}
	}
}

func (l *life) side() string { return one(l, "bc", "shop") }

// storm breaks three in ten requests.
func (l *life) storm() {
	side, d := l.side(), l.between(5*time.Minute, 3*time.Hour)
	l.note("trouble: 30 %% of what goes to %s breaks, for %s", side, d.Round(time.Minute))
	l.weather[side].set("storm", d)
	if l.chance(0.3) {
		l.weather[map[string]string{"bc": "shop", "shop": "bc"}[side]].set("storm", d)
	}
}

func (l *life) outage() {
	side, kind, d := l.side(), one(l, "down", "page", "busy", "slow"), l.between(time.Minute, 2*time.Hour)
	l.note("trouble: %s is %s, for %s", side, kind, d.Round(time.Minute))
	l.weather[side].set(kind, d)
}

// nightDown is Business Central's backup.
func (l *life) nightDown() {
	now := time.Now().In(l.zone)
	night := time.Date(now.Year(), now.Month(), now.Day()+1, 1, 30, 0, 0, l.zone)
	d := l.between(time.Hour, 6*time.Hour)
	l.after(time.Until(night), func() {
		l.note("trouble: Business Central is down for the night, %s", d.Round(time.Minute))
		l.weather["bc"].set("down", d)
	})
}

func (l *life) maintenance() {
	kind := one(l, woosim.Maintenance, woosim.DatabaseDown, woosim.PHPDown)
	l.shop.SetTrouble(kind)
	l.note("trouble: the shop updates itself (%d)", kind)
	l.after(l.between(time.Minute, time.Hour), func() {
		l.shop.SetTrouble(woosim.Healthy)
		l.note("trouble: the shop is back")
	})
}

const wrongKey = "wR0ng-web-service-key=="

// wrongPassword is a password changed in Business Central, or at the desk, for an hour.
func (l *life) wrongPassword() {
	if l.chance(0.5) {
		l.must(l.svc.api.SetSecret(l.ctx(), ipc.SecretRequest{Connection: shopName, Side: "bc", Field: "password", Value: wrongKey}))
		l.note("trouble: a wrong password was typed in")
	} else {
		l.must(l.bc.Change(func(o *bcsim.Options) { o.Key = "another one" }))
		l.note("trouble: the password was changed in Business Central")
	}
	l.after(time.Hour, func() {
		l.must(l.bc.Change(func(o *bcsim.Options) { o.Key = bcKey }))
		l.rightSecrets()
		l.note("trouble: the password is right again")
	})
}

// lightFuse kills the process before or after a request soon to come.
func (l *life) lightFuse() { l.svc.fuse.Store(l.rnd.Int64N(60) + 1) }

func (l *life) killNow() { l.svc.kill() }

// clockJump sets our own clock wrong, and right again later.
func (l *life) clockJump() {
	by := one(l, 5*time.Minute, time.Hour, 24*time.Hour) * one(l, time.Duration(1), -1)
	l.skew.Store(int64(by))
	l.note("trouble: our clock is off by %s", by)
	l.after(l.between(time.Minute, 12*time.Hour), func() {
		l.skew.Store(0)
		l.note("trouble: our clock is right again")
	})
}

// clockDrift lets the servers' clocks go apart.
func (l *life) clockDrift() {
	l.bcSkew.Store(int64(l.between(-2*time.Minute, 2*time.Minute)))
	l.shopSkew.Store(int64(l.between(-2*time.Minute, 2*time.Minute)))
	l.note("trouble: Business Central's clock is off by %s, the shop's by %s", time.Duration(l.bcSkew.Load()), time.Duration(l.shopSkew.Load()))
}

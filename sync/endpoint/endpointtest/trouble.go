package endpointtest

import (
	"net/http"
	"slices"
	"time"

	"stockbridge/sync/fault"
	"stockbridge/sync/record"
	"stockbridge/sync/sim"
)

// trouble is a system that answers every request in one bad way.
type trouble struct {
	name  string
	do    sim.Fault
	kinds []fault.Kind // what it may be taken for
	after time.Duration
}

const (
	page  = "<!DOCTYPE html><html><head><title>Trouble</title></head><body><h1>Trouble</h1></body></html>"
	large = MaxAnswer + 1<<20
)

func troubles() []trouble {
	html := func(code int) sim.Fault { return sim.Status(code, nil, "text/html", page) }
	passes := []fault.Kind{fault.Retry}
	stops := []fault.Kind{fault.Config, fault.Retry}
	wait := http.Header{"Retry-After": {"3600"}}
	return []trouble{
		{"401", nil, []fault.Kind{fault.Auth}, 0},
		{"403", nil, []fault.Kind{fault.Config, fault.Auth}, 0},
		{"403 of a firewall", html(403), []fault.Kind{fault.Config, fault.Auth, fault.Retry}, 0},
		{"404", html(404), []fault.Kind{fault.Config}, 0},
		{"429", sim.Status(429, wait, "application/json", `{}`), passes, time.Hour},
		{"500", html(500), passes, 0},
		{"502", html(502), passes, 0},
		{"503", sim.Status(503, wait, "text/html", page), passes, time.Hour},
		{"a redirect", sim.Status(302, http.Header{"Location": {"https://elsewhere.example/"}}, "", ""), stops, 0},
		{"a web page", sim.HTMLPage(), stops, 0},
		{"an empty answer", sim.Status(200, nil, "application/json", ""), stops, 0},
		{"no connection", sim.RefuseBefore(), passes, 0},
		{"a cut answer", sim.CutAnswer(5), passes, 0},
		{"an oversized answer", sim.Oversize(large), stops, 0},
	}
}

// fault is what is done to a request. How a sign-in or a right is refused only the system knows.
func (tr trouble) fault(t *test) sim.Fault {
	switch tr.name {
	case "401":
		return t.Refuses(401)
	case "403":
		return t.Refuses(403)
	}
	return tr.do
}

// wants checks an error's kind, and the wait the system asked for.
func (tr trouble) wants(t *test, what string, err error) {
	t.Helper()
	if err == nil {
		t.Fatalf("%s: no error", what)
	}
	t.clean(err)
	f := fault.As(err)
	if !slices.Contains(tr.kinds, f.Kind) {
		t.Errorf("%s: %s error %s, want one of %v: %v", what, f.Kind, f.Code, tr.kinds, err)
	}
	if f.After != tr.after {
		t.Errorf("%s: to wait %s, want %s", what, f.After, tr.after)
	}
}

// reading meets the trouble with the first request ever, and again when the endpoint has answered before.
func (tr trouble) reading(t *test) {
	t.seed(2)
	t.Faults.Add(sim.Rule{Times: -1, Do: tr.fault(t)})
	_, err := t.Endpoint.Check(t.Context())
	tr.wants(t, "check", err)
	_, err = t.Endpoint.Read(t.Context(), record.Query{Kinds: t.Read})
	tr.wants(t, "first read", err)
	t.Faults.Reset()
	t.warm()
	t.Faults.Add(sim.Rule{Times: -1, Do: tr.fault(t)})
	_, err = t.Endpoint.Read(t.Context(), record.Query{Kinds: t.Read})
	tr.wants(t, "read", err)
	t.Faults.Reset()
	seen, _ := t.readAll("", 0, nil)
	t.all(seen, 2)
}

func (tr trouble) writing(t *test) {
	t.warm()
	t.Faults.Add(sim.Rule{Times: -1, Do: tr.fault(t)})
	for _, r := range t.write(t.Create(0), t.Create(1)) {
		tr.wants(t, "write", r.Err)
	}
	t.Faults.Reset()
	if before := t.Count(); before != len(t.lookUp(0))+len(t.lookUp(1)) {
		t.Errorf("the system holds %d records, looking finds others", before)
	}
}

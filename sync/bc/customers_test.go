package bc

import (
	"slices"
	"testing"

	bcsim "stockbridge/sync/bc/sim"
	"stockbridge/sync/record"
	"stockbridge/sync/sim"
)

func (w *world) shoppers(keys ...string) []record.Record {
	w.t.Helper()
	return w.read(record.Query{Kinds: []record.Kind{record.KindShopper}, Keys: keys}).Records
}

func TestCustomersByMail(t *testing.T) {
	for _, wild := range []bool{false, true} {
		w := newWorld(t)
		if err := w.sim.Change(func(o *bcsim.Options) { o.Wildcards = wild }); err != nil {
			t.Fatal(err)
		}
		jan, twin := w.customer("Jan", "jan@example.nl"), w.customer("Janneke", "Jan@Example.NL")
		star, other := w.customer("Star", "a*b@example.nl"), w.customer("Other", "axb@example.nl")
		w.customer("Plus", "jan+x@example.nl")
		for key, want := range map[string][]string{
			"jan@example.nl": {jan, twin}, "a*b@example.nl": {star}, "axb@example.nl": {other}, "*@example.nl": nil, "an@example.nl": nil,
		} {
			var got []string
			for _, r := range w.shoppers(key) {
				got = append(got, r.Ref)
				if r.Key.ID != key || r.Body.(*record.Shopper).Blocked != "" {
					t.Errorf("%+v %+v", r.Key, r.Body)
				}
			}
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("wildcards %t, %s: %v, want %v", wild, key, got, want)
			}
		}
	}
}

// A server that can't fold case in a filter: all customers are gone through.
func TestCustomersOnAServerWithoutToLower(t *testing.T) {
	w := newWorld(t)
	w.customer("Jan", "jan@example.nl")
	w.faults.Add(sim.Rule{Method: "POST", Path: "$batch", Body: "tolower", Do: sim.Status(200, nil, "application/json",
		`{"responses":[{"id":"1","status":501,"headers":{"Content-Type":"application/json"},"body":{"error":{"code":"BadRequest_MethodNotImplemented","message":"no"}}}]}`)})
	if got := w.shoppers("JAN@example.nl"); len(got) != 1 || w.faults.Pending() != 0 {
		t.Errorf("%v", got)
	}
}

func TestCustomerByNumberAndBlocked(t *testing.T) {
	w := newWorld(t)
	id := w.customer("Guest", "")
	number := w.api("PATCH", "customers("+id+")", `{"blocked":"Invoice"}`)["number"].(string)
	got := w.shoppers("#" + number)
	if len(got) != 1 || got[0].Ref != id || got[0].Key.ID != "#"+number || got[0].Body.(*record.Shopper).Blocked != "Invoice" {
		t.Errorf("%+v", got)
	}
}

func TestCustomerIsMade(t *testing.T) {
	w := newWorld(t)
	if err := w.sim.Change(func(o *bcsim.Options) { o.StrictPhone = true }); err != nil {
		t.Fatal(err)
	}
	want := &record.Shopper{Email: "Piet@example.nl", Billing: record.Address{FirstName: "Piet", LastName: "Müller-😀", Line1: "Straat 1",
		PostCode: "1234 AB", City: "Een heel lange plaatsnaam die niet past", Country: "NL", Phone: "tel. 06 12"}}
	res := w.write(want, "piet@example.nl")
	if res.Err != nil || res.Ref == "" || res.Number == "" {
		t.Fatalf("%+v", res)
	}
	got := w.shoppers("piet@example.nl")
	if len(got) != 1 || got[0].Ref != res.Ref {
		t.Fatalf("%v", got)
	}
	b := got[0].Body.(*record.Shopper)
	if b.Number != res.Number || b.Billing.Person() != "Piet Müller-😀" || b.Billing.City != "Een heel lange plaatsnaam die" {
		t.Errorf("%+v", b)
	}
	w.faults.Add(sim.Rule{Method: "POST", Path: "/customers", Do: sim.LoseAnswer()})
	wantCode(t, w.write(want, "piet@example.nl").Err, "bc.unknown_outcome")
}

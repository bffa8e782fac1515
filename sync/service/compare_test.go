package service_test

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"stockbridge/sync/ipc"
	"stockbridge/sync/plan"
	"stockbridge/sync/sim"
)

// inShop calls the shop's own API, as a person there would.
func (w *world) inShop(method, path, body string) {
	w.t.Helper()
	req, err := http.NewRequest(method, "https://shop.example.nl/wp-json/wc/v3/"+path, strings.NewReader(body))
	w.must(err)
	req.Header.Set("Content-Type", "application/json")
	req.SetBasicAuth(shopKey, shopSecret)
	res, err := (&sim.Transport{Handler: w.shop}).RoundTrip(req)
	w.must(err)
	w.must(res.Body.Close())
	if res.StatusCode >= 300 {
		w.t.Fatalf("%s %s: %s", method, path, res.Status)
	}
}

// night lets the service run until after its next nightly comparison.
func (w *world) night() {
	stop := w.running()
	time.Sleep(26 * time.Hour)
	stop()
	w.reopen()
}

// documentOf is the number of the sales order of a shop's order.
func (w *world) documentOf(order int) string {
	w.t.Helper()
	for _, o := range w.co.Orders() {
		if o.External == plan.External(shopName+"-", strconv.Itoa(order)) {
			return o.Number
		}
	}
	w.t.Fatalf("Business Central has no order %d", order)
	return ""
}

func (w *world) wantProblems(what string, want ...string) {
	w.t.Helper()
	got := w.problems()
	slices.Sort(got)
	if slices.Sort(want); !slices.Equal(got, want) {
		w.t.Errorf("%s: problems %v, want %v", what, got, want)
	}
}

// What people delete on either side is found at night, held, and seen to as they say; nothing is deleted by us.
func TestDeletionsAreFoundAtNight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := started(t)
		w.item("A-4", 4)
		w.sync()
		kept, binned, erased, posted := w.order("A-4"), w.order("A-4"), w.order("A-4"), w.order("A-4")
		w.sync()
		w.must(w.co.Ship(w.documentOf(posted), nil, true))
		w.sync()
		third := w.product("A-3").ID
		w.must(w.co.DeleteItem("A-1"))
		w.inShop(http.MethodDelete, "products/"+strconv.Itoa(w.product("A-2").ID)+"?force=true", "")
		w.inShop(http.MethodDelete, "products/"+strconv.Itoa(third), "")
		w.inShop(http.MethodDelete, "orders/"+strconv.Itoa(binned), "")
		w.must(w.co.DeleteOrder(w.documentOf(erased)))
		w.night()
		w.wantProblems("after a night", "items A-1 item.deleted", "items A-2 item.gone_in_shop", "items A-3 item.gone_in_shop",
			"orders "+strconv.Itoa(binned)+" order.deleted_in_shop", "orders "+strconv.Itoa(erased)+" order.deleted_in_bc")
		if w.product("A-1").Status != "publish" || len(w.co.Orders()) != 2 {
			t.Errorf("somebody acted already: %+v, %d open orders", w.product("A-1"), len(w.co.Orders()))
		}
		list, err := w.api.Problems(w.ctx(), "", "")
		w.must(err)
		for _, p := range list {
			if p.Approvable != (p.Fault.Code != plan.OrderDeletedInShop) {
				t.Errorf("%s can be approved: %v", p.Fault.Code, p.Approvable)
			}
			if p.Approvable && p.Key != "A-3" {
				w.must(w.api.Act(w.ctx(), ipc.ActionApprove, ipc.ProblemRequest{ID: p.ID}))
			}
		}
		w.inShop(http.MethodPut, "orders/"+strconv.Itoa(binned), `{"status":"processing"}`) // taken out of the bin
		w.inShop(http.MethodPut, "products/"+strconv.Itoa(third), `{"status":"publish"}`)
		w.night()
		w.wantProblems("approved and restored")
		if w.product("A-1").Status != "draft" || w.product("A-2").Status != "publish" {
			t.Errorf("A-1 is %s, A-2 %s", w.product("A-1").Status, w.product("A-2").Status)
		}
		var open []string
		for _, o := range w.co.Orders() {
			open = append(open, o.External)
		}
		slices.Sort(open)
		var want []string
		for _, id := range []int{kept, binned, erased} {
			want = append(want, plan.External(shopName+"-", strconv.Itoa(id)))
		}
		if slices.Sort(want); !slices.Equal(open, want) {
			t.Errorf("open in Business Central: %v, want %v", open, want)
		}
	})
}

package demo

import "testing"

// With three in ten requests broken, 1,000 orders come in exactly once, at less than twice the requests.
func TestStorm(t *testing.T) {
	if testing.Short() {
		t.Skip("a thousand orders are left out with -short")
	}
	clean, stormy, err := measure(t.Context(), Options{Items: 200, Orders: 1000, Seed: 7})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []Report{clean, stormy} {
		if v := r.Verified; !r.OK() || v.OrdersShop != 996 || v.OrdersBC != 996 || v.OrdersTwice+v.OrdersLost+v.StockWrong+r.ThirdRunWritten != 0 || v.CentsApart != "0.00" {
			t.Errorf("wrong %q; %+v", r.Wrong, v)
		}
	}
	times := ratio(stormy.calls, int(clean.calls))
	t.Logf("%d requests undisturbed, %d with three in ten broken: %.2f times as many", clean.calls, stormy.calls, times)
	if times > 2 {
		t.Errorf("%.2f times as many requests, %+v", times, stormy.Flows)
	}
}

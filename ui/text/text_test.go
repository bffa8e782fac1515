package text_test

import (
	"errors"
	"testing"
	"time"

	"stockbridge/sync/fault"
	"stockbridge/sync/ipc"
	"stockbridge/ui/text"
)

func in(t *testing.T, tag string) *text.Text {
	t.Helper()
	tx, err := text.New(tag)
	if err != nil {
		t.Fatal(err)
	}
	return tx
}

func TestNewPicksTheLanguage(t *testing.T) {
	for tag, want := range map[string]string{"nl_NL.UTF-8": "nl", "de-AT": "de", "DE": "de", "en_GB": "en",
		"fr_FR": "en", "C": "en", "C.UTF-8": "en", "": "en", "nl@euro": "nl"} {
		if got := in(t, tag).Language(); got != want {
			t.Errorf("%q is %q, want %q", tag, got, want)
		}
	}
}

func TestDetectAsksTheEnvironmentInOrder(t *testing.T) {
	env := map[string]string{"LANG": "en_US.UTF-8", "LC_MESSAGES": "de_DE"}
	get := func(k string) string { return env[k] }
	if got := text.Detect(get); got != "de_DE" {
		t.Errorf("LC_MESSAGES lost to LANG: %q", got)
	}
	env["LC_ALL"] = "nl_BE"
	if got := text.Detect(get); got != "nl_BE" {
		t.Errorf("LC_ALL lost: %q", got)
	}
}

func TestFault(t *testing.T) {
	cancelled := ipc.Fault{Code: "order.cancelled", Args: fault.Args{"key": "1042", "status": "cancelled", "number": "S-7"},
		Text: "Order 1042 was cancelled in the shop."}
	cases := []struct {
		name, tag string
		fault     ipc.Fault
		want      string
	}{
		{"English is the service's own sentence", "en", cancelled, "Order 1042 was cancelled in the shop."},
		{"words of ours are translated with it", "nl", cancelled,
			"Order 1042 kreeg in de webshop de status geannuleerd nadat hij als S-7 in Business Central kwam. Handel dat daar af en sla deze daarna over."},
		{"names are not, even when they look like a word", "nl", ipc.Fault{Code: "connection.unknown", Args: fault.Args{"value": "Shop", "allowed": "pending"}},
			"Er is geen koppeling met de naam Shop. Er zijn: pending."},
		{"a code of a newer service keeps its sentence", "de", ipc.Fault{Code: "moon.full", Text: "The moon is full."}, "The moon is full."},
		{"without a sentence English comes from the list", "en", ipc.Fault{Code: "order.empty", Args: fault.Args{"key": "7"}}, "Order 7 has no lines."},
	}
	for _, c := range cases {
		if got := in(t, c.tag).Fault(c.fault); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

func TestFaultLeavesTheArgsAlone(t *testing.T) {
	args := fault.Args{"status": "cancelled"}
	in(t, "de").Fault(ipc.Fault{Code: "order.cancelled", Args: args})
	if args["status"] != "cancelled" {
		t.Errorf("the caller's args became %v", args)
	}
}

func TestErrorHidesTheCause(t *testing.T) {
	err := fault.Wrap(errors.New("dial unix: no such file"), "ipc.no_service", nil)
	want := "De Stockbridge-service draait niet. Start de service: stockbridge service start (of stockbridge run)."
	if got := in(t, "nl").Error(err); got != want {
		t.Errorf("got %q", got)
	}
}

func TestNumberAndCount(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1.000", 1234567: "1.234.567", -1000: "-1.000", -100: "-100"} {
		if got := in(t, "nl").Number(n); got != want {
			t.Errorf("%d is %q, want %q", n, got, want)
		}
	}
	if got := in(t, "en").Count("ui.wait.orders", 1); got != "1 order waits for you" {
		t.Error(got)
	}
	if got := in(t, "en").Count("ui.wait.orders", 1200); got != "1,200 orders wait for you" {
		t.Error(got)
	}
}

func TestWhen(t *testing.T) {
	zone := time.FixedZone("CET", 3600)
	now := time.Date(2026, 11, 23, 14, 32, 0, 0, zone)
	cases := []struct {
		tag  string
		at   time.Time
		want string
	}{
		{"en", now.Add(-time.Minute), "14:31"},
		{"en", now.Add(-time.Minute).UTC(), "14:31"},
		{"en", now.AddDate(0, 0, -1), "yesterday 14:32"},
		{"nl", now.AddDate(0, 0, 1), "morgen 14:32"},
		{"en", now.AddDate(0, 0, -8), "15 Nov 2026, 14:32"},
		{"nl", now.AddDate(0, 0, -8), "15-11-2026 14:32"},
		{"de", now.AddDate(0, 0, -22), "01.11.2026, 14:32"},
		{"de", time.Time{}, "noch nie"},
	}
	for _, c := range cases {
		if got := in(t, c.tag).When(c.at, now); got != c.want {
			t.Errorf("%s: got %q, want %q", c.tag, got, c.want)
		}
	}
}

package main

import (
	"strings"
	"testing"
	"time"

	"stockbridge/sync/fault"
	"stockbridge/sync/ipc"
	"stockbridge/sync/record"
)

// What a guard stopped together stands under one heading, with what each would have become.
func TestProblemsOfAGuard(t *testing.T) {
	at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	problem := func(id, key, from string, kind record.Kind, code fault.Code, together bool) ipc.Problem {
		return ipc.Problem{ID: id, Connection: "nl", Kind: kind, Key: key, Together: together, List: map[bool]string{true: "3fa9c1"}[together], First: at, Last: at.Add(time.Hour), Tries: 3,
			Fault:   ipc.Fault{Code: code, Text: "About " + key + ".", Detail: "words of " + key, Args: fault.Args{"from": from, "to": "0"}},
			Actions: []ipc.ProblemAction{{Action: ipc.ActionApprove}, {Action: ipc.ActionRetry}, {Action: ipc.ActionOpen, Side: "bc", URL: "https://erp/" + key}, {Action: ipc.ActionSetting, Field: "[safety] share"}}}
	}
	var out strings.Builder
	writeProblems(&out, []ipc.Problem{problem("P-1", "A", "3", record.KindStock, "stock.mass_zero", true), problem("P-2", "1001", "", record.KindOrder, "bc.refused", false),
		problem("P-3", "B", "12", record.KindStock, "stock.mass_zero", true)})
	for _, want := range []string{"nl stock: 2 held together", "    P-1  A  3 -> 0\n    P-3  B  12 -> 0\n", "P-2  nl orders 1001 (since ", "looked at 3 times",
		"it said: words of 1001", "open in Business Central: https://erp/1001", "setting: [safety] share", "retry: stockbridge problems retry P-2\n",
		"approve: stockbridge problems approve P-1 --list 3fa9c1\n", "approve: stockbridge problems approve P-2\n"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
	if n := strings.Count(out.String(), "stock.mass_zero"); n != 1 {
		t.Errorf("the guard's code stands there %d times:\n%s", n, out.String())
	}
}

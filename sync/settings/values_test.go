package settings

import (
	"encoding/json"
	"testing"
	"time"
)

func TestDecimalIsExact(t *testing.T) {
	for literal, want := range map[string]string{
		`0.1`: "0.1", `"0.1"`: "0.1", `'0.1'`: "0.1", `2.50`: "2.5", `7`: "7", `1_000`: "1000", `-0.5`: "-0.5", `+3`: "3",
		`1234567890123.4567`: "1234567890123.4567", `"1234567890123456789"`: "1234567890123456789",
		`0.30000000000000004`: "0.30000000000000004", `9007199254740993`: "9007199254740993", `"0.0000000000000000001"`: "0.0000000000000000001",
	} {
		c, err := Parse([]byte("[flows.stock]\nbuffer = " + literal + "\n"))
		if got := c.Flows.Stock.Buffer.String(); err != nil || got != want {
			t.Errorf("buffer = %s is %s, %v", literal, got, err)
		}
	}
	for _, literal := range []string{`""`, `"1,5"`, `"1e3"`, `1e3000`, `inf`, `"--1"`, `"1."`, `".5"`, `" 1"`, `"12345678901234567890"`,
		`12345678901234567.891`, `0.10000000000000000001`, `true`, `[1]`, `"٣"`} {
		if c, err := Parse([]byte("[flows.stock]\nbuffer = " + literal + "\n")); err == nil {
			t.Errorf("buffer = %s is %s", literal, c.Flows.Stock.Buffer)
		}
	}
}

func TestDecimalInJSON(t *testing.T) {
	var s StockFlow
	if err := json.Unmarshal([]byte(`{"buffer":0.30000000000000004,"cap":"12.50"}`), &s); err != nil {
		t.Fatal(err)
	}
	if got, err := json.Marshal(s); err != nil || string(got) != `{"buffer":"0.30000000000000004","cap":"12.5"}` {
		t.Errorf("%s, %v", got, err)
	}
	if err := json.Unmarshal([]byte(`{"buffer":"a"}`), &s); err == nil {
		t.Error("a letter is a number")
	}
}

func TestDurationsAreShort(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", 10 * time.Second: "10s", 5 * time.Minute: "5m", time.Hour: "1h", 90 * time.Minute: "1h30m",
		10*time.Hour + 10*time.Second: "10h0m10s", 20 * time.Minute: "20m", -time.Hour: "-1h",
	} {
		if got := Duration(d).String(); got != want {
			t.Errorf("%s is %s", d, got)
		}
	}
}

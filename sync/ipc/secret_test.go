package ipc

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"stockbridge/sync/settings"
)

// No call shows a secret, whatever goes wrong on the way in (invariant 7).
func TestSecretsNeverComeOut(t *testing.T) {
	const secret = "hunter2-hunter2"
	var out bytes.Buffer
	s := newTestServer(echo(), &out)
	for _, body := range []string{
		`{"connection":"a","side":"bc","field":"password","value":"` + secret + `"}`,
		`{"connection":"a","side":"bc","field":"password","valu":"` + secret + `"}`,
		`{"connection":"a","value":["` + secret + `"]}`,
		`{"value":"` + secret + `"} "` + secret + `"`,
		`{"value":"` + secret,
		`"` + secret + `"`,
		secret,
	} {
		for _, call := range []string{"POST /v1/secrets", "DELETE /v1/secrets"} {
			out.Write(request(s, RoleAdministrator, call, body).Body.Bytes())
			out.Write(request(s, RoleViewer, call, body).Body.Bytes())
		}
	}
	r := SecretRequest{Connection: "a", Side: "bc", Field: "password", Value: secret}
	fmt.Fprintf(&out, "%v %+v %#v %s %q", r, r, r, r, r)
	if out.Len() == 0 || strings.Contains(out.String(), "hunter2") {
		t.Errorf("the secret came out: %s", out.String())
	}
}

func TestAnswersHaveNoPlaceForASecret(t *testing.T) {
	seen := map[reflect.Type]bool{}
	var visit func(reflect.Type)
	visit = func(rt reflect.Type) {
		if seen[rt] {
			return
		}
		seen[rt] = true
		switch rt.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Map:
			visit(rt.Elem())
		case reflect.Struct:
			for i := range rt.NumField() {
				visit(rt.Field(i).Type)
			}
		}
	}
	b := reflect.TypeFor[Backend]()
	for i := range b.NumMethod() {
		m := b.Method(i).Type
		for j := range m.NumOut() {
			visit(m.Out(j))
		}
		for j := range m.NumIn() { // what a stream sends
			if in := m.In(j); in.Kind() == reflect.Func {
				visit(in.In(0))
			}
		}
	}
	if !seen[reflect.TypeFor[Exchange]()] || !seen[reflect.TypeFor[SyncEvent]()] {
		t.Fatal("the walk over the answers missed some")
	}
	for _, never := range []reflect.Type{reflect.TypeFor[SecretRequest](), reflect.TypeFor[settings.Secret]()} {
		if seen[never] {
			t.Errorf("%s is part of an answer", never)
		}
	}
}

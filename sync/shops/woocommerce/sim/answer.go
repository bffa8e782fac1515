package sim

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
)

// answer is what goes back: a value as JSON, or a failure.
type answer struct {
	status int
	value  any
	header http.Header
}

func (a *answer) fail(f *failure) {
	a.status = f.status
	if f.code != "" {
		a.value = f.body()
	}
}

func (a *answer) write(w http.ResponseWriter, c *call) {
	h := w.Header()
	h.Set("X-Robots-Tag", "noindex")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Access-Control-Expose-Headers", "X-WP-Total, X-WP-TotalPages, Link")
	root := base(c.r) + restRoot + "/"
	if c.s.plain {
		root = base(c.r) + "/index.php?rest_route=/"
	}
	h.Set("Link", "<"+root+`>; rel="https://api.w.org/"`)
	h.Set("Content-Type", "application/json; charset=UTF-8")
	for k, v := range a.header {
		h[k] = v
	}
	if a.value == nil { // nothing the API says: the web server's own refusal of a large body (golden 707)
		h.Set("Content-Type", "text/html")
		w.WriteHeader(a.status)
		_, _ = w.Write([]byte("<html>\r\n<head><title>413 Request Entity Too Large</title></head>\r\n<body>\r\n" +
			"<center><h1>413 Request Entity Too Large</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"))
		return
	}
	out, err := json.Marshal(a.value)
	if err != nil {
		// Every value is built here of plain types, so this is a fault of the simulator itself.
		http.Error(w, "simulator: "+err.Error(), http.StatusInternalServerError)
		return
	}
	h.Set("Content-Length", strconv.Itoa(len(out)))
	w.WriteHeader(a.status)
	if c.method != http.MethodHead {
		_, _ = w.Write(out)
	}
}

// pick applies _fields. The links of a single record stay; those of a list's records go (golden 077, 400).
func (c *call) pick(value any) any {
	fields := c.fields()
	if len(fields) == 0 {
		return value
	}
	switch v := value.(type) {
	case object:
		links, has := v["_links"]
		v = choose(v, fields)
		if has {
			v["_links"] = links
		}
		return v
	case []object:
		for i := range v {
			v[i] = choose(v[i], fields)
		}
	}
	return value
}

func (c *call) fields() []string {
	return splitList(strings.Join(append(c.query["_fields"], c.query["_fields[]"]...), ","))
}

func choose(from object, fields []string) object {
	to := make(object, len(fields)+1)
	for _, f := range fields {
		top, sub, nested := strings.Cut(f, ".")
		v, ok := from[top]
		if !ok {
			continue
		}
		inner, isObject := v.(object)
		if !nested || !isObject {
			to[top] = v
			continue
		}
		kept, _ := to[top].(object)
		if kept == nil {
			kept = object{}
		}
		for k, x := range choose(inner, []string{sub}) {
			kept[k] = x
		}
		to[top] = kept
	}
	return to
}

// links are the "_links" of a record. Version 11 adds the methods the record allows.
func (c *call) links(self, collection string, methods ...string) object {
	me := object{"href": self}
	if c.s.hpos() && len(methods) > 0 {
		me["targetHints"] = object{"allow": methods}
	}
	return object{"self": []object{me}, "collection": []object{{"href": collection}}}
}

// all is what a record that can be changed allows.
func all() []string { return []string{"GET", "POST", "PUT", "PATCH", "DELETE"} }

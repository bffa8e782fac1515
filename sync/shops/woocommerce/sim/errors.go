package sim

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

// failure is an error answer: {"code", "message", "data"}.
type failure struct {
	status        int
	code, message string
	data          any
	extra         bool // with an empty list of further errors
}

// fail makes a failure whose data carries the status and, in pairs, more.
func fail(status int, code, message string, more ...any) *failure {
	data := object{"status": status}
	for i := 0; i+1 < len(more); i += 2 {
		data[more[i].(string)] = more[i+1]
	}
	return &failure{status, code, message, data, false}
}

// body is the failure as JSON.
func (f *failure) body() object {
	o := object{"code": f.code, "message": f.message, "data": f.data}
	if f.extra {
		o["additional_errors"] = []any{}
	}
	return o
}

// item is the failure as an entry of a batch answer. The id is what the request named; null when it named none.
func (f *failure) item(id any) object { return object{"id": id, "error": f.body()} }

func noRoute() *failure {
	return fail(http.StatusNotFound, "rest_no_route", "No route was found matching the URL and request method.")
}

func missing(params ...string) *failure {
	return fail(http.StatusBadRequest, "rest_missing_callback_param",
		"Missing parameter(s): "+strings.Join(params, ", "), "params", params)
}

// complaint is one refused parameter.
type complaint struct {
	code, message string
	data          any // what "details" carries; null but for a wrong type
}

// refuse makes the rest_invalid_param answer of all complaints.
func refuse(complaints map[string]complaint) *failure {
	names := slices.Sorted(maps.Keys(complaints))
	params, details := object{}, object{}
	for _, n := range names {
		c := complaints[n]
		params[n] = c.message
		details[n] = object{"code": c.code, "message": c.message, "data": c.data}
	}
	return fail(http.StatusBadRequest, "rest_invalid_param", "Invalid parameter(s): "+strings.Join(names, ", "),
		"params", params, "details", details)
}

// criticalError is what WordPress answers when the shop's own code breaks (golden 336).
func criticalError(message string) *failure {
	f := fail(http.StatusInternalServerError, "internal_server_error",
		"<p>There has been a critical error on this website.</p><p><a href=\"https://wordpress.org/documentation/article/"+
			"faq-troubleshooting/\">Learn more about troubleshooting WordPress.</a></p>",
		"error", object{"type": 1, "message": message, "file": "class-wc-rest-orders-controller.php", "line": 216})
	f.extra = true
	return f
}

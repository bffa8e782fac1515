package sim

import (
	"net/http"
	"strconv"
)

// failure is an answer that is an error, with the codes and statuses of errors.json.
type failure struct {
	status  int
	code    string // "" is written as null
	message string
}

func (f *failure) Error() string { return strconv.Itoa(f.status) + " " + f.code + ": " + f.message }

func badRequest(code, message string) error {
	return &failure{http.StatusBadRequest, code, message}
}

// dialog is AL's Error(): every refusal by business logic.
func dialog(message string) error { return badRequest("Application_DialogException", message) }

// testField is AL's TestField.
func testField(message string) error {
	return badRequest("Application_FieldValidationException", message)
}

func noRelation(field, table, value, related string) error {
	return badRequest("Internal_InvalidTableRelation", "The field "+field+" of table "+table+" contains a value ("+value+
		") that cannot be found in the related table ("+related+").")
}

func notFound(message string) error {
	return &failure{http.StatusNotFound, "Internal_RecordNotFound", message}
}

func noRoute(segment string) error {
	return &failure{http.StatusNotFound, "BadRequest_ResourceNotFound", "Resource not found for the segment '" + segment + "'."}
}

func syntaxError() error {
	return &failure{http.StatusNotFound, "BadRequest_NotFound", "Bad Request - Error in query syntax."}
}

func notImplemented(message string) error {
	return &failure{http.StatusNotImplemented, "BadRequest_MethodNotImplemented", message}
}

func notAllowed(method, set string) error {
	return &failure{http.StatusMethodNotAllowed, "BadRequest_MethodNotAllowed", "'" + method + "' requests for '" + set +
		"' of EdmType 'Entity' are not allowed within Microsoft Dynamics NAV OData web services."}
}

func noProperty(name, entity string) error {
	return badRequest("BadRequest", "The property '"+name+"' does not exist on type 'Microsoft.NAV."+entity+
		"'. Make sure to only use property names that are defined by the type.")
}

func noSuchField(name, entity string) error {
	return badRequest("BadRequest", "Could not find a property named '"+name+"' on type 'Microsoft.NAV."+entity+"'.")
}

func duplicate(table, number string) error {
	return badRequest("Internal_EntityWithSameKeyExists", "The record in table "+table+
		" already exists. Identification fields and values: No.='"+number+"'")
}

// body is the JSON of an error; the message ends with the correlation id, after two blanks (errors.json, shape).
func (f *failure) body(correlation string) []byte {
	code := []byte("null")
	if f.code != "" {
		code = appendJSON(nil, f.code)
	}
	dst := append([]byte(`{"error":{"code":`), code...)
	dst = append(dst, `,"message":`...)
	dst = appendJSON(dst, f.message+"  CorrelationId:  "+correlation+".")
	return append(dst, "}}"...)
}

package ipc

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"stockbridge/sync/fault"
)

// maxRequest is the largest request body in bytes. A connection file has a few thousand.
const maxRequest = 1 << 20

// ask handles a call without a request body.
func ask[Out any](call func(context.Context) (Out, error)) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		out, err := call(r.Context())
		if err != nil {
			return err
		}
		return writeJSON(w, out)
	}
}

// named handles a call whose path holds a connection's name.
func named[Out any](call func(context.Context, string) (Out, error)) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		out, err := call(r.Context(), r.PathValue("name"))
		if err != nil {
			return err
		}
		return writeJSON(w, out)
	}
}

// answer handles a call with a request body and an answer.
func answer[In, Out any](call func(context.Context, In) (Out, error)) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		var in In
		if err := readJSON(w, r, &in); err != nil {
			return err
		}
		out, err := call(r.Context(), in)
		if err != nil {
			return err
		}
		return writeJSON(w, out)
	}
}

// tell handles a call with a request body and nothing to answer.
func tell[In any](call func(context.Context, In) error) func(http.ResponseWriter, *http.Request) error {
	return answer(func(ctx context.Context, in In) (struct{}, error) { return struct{}{}, call(ctx, in) })
}

// readJSON reads one JSON document of known fields. Its errors never repeat a value, which may be a secret.
func readJSON(w http.ResponseWriter, r *http.Request, in any) error {
	control := http.NewResponseController(w)
	// A recorder has no deadlines; the body is then in memory already.
	if control.SetReadDeadline(time.Now().Add(readTime)) == nil {
		defer control.SetReadDeadline(time.Time{})
	}
	return decode(http.MaxBytesReader(w, r.Body, maxRequest), in)
}

func decode(body io.Reader, in any) error {
	d := json.NewDecoder(body)
	d.DisallowUnknownFields()
	err := d.Decode(in)
	if err == nil {
		if _, more := d.Token(); !errors.Is(more, io.EOF) {
			return badRequest("The request holds more than one JSON document.")
		}
		return nil
	}
	var tooLarge *http.MaxBytesError
	var wrongType *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &tooLarge):
		return badRequest("The request is larger than " + strconv.FormatInt(tooLarge.Limit, 10) + " bytes.")
	case errors.As(err, &wrongType):
		return badRequest("The request's field " + show(wrongType.Field) + " can't be a " + kindOfJSON(wrongType.Value) + ".")
	case errors.As(err, &syntax):
		return badRequest("The request is not JSON (byte " + strconv.FormatInt(syntax.Offset, 10) + ").")
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return badRequest("The request ends too soon.")
	}
	if field, ok := cutUnknown(err.Error()); ok {
		return badRequest("The request has an unknown field " + field + ".")
	}
	return badRequest("The request holds a value that can't be read.")
}

// writeJSON answers with one JSON document.
func writeJSON(w http.ResponseWriter, out any) error {
	b, err := json.Marshal(out)
	if err != nil {
		return fault.Wrap(err, "bug.unclassified", nil)
	}
	writeBody(w, http.StatusOK, b)
	return nil
}

// writeFault answers with an error; the status says to a person with a general tool what its code says to ours.
func writeFault(w http.ResponseWriter, err error) {
	f := FaultOf(err)
	status := http.StatusUnprocessableEntity
	switch {
	case f.Code == "ipc.denied":
		status = http.StatusForbidden
	case f.Code == "ipc.bad_request" || f.Code == "ipc.version":
		status = http.StatusBadRequest
	case f.Code == "connection.unknown":
		status = http.StatusNotFound
	case f.Kind == fault.Bug:
		status = http.StatusInternalServerError
	case f.Kind == fault.Retry:
		status = http.StatusServiceUnavailable
	}
	b, err := json.Marshal(f)
	if err != nil {
		b = []byte(`{"kind":"bug","code":"bug.unclassified","text":""}`)
	}
	writeBody(w, status, b)
}

func writeBody(w http.ResponseWriter, status int, b []byte) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(writeTime)) // a recorder has none
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(b, '\n')) // a caller that went away needs no answer
}

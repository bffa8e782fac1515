package ipc

import (
	"errors"

	"stockbridge/sync/fault"
)

// FaultOf puts an error on the wire; nil stays nil. Joined errors become the first fault with the others in More.
func FaultOf(err error) *Fault {
	if err == nil {
		return nil
	}
	if _, ok := err.(*fault.Error); !ok {
		if joined, ok := err.(interface{ Unwrap() []error }); ok {
			return joinFaults(joined.Unwrap())
		}
	}
	e := fault.As(err)
	f := &Fault{Kind: e.Kind, Code: e.Code, Args: e.Args, Text: e.Sentence()}
	if e.Err != nil {
		f.Detail = e.Err.Error()
	}
	return f
}

func joinFaults(errs []error) *Fault {
	var first *Fault
	for _, err := range errs {
		f := FaultOf(err)
		switch {
		case f == nil:
		case first == nil:
			first = f
		default:
			first.More = append(first.More, *f)
			first.More = append(first.More, f.More...)
			first.More[len(first.More)-1-len(f.More)].More = nil
		}
	}
	return first
}

// Err turns a fault from the wire back into a classified error; several come joined.
func (f Fault) Err() error {
	e := &fault.Error{Kind: f.Kind, Code: f.Code, Args: f.Args}
	switch _, known := fault.Codes[f.Code]; {
	case f.Detail != "":
		e.Err = errors.New(f.Detail)
	case !known:
		e.Err = errors.New(f.Text)
	}
	if len(f.More) == 0 {
		return e
	}
	errs := []error{e}
	for _, m := range f.More {
		errs = append(errs, m.Err())
	}
	return errors.Join(errs...)
}

// badRequest is a request that can't be understood. detail is a whole sentence.
func badRequest(detail string) error {
	return fault.New("ipc.bad_request", fault.Args{"detail": detail})
}

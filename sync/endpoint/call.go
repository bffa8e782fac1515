package endpoint

import "context"

type callKey struct{}

// WithCall returns a context whose exchanges belong to one call: the reading of a page and everything its records lead
// to. The journal finds them together by that id.
func WithCall(ctx context.Context, id string) context.Context {
	if id == "" {
		return ctx
	}
	return context.WithValue(ctx, callKey{}, id)
}

// CallOf is the id of the call a context belongs to; "" is none.
func CallOf(ctx context.Context) string {
	id, _ := ctx.Value(callKey{}).(string)
	return id
}

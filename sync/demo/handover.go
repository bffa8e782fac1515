package demo

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"

	"stockbridge/store/secret"
	"stockbridge/sync/settings"
)

// Handover is what a service gets over its standard input from the demo that starts it: secrets must not be in its
// arguments, its environment or a file.
type Handover struct {
	Secrets []HandedSecret `json:"secrets"`
	Hurry   int            `json:"hurry"` // see service.Options
}

// HandedSecret is one secret on its way through the pipe.
type HandedSecret struct {
	secret.Name
	Value string `json:"value"`
}

// Receive reads a Handover, one line of JSON, into a keychain in memory. The context it returns ends when the other
// end of in is closed, which is when the demo has ended: a child never outlives it.
func Receive(ctx context.Context, in io.Reader) (context.Context, secret.Keychain, Handover, error) {
	var h Handover
	r := bufio.NewReader(in)
	line, err := r.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &h)
	}
	if err != nil {
		return ctx, nil, h, errors.New("nothing that can be read was handed over on standard input") // the cause could repeat a secret
	}
	keys := secret.Memory()
	for _, s := range h.Secrets {
		if err := keys.Set(ctx, s.Name, settings.NewSecret(s.Value)); err != nil {
			return ctx, nil, h, err
		}
	}
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		_, _ = io.Copy(io.Discard, r) // ends with the pipe, whatever became of it
		cancel()
	}()
	return ctx, keys, h, nil
}

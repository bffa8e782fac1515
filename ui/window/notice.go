package window

import (
	"errors"

	"stockbridge/sync/ipc"
	"stockbridge/ui/board"
	"stockbridge/ui/text"
)

// noticeModel fills the window when there is nothing to list: no service, no access to it, no connection yet.
type noticeModel struct {
	Icon    ipc.State
	Title   string
	Text    string
	Command string // "": none would help
	Foot    string
}

// noticeOf is nil where there are connections to show.
func noticeOf(status ipc.Status, err error, start string, t *text.Text) *noticeModel {
	switch {
	case errors.Is(err, errLooking):
		return &noticeModel{Icon: ipc.StateWorking, Title: t.Get("ui.status.connecting", nil)}
	case err != nil && board.Refused(err):
		return &noticeModel{Icon: ipc.StateStopped, Title: t.Get("ui.refused.title", nil), Text: t.Error(err)}
	case err != nil:
		return &noticeModel{Icon: ipc.StateStopped, Title: t.Get("ui.stopped.title", nil), Text: t.Get("ui.stopped.text", nil),
			Command: start, Foot: t.Get("ui.stopped.retry", nil)}
	case len(status.Connections) == 0:
		return &noticeModel{Icon: ipc.StateFine, Title: t.Get("ui.empty.title", nil), Text: t.Get("ui.empty.text", nil),
			Command: "stockbridge connection import FILE"}
	}
	return nil
}

package single

import (
	"errors"

	"golang.org/x/sys/windows"
)

// Take claims name for this process. Where another process of the session holds it, that one's onAgain is called and
// first is false. release gives the name back. The event lives in Local\, which Windows keeps apart per session, and
// belongs to the user who made it.
func Take(name string, onAgain func()) (release func(), first bool, err error) {
	id, err := windows.UTF16PtrFromString(`Local\` + name)
	if err != nil {
		return nil, false, err
	}
	event, err := windows.CreateEvent(nil, 0, 0, id)
	if event == 0 {
		return nil, false, err
	}
	if errors.Is(err, windows.ERROR_ALREADY_EXISTS) {
		defer windows.CloseHandle(event)
		return nil, false, windows.SetEvent(event)
	}
	go func() {
		for {
			if s, err := windows.WaitForSingleObject(event, windows.INFINITE); err != nil || s != windows.WAIT_OBJECT_0 {
				return
			}
			onAgain()
		}
	}()
	return func() { windows.CloseHandle(event) }, true, nil
}

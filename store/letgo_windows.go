package store

import "os"

// letGo closes a file that bolt can't close any more, and with it the lock. Bolt's mapping of it stays until the
// process ends: only then can the file be replaced.
func letGo(f *os.File) { _ = f.Close() }

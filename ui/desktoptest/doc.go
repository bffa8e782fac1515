// Package desktoptest starts the real tray and the real window on a real, if virtual, desktop, against a real socket.
// Its tests carry the tag desktop: they need Xvfb, openbox, dbus-daemon, xdotool, ImageMagick and a C compiler.
package desktoptest

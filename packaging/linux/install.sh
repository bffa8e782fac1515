#!/bin/sh
# Installs Stockbridge on this machine from the programs in ./bin (go build -o bin/ ./cmd/...), as a package would.
# DESTDIR puts everything under another root, for a package builder; then nothing is started.
set -eu
cd "$(dirname "$0")/../.."
root="${DESTDIR:-}"

for p in stockbridge stockbridge-tray stockbridge-window; do
	if [ -f "bin/$p" ]; then
		install -Dm755 "bin/$p" "$root/usr/bin/$p"
	else
		echo "bin/$p is not built: left out"
	fi
done
cd packaging/linux
install -Dm644 stockbridge.service "$root/usr/lib/systemd/system/stockbridge.service"
install -Dm644 sysusers.conf "$root/usr/lib/sysusers.d/stockbridge.conf"
install -Dm644 tmpfiles.conf "$root/usr/lib/tmpfiles.d/stockbridge.conf"
install -Dm644 stockbridge.desktop "$root/usr/share/applications/stockbridge.desktop"
install -Dm644 stockbridge-tray.desktop "$root/etc/xdg/autostart/stockbridge-tray.desktop"
install -Dm644 ../../assets/icons/app-256.png "$root/usr/share/icons/hicolor/256x256/apps/stockbridge.png"

if [ -z "$root" ]; then
	systemd-sysusers stockbridge.conf
	systemd-tmpfiles --create stockbridge.conf
	systemctl daemon-reload
	systemctl enable --now stockbridge
fi

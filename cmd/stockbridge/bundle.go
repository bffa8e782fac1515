package main

import (
	"archive/zip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"

	"stockbridge/sync/ipc"
)

// bundled is how many exchanges a bundle lists.
const bundled = 500

// writeBundle gathers what support needs by an allow-list: answers, board, settings, and the journal's lines without
// paths, keys or bodies. Customers' data and secrets are in none of them. What was begun and failed is removed.
func writeBundle(ctx context.Context, s *ipc.Client, path string, d ipc.DoctorAnswer) error {
	parts, err := bundleParts(ctx, s)
	if err != nil {
		return err
	}
	parts["doctor.json"] = d
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return unwritable(path, err)
	}
	if err := errors.Join(zipJSON(f, parts), f.Close()); err != nil {
		return unwritable(path, errors.Join(err, os.Remove(path)))
	}
	return nil
}

func unwritable(path string, err error) error {
	if e, ok := errors.AsType[*os.PathError](err); ok {
		err = e.Err
	}
	return refusal("%s can't be written: %v.", path, err)
}

// bundleParts are the files of a bundle by name.
func bundleParts(ctx context.Context, s *ipc.Client) (map[string]any, error) {
	st, err := s.Status(ctx)
	if err != nil {
		return nil, err
	}
	entries, err := s.Journal(ctx, ipc.JournalRequest{Limit: bundled})
	if err != nil {
		return nil, err
	}
	for i := range entries {
		x := &entries[i]
		entries[i] = ipc.Exchange{ID: x.ID, At: x.At, Connection: x.Connection, Side: x.Side, Kind: x.Kind, Method: x.Method, Status: x.Status, Took: x.Took}
	}
	parts := map[string]any{"status.json": st, "journal.json": entries}
	list, err := s.Connections(ctx)
	if err != nil {
		return nil, err
	}
	for _, name := range list.Names {
		file, err := s.Export(ctx, name)
		if err != nil {
			return nil, err
		}
		parts["connections/"+name+".json"] = file
	}
	return parts, nil
}

func zipJSON(to io.Writer, parts map[string]any) error {
	z := zip.NewWriter(to)
	for name, part := range parts {
		w, err := z.Create(name)
		if err != nil {
			return err
		}
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		if err := enc.Encode(part); err != nil {
			return err
		}
	}
	return z.Close()
}

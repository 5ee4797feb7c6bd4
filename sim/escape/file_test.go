package escape_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"sgdescape/sim/escape"
)

// checkpointFiles writes a checkpoint of either kind to a folder and returns
// what reads it, by the name of the file.
func checkpointFiles(t *testing.T, dir string) map[string]func(path string) error {
	t.Helper()
	e := ensemble()
	e.Replicas, e.KeepEnds, e.Workers = 70, true, 1
	_, c, _ := e.Resume(cancelAfterExits(&e, 1), nil)
	if err := c.Save(filepath.Join(dir, "outcomes")); err != nil {
		t.Fatal(err)
	}
	_, s, _ := e.ResumeSummary(cancelAfterExits(&e, 1), occupation(), nil)
	if err := s.Save(filepath.Join(dir, "summary")); err != nil {
		t.Fatal(err)
	}
	return map[string]func(string) error{
		"outcomes": func(path string) error { _, err := escape.LoadCheckpoint(path); return err },
		"summary":  func(path string) error { _, err := escape.LoadSummaryCheckpoint(path); return err },
	}
}

// TestCheckpointFiles: a failed write leaves the old file and nothing else.
func TestCheckpointFiles(t *testing.T) {
	dir := t.TempDir()
	readers := checkpointFiles(t, dir)
	e := ensemble()
	e.Workers = 1
	_, c, _ := e.Resume(cancelAfterExits(&e, 1), nil)
	_, s, _ := e.ResumeSummary(cancelAfterExits(&e, 1), nil, nil)
	if err := os.Mkdir(filepath.Join(dir, "folder"), 0o755); err != nil {
		t.Fatal(err)
	}
	for what, save := range map[string]func(string) error{"outcomes": c.Save, "summary": s.Save} {
		if err := save(filepath.Join(dir, "absent", "checkpoint")); err == nil {
			t.Errorf("%s: a folder that does not exist was written to", what)
		}
		if err := save(filepath.Join(dir, "folder")); err == nil {
			t.Errorf("%s: a folder was replaced by a file", what)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 3 {
		t.Errorf("folder holds %v (%v), want two checkpoints and the folder", entries, err)
	}
	for name, read := range readers {
		if err := read(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
		if err := read(filepath.Join(dir, "absent")); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("error %v, want ErrNotExist", err)
		}
		if err := read(filepath.Join(dir, "folder")); err == nil {
			t.Error("a folder was read")
		}
	}
	if err := readers["outcomes"](filepath.Join(dir, "summary")); err == nil {
		t.Error("a summary was read as outcomes")
	}
}

// TestReject_DamagedFile: a file of another kind, one that was cut short or grew
// at any place, or in which any byte differs, is refused in one line that
// names it. Counts that are too large take no memory.
func TestReject_DamagedFile(t *testing.T) {
	dir := t.TempDir()
	for name, read := range checkpointFiles(t, dir) {
		path := filepath.Join(dir, name)
		whole := must(os.ReadFile(path))
		refused := func(what string, at int, data []byte) {
			t.Helper()
			// A file written over an old one may be flushed to the disk at once.
			if err := errors.Join(os.Remove(path), os.WriteFile(path, data, 0o600)); err != nil {
				t.Fatal(err)
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			err := read(path)
			runtime.ReadMemStats(&after)
			if err == nil || !strings.Contains(err.Error(), path) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%s, %s at byte %d of %d: error %v", name, what, at, len(whole), err)
			}
			if allocated := after.TotalAlloc - before.TotalAlloc; allocated > 1<<19+8*uint64(len(whole)) {
				t.Errorf("%s, %s at byte %d of %d: %d bytes allocated", name, what, at, len(whole), allocated)
			}
		}
		refused("one byte more", len(whole), append(append([]byte{}, whole...), 0))
		for i := 0; i < len(whole); i += 1 + i/60 {
			refused("cut", i, whole[:i])
			damaged := append([]byte{}, whole...)
			damaged[i] ^= 0x10
			refused("a bit", i, damaged)
			for _, huge := range []uint64{1<<63 - 1, 1 << 63, 1 << 40, 1<<64 - 1} {
				damaged := append([]byte{}, whole...)
				copy(damaged[i:], binary.LittleEndian.AppendUint64(nil, huge))
				if !bytes.Equal(damaged, whole) {
					refused("a huge number", i, damaged)
				}
			}
		}
		if err := os.WriteFile(path, whole, 0o600); err != nil || read(path) != nil {
			t.Errorf("%s: the whole file: %v, %v", name, err, read(path))
		}
	}
}

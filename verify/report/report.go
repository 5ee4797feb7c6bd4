// Package report writes the outcome of a verification run for people and for
// programs: index.html, one self-contained page that needs no network, and
// verdicts.json. Files are replaced whole or not at all.
package report

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/google/renameio/v2"

	"sgdescape/verify"
)

//go:embed page.html
var pageText string

var page = template.Must(template.New("page").Funcs(template.FuncMap{
	"svg":     SVG,
	"legend":  Legend,
	"whisker": Whisker,
	"number":  number,
	"typeset": typeset,
}).Parse(pageText))

// Names of the files in the report folder.
const (
	IndexFile    = "index.html"
	VerdictsFile = "verdicts.json"
)

// Prepare creates the folder dir if it does not exist, and tells whether a
// report can be written there, before any work is spent on one.
func Prepare(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, name := range []string{IndexFile, VerdictsFile} {
		if info, err := os.Stat(filepath.Join(dir, name)); err == nil && info.IsDir() {
			return fmt.Errorf("%s is a folder in it", name)
		}
	}
	probe, err := os.CreateTemp(dir, ".probe-*")
	if err != nil {
		return err
	}
	return errors.Join(probe.Close(), os.Remove(probe.Name()))
}

// A FileError names the file of a report that could not be written, and says
// what the operating system says of it.
type FileError struct {
	Name string // IndexFile or VerdictsFile
	Err  error
}

func (e *FileError) Error() string { return e.Name + ": " + e.Err.Error() }

// Unwrap returns what the operating system says.
func (e *FileError) Unwrap() error { return e.Err }

// replace stores a file of the folder, whole or not at all. Errors of the
// operating system name the file that is written first, with another name.
func replace(dir, name string, data []byte) error {
	err := renameio.WriteFile(filepath.Join(dir, name), data, 0o644)
	if err == nil {
		return nil
	}
	var path *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		err = path.Err
	case errors.As(err, &link):
		err = link.Err
	}
	return &FileError{name, err}
}

// Write stores verdicts.json and index.html in the folder dir, which is
// created if it does not exist. If one of them cannot be written, the error
// wraps a [FileError].
func Write(dir string, v verify.Verdicts) error {
	if err := WriteVerdicts(dir, v); err != nil {
		return err
	}
	var buf bytes.Buffer
	if err := HTML(&buf, v); err != nil {
		return err
	}
	return replace(dir, IndexFile, buf.Bytes())
}

// WriteVerdicts stores verdicts.json alone: what is written after every claim,
// so that an interrupted run loses nothing.
func WriteVerdicts(dir string, v verify.Verdicts) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	var data bytes.Buffer
	if err := JSON(&data, v); err != nil {
		return err
	}
	return replace(dir, VerdictsFile, data.Bytes())
}

// JSON writes a value for programs: indented, and without the escapes that only
// HTML needs.
func JSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	return enc.Encode(v)
}

// ReadVerdicts loads verdicts.json from the folder dir. The error wraps
// [fs.ErrNotExist] when there is none.
func ReadVerdicts(dir string) (verify.Verdicts, error) {
	var v verify.Verdicts
	data, err := os.ReadFile(filepath.Join(dir, VerdictsFile))
	if err != nil {
		return v, err
	}
	if err := json.Unmarshal(data, &v); err != nil {
		return v, fmt.Errorf("%s: %w, want the file an earlier run wrote", filepath.Join(dir, VerdictsFile), err)
	}
	if v.Profile == "" {
		return v, fmt.Errorf("%s: no profile is named, want the file an earlier run wrote", filepath.Join(dir, VerdictsFile))
	}
	return v, nil
}

// Exists tells whether the folder dir holds verdicts of an earlier run.
func Exists(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, VerdictsFile))
	return !errors.Is(err, fs.ErrNotExist)
}

// HTML writes the page.
func HTML(w *bytes.Buffer, v verify.Verdicts) error {
	return page.Execute(w, struct {
		verify.Verdicts
		Rows                []row // the claims of Verdicts
		Agreeing, Known     int   // as expected
		GoVersion, Platform string
	}{v, rows(v.Claims), count(v.Claims, verify.Agrees), count(v.Claims, verify.Disagrees), runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH})
}

// number prints a float with four significant digits.
func number(x float64) string { return fmt.Sprintf("%.4g", x) }

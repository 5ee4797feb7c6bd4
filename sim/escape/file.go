package escape

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"hash/crc64"
	"io"
	"math"
	"os"

	"github.com/google/renameio/v2"
)

// A checkpoint file is a first line that names its kind and version, numbers in
// little-endian order, and the CRC-64 of everything before it. What follows from
// a count is read only if the file is as long as that. A change of the meaning
// of a field wants another first line.

var crcTable = crc64.MakeTable(crc64.ECMA)

// buffered is how much of a file is held in memory.
const buffered = 1 << 16

// A fileWriter writes the fields of a checkpoint. The first error stays.
type fileWriter struct{ w *bufio.Writer }

// writeFile writes a file, whole or not at all.
func writeFile(path, kind string, fields func(*fileWriter)) error {
	file, err := renameio.NewPendingFile(path, renameio.WithPermissions(0o600), renameio.WithExistingPermissions())
	if err != nil {
		return err
	}
	defer file.Cleanup()
	sum := crc64.New(crcTable)
	w := fileWriter{bufio.NewWriterSize(io.MultiWriter(file, sum), buffered)}
	_, _ = w.w.WriteString(kind + "\n")
	fields(&w)
	if err := w.w.Flush(); err != nil {
		return err
	}
	if err := binary.Write(file, binary.LittleEndian, sum.Sum64()); err != nil {
		return err
	}
	return file.CloseAtomicallyReplace()
}

func (w *fileWriter) uint64(x uint64) {
	_, _ = w.w.Write(binary.LittleEndian.AppendUint64(w.w.AvailableBuffer(), x))
}

func (w *fileWriter) int(x int)         { w.uint64(uint64(x)) }
func (w *fileWriter) float64(x float64) { w.uint64(math.Float64bits(x)) }
func (w *fileWriter) byte(x byte)       { _ = w.w.WriteByte(x) }

func (w *fileWriter) string(s string) {
	w.int(len(s))
	_, _ = w.w.WriteString(s)
}

func (w *fileWriter) float64s(xs []float64) {
	for _, x := range xs {
		w.float64(x)
	}
}

// A fileReader reads what a fileWriter wrote. After an error it gives zeros.
type fileReader struct {
	r    *bufio.Reader
	left int64 // bytes of fields not yet read
	err  error
	word [8]byte
}

var errLength = errors.New("its length is not what its contents want")

// readFile reads a file that writeFile has written with the same kind.
func readFile(path, kind string, fields func(*fileReader)) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	first := make([]byte, len(kind)+1)
	if _, err := io.ReadFull(file, first); err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	if string(first) != kind+"\n" {
		return fmt.Errorf("escape: %s is no %q of this version", path, kind)
	}
	info, err := file.Stat()
	if err != nil {
		return err
	}
	sum := crc64.New(crcTable)
	sum.Write(first)
	r := fileReader{left: max(0, info.Size()-int64(len(first))-crc64.Size)}
	r.r = bufio.NewReaderSize(io.TeeReader(io.LimitReader(file, r.left), sum), buffered)
	fields(&r)
	if r.err == nil {
		r.err = r.finish(file, sum)
	}
	if r.err != nil {
		return fmt.Errorf("escape: %s is cut short or damaged: %w", path, r.err)
	}
	return nil
}

// finish compares the sum of what was read with that in the file.
func (r *fileReader) finish(file io.Reader, sum hash.Hash64) error {
	if r.left != 0 {
		return errLength
	}
	var stored uint64
	if err := binary.Read(file, binary.LittleEndian, &stored); err != nil {
		return err
	}
	if got := sum.Sum64(); got != stored {
		return fmt.Errorf("its checksum is %016x, want %016x", got, stored)
	}
	return nil
}

// next returns the next n <= 8 bytes, until it is called again.
func (r *fileReader) next(n int) []byte {
	b := r.word[:n]
	if r.err == nil && r.left < int64(n) {
		r.err = errLength
	}
	if r.err == nil {
		r.left -= int64(n)
		_, r.err = io.ReadFull(r.r, b)
	}
	if r.err != nil {
		clear(b)
	}
	return b
}

func (r *fileReader) uint64() uint64   { return binary.LittleEndian.Uint64(r.next(8)) }
func (r *fileReader) int() int         { return int(r.uint64()) }
func (r *fileReader) float64() float64 { return math.Float64frombits(r.uint64()) }
func (r *fileReader) byte() byte       { return r.next(1)[0] }

// count reads a number of things that take so many bytes each, at least one.
func (r *fileReader) count(bytes int) int {
	n := r.uint64()
	if r.err == nil && n > uint64(r.left)/uint64(bytes) {
		r.err = errLength
	}
	if r.err != nil {
		return 0
	}
	return int(n)
}

func (r *fileReader) string() string {
	b := make([]byte, r.count(1))
	for i := range b {
		b[i] = r.byte()
	}
	return string(b)
}

func (r *fileReader) float64s(n int) []float64 {
	if r.err == nil && int64(n) > r.left/8 {
		r.err = errLength
	}
	if r.err != nil {
		return nil
	}
	xs := make([]float64, n)
	for i := range xs {
		xs[i] = r.float64()
	}
	return xs
}

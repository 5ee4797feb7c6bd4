package dataset

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"fmt"
	"io"
	"sync"

	"sgdescape/model"
)

// Images are labelled grey-scale pictures. They are shared and must not be
// changed.
type Images struct {
	Pixels []float64 // N x (Height Width), row-major
	Labels []int     // N
	Height int
	Width  int
}

// Len returns the number of pictures.
func (im *Images) Len() int { return len(im.Labels) }

//go:embed digits/digits.csv.gz
var digitsFile []byte

const (
	digitSide   = 8  // pixels
	digitLevels = 16 // largest grey level
)

// Digits returns the test set of the UCI Optical Recognition of Handwritten
// Digits: 1797 pictures of 8 x 8 pixels with values 0 to 16 and labels 0 to 9.
//
// Source: E. Alpaydin, C. Kaynak, Optical Recognition of Handwritten Digits,
// UCI Machine Learning Repository, 1998, CC BY 4.0.
func Digits() (*Images, error) { return embeddedDigits() }

var embeddedDigits = sync.OnceValues(func() (*Images, error) { return readDigits(bytes.NewReader(digitsFile)) })

// readDigits reads digits from compressed CSV: 64 pixels and the label a row.
func readDigits(r io.Reader) (*Images, error) {
	unzip, err := gzip.NewReader(r)
	if err != nil {
		return nil, fmt.Errorf("digits: not a complete gzip file: %w", err)
	}
	pixels, labels, width, err := readTable(unzip)
	if err != nil {
		return nil, fmt.Errorf("digits: %w", err)
	}
	c := model.CheckDomain("digits").
		That(width == digitSide*digitSide, "number of pixels", width, fmt.Sprint(digitSide*digitSide))
	images := &Images{Pixels: pixels, Labels: make([]int, len(labels)), Height: digitSide, Width: digitSide}
	for i, p := range pixels {
		if !(p >= 0 && p <= digitLevels) {
			c.That(false, fmt.Sprintf("pixel %d of picture %d", i%width, i/width), p, fmt.Sprintf("a number from 0 to %d", digitLevels))
			break
		}
	}
	for i, label := range labels {
		images.Labels[i] = int(label)
		if !(label >= 0 && label <= 9 && label == float64(int(label))) {
			c.That(false, fmt.Sprintf("label of picture %d", i), label, "an integer from 0 to 9")
			break
		}
	}
	if err := c.Err(); err != nil {
		return nil, err
	}
	return images, nil
}

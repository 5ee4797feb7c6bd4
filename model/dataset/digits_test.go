package dataset_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"sgdescape/model"
	"sgdescape/model/dataset"
	"sgdescape/model/landscape"
)

// TestGolden_DigitsFile pins the bytes of the embedded data.
func TestGolden_DigitsFile(t *testing.T) {
	const want = "46abec6b12486ad9e51943373abcf22bbea1b5a51a1619b361570d8893f1464a"
	if got := fmt.Sprintf("%x", sha256.Sum256(dataset.DigitsFile)); got != want {
		t.Errorf("digits.csv.gz was changed: sha256 %s, want %s; git diff --stat tells, every claim on the digits rests on these bytes", got, want)
	}
}

func TestDigits(t *testing.T) {
	images, err := dataset.Digits()
	if err != nil {
		t.Fatal(err)
	}
	counts := make([]int, 10)
	for _, label := range images.Labels {
		counts[label]++
	}
	// Counts of the test set as its authors state them.
	if diff := cmp.Diff([]int{178, 182, 177, 183, 181, 182, 181, 179, 174, 180}, counts); diff != "" {
		t.Errorf("pictures per digit (-want +got):\n%s", diff)
	}
	if images.Len() != 1797 || len(images.Pixels) != 1797*64 || images.Height != 8 || images.Width != 8 {
		t.Errorf("%d pictures, %d pixels, %d x %d", images.Len(), len(images.Pixels), images.Height, images.Width)
	}
	if low, high := floats.Min(images.Pixels), floats.Max(images.Pixels); low != 0 || high != 16 {
		t.Errorf("pixels from %v to %v, want 0 to 16", low, high)
	}
}

func TestDigitsParity(t *testing.T) {
	images, err := dataset.Digits()
	if err != nil {
		t.Fatal(err)
	}
	all, err := dataset.DigitsParity(61)
	if err != nil {
		t.Fatal(err)
	}
	for mu, label := range images.Labels {
		want := 1.0
		if label%2 == 1 {
			want = -1
		}
		if all.Target(mu) != want {
			t.Fatalf("target of a %d is %v", label, all.Target(mu))
		}
	}
	// H = I: mean 0 (no intercept needed), variance 1, no correlation.
	h := mat.NewSymDense(61, nil)
	all.Hessian(h, all.Minimum())
	for i := range 61 {
		column := make([]float64, all.Len())
		for mu := range column {
			column[mu] = all.Input(mu)[i]
		}
		if mean := stat.Mean(column, nil); math.Abs(mean) > 1e-12 {
			t.Errorf("component %d has mean %v", i, mean)
		}
		for j := range 61 {
			want := 0.0
			if i == j {
				want = 1
			}
			if math.Abs(h.At(i, j)-want) > 1e-10 {
				t.Errorf("H[%d][%d] = %v, want %v", i, j, h.At(i, j), want)
			}
		}
	}
	if err := landscape.CheckMinimum(all, all.Minimum()); err != nil {
		t.Error(err)
	}
	// The first k of 61 components are the k components, and L* falls with k.
	last := 0.5 // of theta = 0
	for _, k := range []int{1, 2, 10, 61} {
		data, err := dataset.DigitsParity(k)
		if err != nil {
			t.Fatal(err)
		}
		if !floats.Equal(data.Input(7), all.Input(7)[:k]) || !(data.MinimumLoss() < last) {
			t.Errorf("%d components: x_7 = %v, L* = %v after %v", k, data.Input(7), data.MinimumLoss(), last)
		}
		last = data.MinimumLoss()
	}
}

// TestDigitsComponents checks the first component against the power method, which
// shares nothing with the singular-value decomposition.
func TestDigitsComponents(t *testing.T) {
	images, err := dataset.Digits()
	if err != nil {
		t.Fatal(err)
	}
	n := images.Len()
	x := mat.NewDense(n, 64, append([]float64(nil), images.Pixels...))
	for j := range 64 {
		column := mat.Col(nil, j, x)
		floats.AddConst(-stat.Mean(column, nil), column)
		x.SetCol(j, column)
	}
	var covariance mat.SymDense
	covariance.SymOuterK(1/float64(n), x.T())
	v := mat.NewVecDense(64, nil)
	for i := range 64 {
		v.SetVec(i, 1+float64(i%7))
	}
	for range 2000 { // converges as (lambda_2/lambda_1)^k = 0.92^k
		v.MulVec(&covariance, v)
		v.ScaleVec(1/mat.Norm(v, 2), v)
	}
	var score mat.VecDense
	score.MulVec(x, v)
	score.ScaleVec(math.Sqrt(float64(n))/mat.Norm(&score, 2), &score)
	data, err := dataset.DigitsParity(1)
	if err != nil {
		t.Fatal(err)
	}
	if overlap := math.Abs(floats.Dot(data.Inputs(), score.RawVector().Data)) / float64(n); math.Abs(overlap-1) > 1e-10 {
		t.Errorf("correlation with the power method %v, want 1", overlap)
	}
}

func TestReject_DigitsParity(t *testing.T) {
	for _, k := range []int{-1, 0, 62, 64} {
		want := fmt.Sprintf("number of principal components is %d, want an integer from 1 to the rank 61", k)
		if _, err := dataset.DigitsParity(k); !errors.Is(err, model.ErrDomain) || !strings.Contains(err.Error(), want) {
			t.Errorf("%d components: %v", k, err)
		}
	}
}

func compressed(text string) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = io.WriteString(w, text)
	_ = w.Close()
	return b.Bytes()
}

func TestReject_DamagedDigits(t *testing.T) {
	flipped := append([]byte(nil), dataset.DigitsFile...)
	flipped[len(flipped)/2] ^= 1
	row := strings.Repeat("1,", 64)
	for _, c := range []struct {
		name string
		file []byte
		want string
	}{
		{"empty", nil, "not a complete gzip file"},
		{"not compressed", []byte("0,0,1\n0,0,1\n"), "not a complete gzip file"},
		{"truncated header", dataset.DigitsFile[:5], "not a complete gzip file"},
		{"truncated", dataset.DigitsFile[:30_000], "unexpected EOF"},
		{"without its checksum", dataset.DigitsFile[:len(dataset.DigitsFile)-8], "unexpected EOF"},
		{"one bit flipped", flipped, "digits: "},
		{"too few pixels", compressed("1,2,3\n"), "number of pixels is 2, want 64"},
		{"pixel", compressed("17," + row[2:] + "3\n"), "pixel 0 of picture 0 is 17"},
		{"label", compressed(row + "3\n" + row + "10\n"), "label of picture 1 is 10"},
		{"label is not an integer", compressed(row + "3.5\n"), "label of picture 0 is 3.5"},
	} {
		_, err := dataset.ReadDigits(bytes.NewReader(c.file))
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want one line that says %q", c.name, err, c.want)
		}
	}
}

func ExampleDigitsParity() {
	data, err := dataset.DigitsParity(10)
	if err != nil {
		panic(err)
	}
	fmt.Printf("N = %d, d = %d, L* = %.4f\n", data.Len(), data.Dim(), data.MinimumLoss())
	// Output: N = 1797, d = 10, L* = 0.2193
}

// TestComponentSigns: a direction is the mean of score times pixels, and its
// weight of largest magnitude is positive, whatever the decomposition returned.
func TestComponentSigns(t *testing.T) {
	images, err := dataset.Digits()
	if err != nil {
		t.Fatal(err)
	}
	data, err := dataset.DigitsParity(61)
	if err != nil {
		t.Fatal(err)
	}
	for k := range 61 {
		direction := make([]float64, 64)
		for mu := range data.Len() {
			floats.AddScaled(direction, data.Input(mu)[k], images.Pixels[mu*64:(mu+1)*64])
		}
		if high, low := floats.Max(direction), floats.Min(direction); high < -low {
			t.Errorf("component %d: weights from %v to %v", k, low, high)
		}
	}
}

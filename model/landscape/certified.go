package landscape

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
)

// WithMinimum turns a landscape into a valley whose minimum theta* was checked
// with [CheckMinimum]. The loss there must be positive. Beside the minimum, where
// the loss is a twentieth higher, Grad must be the gradient of Loss, and at the
// minimum Hessian the derivative of Grad; see [WithPassage]. In one dimension a
// curvature that is only rounding is refused: the loss must not rise a hundred times
// as fast as it says.
func WithMinimum(l Landscape, minimum []float64) (Valley, error) {
	c := model.CheckDomain("valley")
	if err := c.Include(checkPoint(l, minimum, atMinimum)).Err(); err != nil {
		return nil, err
	}
	beside := besideMinimum(l, minimum, besideStep)
	if err := c.Include(checkSlope(l, minimum, beside)).Err(); err != nil {
		return nil, err
	}
	if err := c.Positive("loss L* at the minimum", l.Loss(minimum)).Err(); err != nil {
		return nil, err
	}
	if err := c.Include(checkCurvature(l, minimum, [][]float64{minimum})).Err(); err != nil {
		return nil, err
	}
	if err := c.Include(CheckMinimum(l, minimum)).Include(checkWidth(l, minimum)).Err(); err != nil {
		return nil, err
	}
	return &certifiedValley{Landscape: l, minimum: append([]float64(nil), minimum...)}, nil
}

// WithPassage turns a landscape into a passage from minimum over saddle to the
// minimum beyond. The three points are checked with [CheckMinimum] and
// [CheckSaddle], and must be distinct; the saddle must be higher than the minimum
// theta*, where the loss must be positive. At points between them, and on the
// outer walls of both wells where the loss is about L*/20 and L*/2 higher, Grad must
// be the gradient of Loss: a component may differ from central differences by what
// these leave open (rounding, and the change of the difference when its step is
// doubled) and by 0.1 % of the gradient. At the three points Hessian must be the
// derivative of Grad, likewise up to 1 % of its largest element. Points at which
// the loss is not finite are passed over. In one dimension a curvature of less than
// 1e-5 of the barrier over the square of the way counts as flat. It is not checked
// that the steepest descent from the saddle leads to these two minima.
func WithPassage(l Landscape, minimum, saddle, beyond []float64) (Passage, error) {
	c := model.CheckDomain("passage").
		Include(checkPoint(l, minimum, atMinimum))
	if c.Err() == nil { // a landscape that is nil is told once
		c.Include(checkPoint(l, saddle, atSaddle)).
			Include(checkPoint(l, beyond, atBeyond))
	}
	if err := c.Err(); err != nil {
		return nil, err
	}
	points := append(pointsBetween(minimum, saddle), pointsBetween(saddle, beyond)...)
	for _, well := range [][]float64{minimum, beyond} {
		for _, step := range []float64{besideStep, wallStep} {
			points = append(points, fartherFrom(saddle, besideMinimum(l, well, step)))
		}
	}
	if err := c.Include(checkSlope(l, minimum, points)).Err(); err != nil {
		return nil, err
	}
	if err := c.Include(checkCurvature(l, minimum, [][]float64{minimum, saddle, beyond})).Err(); err != nil {
		return nil, err
	}
	c.Include(CheckMinimum(l, minimum)).
		Include(CheckSaddle(l, saddle)).
		Include(certify(l, beyond, atBeyond, 0))
	if err := c.Err(); err != nil {
		return nil, err
	}
	if err := c.That(!sameMinimum(l, minimum, beyond), atBeyond, beyond, "another point than the "+atMinimum).Err(); err != nil {
		return nil, err
	}
	atMin, atSad := l.Loss(minimum), l.Loss(saddle)
	c.Positive("loss L* at the minimum", atMin).
		Above(atMin, "loss L_s at the saddle", atSad)
	if err := c.Err(); err != nil {
		return nil, err
	}
	if err := c.Include(checkCurved(l, minimum, saddle, beyond)).Err(); err != nil {
		return nil, err
	}
	return &certifiedPassage{
		Landscape: l,
		minimum:   append([]float64(nil), minimum...),
		saddle:    append([]float64(nil), saddle...),
		beyond:    append([]float64(nil), beyond...),
	}, nil
}

// checkWidth refuses a minimum that is degenerate but for the error of a curvature h
// or of its place: where a parabola would have risen by 5e-7 L, the loss has risen a
// hundred times as much on either side. In several dimensions that may be a valley
// that bends; there only directions are looked at with a curvature of less than 1e-5
// of the largest by differences of the loss, which see a flat direction as one of
// 2e-4² L"" / 12.
func checkWidth(l Landscape, minimum []float64) error {
	f, _ := Bare(l).(*Func)
	if l.Dim() > 1 && (f == nil || f.def.Grad != nil || f.def.Hessian != nil) {
		return nil
	}
	loss := l.Loss(minimum)
	values, axes := eigen(l, minimum)
	const step, small = 1e-3, 1e-5
	d := model.CheckDomain("valley")
	for i, h := range values {
		if l.Dim() > 1 && h > small*values[len(values)-1] {
			break
		}
		r := float64(step * math.Sqrt(loss/h))
		after := func(x float64) float64 {
			theta := append([]float64(nil), minimum...)
			for k := range theta {
				theta[k] += float64(x * axes.At(k, i))
			}
			return l.Loss(theta)
		}
		rise := math.Min(after(-r), after(r)) - loss
		d.That(!(rise > 100*step*step/2*loss), "curvature at the "+atMinimum, h,
			fmt.Sprintf("that of the loss, which rises by %.4g within %.4g (is the minimum degenerate?)", rise, r))
	}
	return d.Err()
}

// checkCurved refuses a passage in one dimension with a curvature, at one of its
// three points, of less than 1e-5 (L_s - L*) over the square of the way to the next:
// a degenerate point whose curvature is one of rounding, or of its place, only.
func checkCurved(l Landscape, points ...[]float64) error {
	if l.Dim() > 1 {
		return nil
	}
	d := model.CheckDomain("passage")
	for i, name := range []string{atMinimum, atSaddle, atBeyond} {
		next := points[1]
		if i == 1 {
			next = points[0]
		}
		way, h := points[i][0]-next[0], Spectrum(l, points[i])[0]
		least := 1e-5 * math.Abs((l.Loss(points[i])-l.Loss(next))/way) / math.Abs(way)
		d.That(math.Abs(h) >= least, "curvature at the "+name, h,
			fmt.Sprintf("at least %.4g in magnitude, 1e-5 of the barrier over the square of the way (a degenerate point?)", least))
	}
	return d.Err()
}

// sameMinimum reports whether two points are as close as any two that are
// accepted for one minimum: each may be off by a loss of residualTolerance L, so
// that their distance makes four times as much.
func sameMinimum(l Landscape, a, b []float64) bool {
	n := l.Dim()
	h := mat.NewSymDense(n, nil)
	l.Hessian(h, a)
	d := mat.NewVecDense(n, nil)
	d.SubVec(mat.NewVecDense(n, append([]float64(nil), a...)), mat.NewVecDense(n, append([]float64(nil), b...)))
	return mat.Inner(d, h, d)/2 <= 4*residualTolerance*math.Abs(l.Loss(a))
}

// Bare returns the landscape that [WithMinimum] or [WithPassage] was given to make
// l, with the methods it has beside those of a landscape, or l itself if they have
// not made it.
func Bare(l Landscape) Landscape {
	for {
		switch checked := l.(type) {
		case *certifiedValley:
			l = checked.Landscape
		case *certifiedPassage:
			l = checked.Landscape
		default:
			return l
		}
	}
}

type certifiedValley struct {
	Landscape
	minimum []float64
}

func (v *certifiedValley) Minimum() []float64 { return append([]float64(nil), v.minimum...) }

type certifiedPassage struct {
	Landscape
	minimum, saddle, beyond []float64
}

func (p *certifiedPassage) Minimum() []float64 { return append([]float64(nil), p.minimum...) }
func (p *certifiedPassage) Saddle() []float64  { return append([]float64(nil), p.saddle...) }
func (p *certifiedPassage) Beyond() []float64  { return append([]float64(nil), p.beyond...) }

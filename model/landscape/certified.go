package landscape

import "sgdescape/model"

// WithMinimum turns a landscape into a valley whose minimum theta* was checked
// with [CheckMinimum]. The loss there must be positive.
func WithMinimum(l Landscape, minimum []float64) (Valley, error) {
	c := model.CheckDomain("valley").Include(CheckMinimum(l, minimum))
	if err := c.Err(); err != nil {
		return nil, err
	}
	if err := c.Positive("loss L* at the minimum", l.Loss(minimum)).Err(); err != nil {
		return nil, err
	}
	return &certifiedValley{Landscape: l, minimum: append([]float64(nil), minimum...)}, nil
}

// WithPassage turns a landscape into a passage from minimum over saddle to the
// minimum beyond. The three points are checked with [CheckMinimum] and
// [CheckSaddle]; the saddle must be higher than the minimum theta*, where the
// loss must be positive. It is not checked that the steepest descent from the
// saddle leads to these two minima.
func WithPassage(l Landscape, minimum, saddle, beyond []float64) (Passage, error) {
	c := model.CheckDomain("passage").
		Include(CheckMinimum(l, minimum)).
		Include(CheckSaddle(l, saddle)).
		Include(CheckMinimum(l, beyond))
	if err := c.Err(); err != nil {
		return nil, err
	}
	atMin, atSad := l.Loss(minimum), l.Loss(saddle)
	c.Positive("loss L* at the minimum", atMin).
		Above(atMin, "loss L_s at the saddle", atSad)
	if err := c.Err(); err != nil {
		return nil, err
	}
	return &certifiedPassage{
		Landscape: l,
		minimum:   append([]float64(nil), minimum...),
		saddle:    append([]float64(nil), saddle...),
		beyond:    append([]float64(nil), beyond...),
	}, nil
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

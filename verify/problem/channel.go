package problem

import (
	"context"
	"fmt"
	"math"

	"sgdescape/model"
	"sgdescape/model/landscape"
	"sgdescape/model/noise"
	"sgdescape/sim/escape"
	"sgdescape/theory/generator"
	"sgdescape/theory/rate"
)

// ChannelParameters pose a [Channel].
type ChannelParameters struct {
	LearningRate float64 // eta > 0
	BatchSize    int     // B >= 1
	Dim          int     // n >= 1
	Floor        float64 // L0 > 0
	Height       float64 // dL > 0
	Width        float64 // w > 0
	KMin         float64 // km > 0
	KSaddle      float64 // ks > 0
	// Temperature is T = eta h*/B > 0 in place of LearningRate and BatchSize,
	// if TemperatureGiven is true.
	Temperature      float64
	TemperatureGiven bool
}

// A Channel is the escape over the saddle of the n-dimensional double well
// that is symmetric about its axis, with isotropic noise of temperature
// T = eta h*/B in the outlier subspace (Mori2022, Eqs. 20, 21), where h* is the
// curvature of the minimum along the escape direction.
type Channel struct {
	ChannelParameters
	channel *landscape.Channel
}

// NewChannel returns the problem, or an error wrapping [model.ErrDomain].
func NewChannel(p ChannelParameters) (*Channel, error) {
	c, err := landscape.NewChannel(landscape.ChannelParameters{
		Dim: p.Dim, Floor: p.Floor, Height: p.Height, Width: p.Width, KMin: p.KMin, KSaddle: p.KSaddle})
	check := model.CheckDomain("channel")
	if p.TemperatureGiven {
		check.Positive("temperature T", p.Temperature)
	} else {
		check.Include(checkSGD(p.LearningRate, p.BatchSize))
	}
	if err := check.Include(err).Err(); err != nil {
		return nil, err
	}
	if !p.TemperatureGiven {
		p.Temperature = p.LearningRate * wellCurvature(p.Height, p.Width) / float64(p.BatchSize)
	}
	return &Channel{p, c}, nil
}

// Name returns "channel".
func (p *Channel) Name() string { return "channel" }

// Parameters returns the parameters by flag name.
func (p *Channel) Parameters() map[string]any {
	m := map[string]any{"n": p.Dim, "floor": p.Floor, "height": p.Height, "width": p.Width,
		"k-min": p.KMin, "k-saddle": p.KSaddle, "temperature": p.Temperature}
	if !p.TemperatureGiven {
		m["eta"], m["batch"] = p.LearningRate, p.BatchSize
	}
	return m
}

// Landscape returns the landscape of the problem.
func (p *Channel) Landscape() *landscape.Channel { return p.channel }

// PowerLaw returns Eq. 17 for the problem.
func (p *Channel) PowerLaw() rate.Outliers {
	hStar := wellCurvature(p.Height, p.Width)
	transverse := float64(p.Dim - 1)
	law := rate.Outliers{
		OutlierCount:     p.Dim,
		OutlierCurvature: hStar,
		EscapeCurvature:  hStar / 2,
		LogDetMinimum:    math.Log(hStar) + transverse*math.Log(p.channel.TransverseCurvature(-p.Width)),
		LogDetSaddle:     math.Log(hStar/2) + transverse*math.Log(p.KSaddle),
		LossRatio:        (p.Floor + p.Height) / p.Floor,
		Temperature:      p.Temperature,
	}
	if !p.TemperatureGiven {
		law.LearningRate = p.LearningRate
	}
	return law
}

// Levels computes T0 (Eq. 17) and T1 (the generator of Eq. 13).
func (p *Channel) Levels(context.Context) (Levels, []model.Condition, error) {
	law := p.PowerLaw()
	a := newAnswers(law.Conditions())
	a.add("T0")(lawLevel(law))
	exact, err := generator.Channel(p.channel, p.Temperature).Escape(generator.Options{})
	a.add("T1")(generatorLevel(exact, err))
	for _, c := range exact.Conditions {
		a.remark(c.Name, c.Detail)
	}
	if !p.TemperatureGiven {
		a.remarkUnstable(p.LearningRate, stiffness(p.channel))
	}
	return a.levels, a.conditions, nil
}

// channelAccuracy is the relative error above which T1 is not shown.
const channelAccuracy = 1e-3

func generatorLevel(exact generator.Escape, err error) (Level, error) {
	if err != nil {
		return Level{}, err
	}
	worst := max(exact.Rate.RelativeError(), exact.MeanTimeBeyond.RelativeError(), exact.MeanTimeToSaddle.RelativeError())
	if !(worst <= channelAccuracy) {
		return Level{}, fmt.Errorf("the grid reaches a relative error of %.2g, more than %g", worst, channelAccuracy)
	}
	level := rateLevel(exact.LogRate(), exact.MeanTimeBeyond.Value, worst)
	level.MFPTToSaddle = finite(exact.MeanTimeToSaddle.Value)
	return level, nil
}

// Valley returns the landscape.
func (p *Channel) Valley() landscape.Valley { return p.channel }

// Ensemble returns runs of Eq. 13 or Eq. 15.
func (p *Channel) Ensemble(s Simulation) (escape.Ensemble, error) {
	eta := p.LearningRate
	if p.TemperatureGiven {
		eta = 1 // drops out of the noise, whose strength is T
	}
	sigma, err := noise.NewLossIsotropic(p.channel, p.Temperature, eta)
	if err != nil {
		return escape.Ensemble{}, err
	}
	return passage(p, p.channel, sigma, eta, s)
}

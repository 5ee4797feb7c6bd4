package saddle_test

import (
	"fmt"

	"sgdescape/model/landscape"
	"sgdescape/theory/saddle"
)

// What Mori2022, Eq. 17 needs of a three-dimensional channel.
func ExampleNewPassage() {
	channel, err := landscape.NewChannel(landscape.ChannelParameters{
		Dim: 3, Floor: 1, Height: 1, Width: 1, KMin: 2, KSaddle: 3})
	if err != nil {
		fmt.Println(err)
		return
	}
	atMin, err := saddle.Minimise(channel, []float64{-0.8, 0.1, 0})
	if err != nil {
		fmt.Println(err)
		return
	}
	atSad, err := saddle.Find(channel, atMin.Theta, saddle.Options{Direction: []float64{1, 0, 0}})
	if err != nil {
		fmt.Println(err)
		return
	}
	p, err := saddle.NewPassage(atMin, atSad, 3)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("L_s/L* = %.3f, |h_e^s| = %.3f, log det H* = %.3f, log |det H_s| = %.3f\n",
		p.LossSaddle/p.LossMinimum, p.EscapeCurvature, p.LogDetMinimum, p.LogDetSaddle)
	// Output: L_s/L* = 2.000, |h_e^s| = 4.000, log det H* = 3.484, log |det H_s| = 3.584
}

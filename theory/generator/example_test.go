package generator_test

import (
	"fmt"

	"sgdescape/model/landscape"
	"sgdescape/theory/generator"
)

// The escape rate from a three-dimensional channel at T = eta h*/B = 1/8.
func ExampleAxisymmetric_Escape() {
	channel, err := landscape.NewChannel(landscape.ChannelParameters{
		Dim: 3, Floor: 1, Height: 1, Width: 1, KMin: 2, KSaddle: 3})
	if err != nil {
		fmt.Println(err)
		return
	}
	e, err := generator.Channel(channel, 0.125).Escape(generator.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("kappa = %.6f, mean time to the saddle %.2f, beyond it %.2f\n",
		e.Rate.Value, e.MeanTimeToSaddle.Value, e.MeanTimeBeyond.Value)
	// Output: kappa = 0.003557, mean time to the saddle 141.04, beyond it 283.26
}

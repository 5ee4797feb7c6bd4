package quasipotential_test

import (
	"fmt"
	"math"

	"sgdescape/model/landscape"
	"sgdescape/theory/quasipotential"
)

// Under isotropic noise the quasi-potential of the saddle is log(L_s/L*).
func ExampleSolve() {
	channel, err := landscape.NewChannel(landscape.ChannelParameters{
		Dim: 2, Floor: 1, Height: 1, Width: 1, KMin: 2, KSaddle: 3})
	if err != nil {
		fmt.Println(err)
		return
	}
	path, err := quasipotential.Solve(quasipotential.Problem{
		Landscape: channel, From: channel.Minimum(), To: channel.Saddle()}, quasipotential.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("V = %.5f, log(L_s/L*) = %.5f\n", path.Action, math.Log(2))
	// Output: V = 0.69315, log(L_s/L*) = 0.69315
}

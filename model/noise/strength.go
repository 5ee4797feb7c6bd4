package noise

// Strength returns the noise strength
//
//	N(theta) = mean(|grad l|²) - |grad L|²
//	Tr Sigma = c N(theta)  (Mori2022, Eq. 24)
//
// where c is [model.SGD.CovarianceFactor], so that it does not depend on the
// batch size. The claim of the paper is that N(theta) is proportional to L(theta)
// late in training. It costs O(N n) and no n x n matrix, and is never negative;
// theta has length n.
func Strength(samples Samples, theta []float64) float64 {
	checkLen("noise strength", samples.Dim(), theta)
	nData := float64(samples.Len())
	grad := make([]float64, len(theta))
	mean := make([]float64, len(theta))
	for mu := range samples.Len() {
		samples.SampleGrad(grad, theta, mu)
		for i, g := range grad {
			mean[i] += g / nData
		}
	}
	sum := 0.0
	for mu := range samples.Len() {
		samples.SampleGrad(grad, theta, mu)
		for i, g := range grad {
			sum += float64((g - mean[i]) * (g - mean[i]))
		}
	}
	return sum / nData
}

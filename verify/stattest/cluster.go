package stattest

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat"

	"sgdescape/model"
)

// ClusterMean returns the interval of the mean of correlated numbers that come
// in independent clusters of equal law, such as one trajectory each: the means
// of the clusters are independent, whatever happens inside, and Student's
// interval for them holds. All clusters must have the same length, so that
// their means have the same law.
func ClusterMean(clusters [][]float64, alpha float64) (Interval, error) {
	mustAlpha(alpha)
	d := model.CheckDomain("cluster mean").AtLeast(2, "number of clusters", len(clusters))
	means := make([]float64, len(clusters))
	for i, c := range clusters {
		d.AtLeast(1, fmt.Sprintf("length of cluster %d", i), len(c))
		d.That(len(c) == len(clusters[0]), fmt.Sprintf("length of cluster %d", i), len(c), fmt.Sprintf("that of cluster 0, %d", len(clusters[0])))
		means[i] = stat.Mean(c, nil)
	}
	if err := d.Err(); err != nil {
		return Interval{}, err
	}
	return studentInterval(means, alpha), nil
}

// BatchMean returns the interval of the mean of one stationary series, cut into
// the given number of batches of consecutive numbers whose means are treated as
// independent and Gaussian; leading numbers that do not fill a batch are left
// out of it. It is approximate: the end of a batch and the beginning of the next
// are correlated, so the interval is too narrow, by the fraction
//
//	sum_k k rho_k / (tau length)  ~  tau/(4 length)
//
// of its width, with length that of a batch, tau the correlation time (see
// [EffectiveSize]) and, on the right, an exponential correlation. At tau = 9 and
// batches of 200 the level of 0.95 is 0.9476. A few tens of batches are usual, and
// EffectiveSize over the number of batches should be in the tens or more.
func BatchMean(series []float64, batches int, alpha float64) (Interval, error) {
	d := model.CheckDomain("batch mean").AtLeast(2, "number of batches", batches)
	d.AtLeast(max(batches, 2), "length of the series", len(series))
	if err := d.Err(); err != nil {
		return Interval{}, err
	}
	length := len(series) / batches
	series = series[len(series)-batches*length:]
	clusters := make([][]float64, batches)
	for i := range clusters {
		clusters[i] = series[i*length : (i+1)*length]
	}
	return ClusterMean(clusters, alpha)
}

// studentInterval is Student's, without a correction for skewness: means of
// many numbers have little, and a handful of them does not tell how much.
func studentInterval(xs []float64, alpha float64) Interval {
	m := momentsOf(xs)
	half := studentQuantile(alpha, float64(len(xs)-1)) * m.sd / math.Sqrt(float64(len(xs)))
	return Interval{Estimate: m.mean, Low: m.mean - half, High: m.mean + half, Level: 1 - alpha}
}

// EffectiveSize returns n/tau, the number of independent numbers whose mean is
// as uncertain as that of the series. The integrated correlation time
//
//	tau = 1 + 2 sum_{k=1}^{m} rho_k
//
// is summed over pairs rho_{2j} + rho_{2j+1} until one is negative (Geyer's
// initial positive sequence). At least 1; n for constant or very short series; NaN
// for one that holds what is no finite number.
// The cost is that of m products of n numbers.
func EffectiveSize(series []float64) float64 {
	n := len(series)
	if n < 4 {
		return float64(n)
	}
	series, _ = inRange(series)
	mean, variance := stat.PopMeanVariance(series, nil)
	if math.IsNaN(variance) {
		return variance
	}
	if !(variance > 0) {
		return float64(n)
	}
	rho := func(k int) float64 {
		sum := 0.0
		for i := range n - k {
			sum += (series[i] - mean) * (series[i+k] - mean)
		}
		return sum / (float64(n) * variance)
	}
	tau := -1.0
	for k := 0; k+1 < n; k += 2 {
		pair := rho(k) + rho(k+1)
		if !(pair > 0) {
			break
		}
		tau += 2 * pair
	}
	return math.Min(float64(n), math.Max(1, float64(n)/math.Max(tau, 1)))
}

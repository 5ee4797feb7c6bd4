package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
)

// evenTicks marks an axis at multiples of 1, 2 or 5 times a power of ten, with
// at most seven labels.
func evenTicks(low, high float64) []plot.Tick { return evenTicksOf(low, high, 0) }

// wholeTicks is evenTicks on whole numbers only.
func wholeTicks(low, high float64) []plot.Tick { return evenTicksOf(low, high, 1) }

func evenTicksOf(low, high, leastStep float64) []plot.Tick {
	const mostLabels = 7
	exponent := int(math.Floor(math.Log10((high - low) / mostLabels)))
	step, decimals := 0.0, 0
	for _, digit := range []float64{1, 2, 5, 10} {
		step, decimals = digit*math.Pow10(exponent), max(0, -exponent)
		if (high-low)/step <= mostLabels && step >= leastStep {
			break
		}
	}
	if step < leastStep {
		step, decimals = leastStep, 0
	}
	var ticks []plot.Tick
	for i := math.Ceil(low / step); i*step <= high; i++ {
		ticks = append(ticks, plot.Tick{Value: i * step, Label: evenLabel(i*step, step, decimals)})
	}
	return ticks
}

// evenLabel writes a multiple of step with the decimals that tell neighbours
// apart, or in powers of ten where that would be long.
func evenLabel(x, step float64, decimals int) string {
	if decimals > 5 || math.Abs(x) >= 1e6 {
		if math.Abs(x) < step/2 {
			return "0"
		}
		digits := max(0, int(math.Floor(math.Log10(math.Abs(x)))-math.Floor(math.Log10(step))))
		mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(x, 'e', digits, 64), "e")
		power, _ := strconv.Atoi(exponent) // what FormatFloat wrote
		return mantissa + "·10" + superscript(power)
	}
	label := strconv.FormatFloat(x, 'f', decimals, 64)
	if strings.Contains(label, ".") {
		label = strings.TrimRight(strings.TrimRight(label, "0"), ".")
	}
	if label == "-0" {
		label = "0"
	}
	return label
}

// logTicks marks a logarithmic axis: evenly spaced numbers where it spans less
// than most of a decade, 1-2-5 up to two decades, powers of ten beyond.
func logTicks(low, high float64) []plot.Tick {
	const mostLabels = 7
	first, last := math.Floor(math.Log10(low)), math.Ceil(math.Log10(high))
	span := math.Log10(high) - math.Log10(low)
	if span < 0.75 {
		return evenTicks(low, high)
	}
	stride := math.Max(1, math.Ceil(span/mostLabels))
	var ticks []plot.Tick
	for e := first; e <= last; e++ {
		for digit := 1; digit <= 9; digit++ {
			value, err := strconv.ParseFloat(fmt.Sprintf("%de%d", digit, int(e)), 64)
			if err != nil || value < low || value > high || digit > 1 && stride > 1 {
				continue
			}
			tick := plot.Tick{Value: value}
			if digit == 1 && math.Mod(e, stride) == 0 || span <= 2 && (digit == 2 || digit == 5) {
				tick.Label = powerLabel(digit, int(e))
			}
			ticks = append(ticks, tick)
		}
	}
	return ticks
}

// powerLabel writes digit times ten to the exponent, in plain digits if that is
// short.
func powerLabel(digit, exponent int) string {
	if exponent >= -3 && exponent <= 3 {
		return strconv.FormatFloat(float64(digit)*math.Pow10(exponent), 'f', max(0, -exponent), 64)
	}
	power := "10" + superscript(exponent)
	if digit == 1 {
		return power
	}
	return fmt.Sprintf("%d·%s", digit, power)
}

func superscript(n int) string {
	return strings.NewReplacer("-", "⁻", "0", "⁰", "1", "¹", "2", "²", "3", "³", "4", "⁴",
		"5", "⁵", "6", "⁶", "7", "⁷", "8", "⁸", "9", "⁹").Replace(strconv.Itoa(n))
}

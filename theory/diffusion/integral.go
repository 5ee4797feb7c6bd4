package diffusion

import "math"

// LogIntegral returns log of the integral of exp(logF) from the lower end of
// the mesh to every node and every edge; logF holds values at the nodes.
func (m *Mesh) LogIntegral(logF []float64) (nodes, edges []float64) {
	nodes, edges = make([]float64, len(m.X)), make([]float64, len(m.EdgeX))
	edges[0] = math.Inf(-1)
	var e [order]float64
	for k := range m.panels {
		at := k * order
		top := exponentials(&e, logF[at:at+order], m.Weight[at:at+order])
		total := 0.0
		for i := range order {
			total += e[i]
			sum := 0.0
			for j, v := range e {
				sum += legendre.upTo[i][j] * v
			}
			nodes[at+i] = logAdd(edges[k], top+math.Log(max(sum, 0)))
		}
		edges[k+1] = logAdd(edges[k], top+math.Log(total))
	}
	return nodes, edges
}

// LogIntegralAbove is [Mesh.LogIntegral] from every node and edge to the upper
// end.
func (m *Mesh) LogIntegralAbove(logF []float64) (nodes, edges []float64) {
	nodes, edges = make([]float64, len(m.X)), make([]float64, len(m.EdgeX))
	last := len(m.panels)
	edges[last] = math.Inf(-1)
	var e [order]float64
	for k := last - 1; k >= 0; k-- {
		at := k * order
		top := exponentials(&e, logF[at:at+order], m.Weight[at:at+order])
		total := 0.0
		for i := range order {
			total += e[i]
			sum := 0.0
			for j, v := range e {
				sum += legendre.upTo[order-1-i][order-1-j] * v // mirror image
			}
			nodes[at+i] = logAdd(edges[k+1], top+math.Log(max(sum, 0)))
		}
		edges[k] = logAdd(edges[k+1], top+math.Log(total))
	}
	return nodes, edges
}

// exponentials stores w exp(logF - top) in e, with top the largest logF.
func exponentials(e *[order]float64, logF, weight []float64) (top float64) {
	top = math.Inf(-1)
	for _, v := range logF {
		top = max(top, v)
	}
	if math.IsInf(top, -1) {
		*e = [order]float64{}
		return 0
	}
	for i, v := range logF {
		e[i] = weight[i] * math.Exp(v-top)
	}
	return top
}

// logAdd returns log(exp(a) + exp(b)).
func logAdd(a, b float64) float64 {
	if a < b {
		a, b = b, a
	}
	if math.IsInf(b, -1) {
		return a
	}
	return a + math.Log1p(math.Exp(b-a))
}

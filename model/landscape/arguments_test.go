package landscape_test

import (
	"errors"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
	"sgdescape/model/landscape"
)

// TestReject_Arguments: functions that add to dst, or set a part of it, or change
// theta, be it to the minimum itself, are refused by name.
func TestReject_Arguments(t *testing.T) {
	well, err := landscape.NewDoubleWell(0.5, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	right := landscape.Definition{Dim: 1, Loss: well.Loss, Grad: well.Grad, Hessian: well.Hessian}
	adds, hessianAdds, lossMoves, moves, hessianMoves := right, right, right, right, right
	adds.Grad = func(dst, theta []float64) {
		g := []float64{0}
		well.Grad(g, theta)
		dst[0] += g[0]
	}
	hessianAdds.Hessian = func(dst *mat.SymDense, theta []float64) {
		h := mat.NewSymDense(1, nil)
		well.Hessian(h, theta)
		dst.AddSym(dst, h)
	}
	lossMoves.Loss = func(theta []float64) float64 {
		x := theta[0]
		theta[0] = 0
		return well.Loss([]float64{x})
	}
	moves.Grad = func(dst, theta []float64) {
		well.Grad(dst, theta)
		theta[0] = -1
	}
	hessianMoves.Hessian = func(dst *mat.SymDense, theta []float64) {
		well.Hessian(dst, theta)
		theta[0] = -1
	}
	for _, c := range []struct {
		name string
		def  landscape.Definition
		want string // empty if it is right
	}{
		{"right", right, ""},
		{"Grad adds", adds, "Grad must set dst"},
		{"Hessian adds", hessianAdds, "element 0 that Hessian stores at theta = [-1] is 8 in a dst that held 0 and 16 in one that held 8, want the same: Hessian must set dst"},
		{"Loss moves", lossMoves, "is [0], want it as before: Loss must not change theta"},
		{"Grad moves", moves, "is [-1], want it as before: Grad must not change theta"},
		{"Hessian moves", hessianMoves, "is [-1], want it as before: Hessian must not change theta"},
	} {
		l, err := landscape.NewFunc(c.def)
		if err != nil {
			t.Fatal(err)
		}
		_, minimum := landscape.WithMinimum(l, []float64{-1})
		_, passage := landscape.WithPassage(l, []float64{-1}, []float64{0}, []float64{1})
		for what, err := range map[string]error{"minimum": minimum, "passage": passage} {
			if c.want == "" && err != nil || c.want != "" && (!errors.Is(err, model.ErrDomain) || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("%s, %s: error %v, want one that says %q", c.name, what, err, c.want)
			}
		}
	}
	// A Hessian that leaves its zeros to the caller.
	diagonal, err := landscape.NewFunc(landscape.Definition{Dim: 2,
		Loss:    func(x []float64) float64 { return 1 + x[0]*x[0] + x[1]*x[1] },
		Hessian: func(h *mat.SymDense, _ []float64) { h.SetSym(0, 0, 2); h.SetSym(1, 1, 2) }})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := landscape.WithMinimum(diagonal, []float64{0, 0}); err == nil || !strings.Contains(err.Error(), "element 1 that Hessian stores") {
		t.Errorf("zeros left out: error %v", err)
	}
}

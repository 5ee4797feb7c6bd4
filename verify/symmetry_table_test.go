package verify

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// symmetries are what holds for every law and every simulator, each with the
// property tests, fuzz targets and claims that stand for it.
var symmetries = []struct {
	statement string
	tests     []string // folder/Name
	claims    []string
	fuzzed    bool
}{
	{"L -> aL with eta -> eta/a leaves the statistics of a step unchanged", []string{
		"sim/sde/TestProp_Scale", "sim/sgd/TestProp_Scale", "model/noise/TestProp_LossScale",
		"verify/TestProp_ScaledWells", "verify/FuzzScaledWells", "verify/TestProp_ScaledData", "verify/FuzzScaledData"}, nil, true},
	{"... and multiplies kappa per unit t by a", []string{
		"theory/rate/TestProp_ScalingOfLoss", "theory/rate/FuzzScalingOfLoss", "theory/firstpassage/TestProp_Symmetries",
		"theory/generator/TestProp_PlanarSymmetries", "verify/TestProp_AnyScale", "verify/problem/TestProp_LossScale"}, nil, true},
	{"theta -> Q theta + s leaves every rate unchanged", []string{
		"verify/TestStat_RotatedValleys", "model/noise/TestProp_ExactRotates", "model/noise/FuzzExactRotates",
		"theory/rate/TestProp_FirstOrderInvariant", "theory/generator/TestProp_PlanarSymmetries", "theory/quasipotential/TestProp_Symmetries"}, nil, true},
	{"theta -> theta/w scales h by w²", []string{
		"theory/rate/TestProp_ScalingOfParameters", "theory/rate/FuzzScalingOfParameters", "verify/problem/TestProp_ParameterScale",
		"verify/TestProp_ScaledWells"}, nil, true},
	{"Eq. 17 at n = 1 is Eq. 16", []string{
		"theory/rate/TestProp_OneOutlierIsOutliersAtOne", "theory/rate/FuzzOneOutlierIsOutliersAtOne"}, nil, true},
	{"at fixed eta h*/B the law depends on losses through L_s/L* only", []string{
		"theory/rate/TestProp_ScalingOfLoss", "theory/rate/FuzzScalingOfLoss"}, []string{"barrier-sgd-ratio"}, true},
	{"the law is monotone in B/eta, h*, n and the ratio", []string{
		"theory/rate/TestProp_Monotone", "theory/rate/FuzzMonotone", "theory/firstpassage/TestProp_ThresholdIsMonotone"}, nil, true},
	{"T1 increases in c and decreases in n", []string{
		"theory/firstpassage/TestProp_RadialMonotone", "theory/firstpassage/FuzzRadialMonotone", "sim/escape/TestProp_Monotone"}, nil, true},
	{"kappa times T tends to 1 as T -> 0, with a gap in proportion to T", []string{
		"theory/rate/TestProp_FirstOrderInvariant"}, []string{"eq16-limit", "eq16-order", "eq17-limit-n1", "eq17-order-n1", "eq17-order-n2", "eq17-order-n3", "eq17-order-n5", "eq17-order-n8"}, false},
	{"the principal eigenvalue times the mean time tends to 1 for high barriers; S(0) = 1 and S does not increase", []string{
		"theory/firstpassage/TestProp_LevelsAgree", "theory/firstpassage/FuzzLevelsAgree", "theory/discrete/TestProp_Passage_Survival",
		"verify/TestStat_LevelsMeetSimulation"}, nil, true},
	{"P_tau is proportional to L P_t", []string{
		"theory/stationary/TestProp_InternalTimeWeighsByLoss", "theory/stationary/FuzzInternalTimeWeighsByLoss"}, []string{"eq18-clocks"}, true},
	{"one Brownian path through Eq. 13 and Eq. 15 visits the same points as dt -> 0", []string{
		"sim/sde/TestTimeChange"}, []string{"eq15-pathwise"}, false},
	{"Sigma by enumeration of all minibatches is Eq. 8, with and without replacement", []string{
		"model/noise/TestProp_ExactByEnumeration", "model/noise/FuzzExactByEnumeration"}, []string{"eq8-with-replacement", "eq8-without-replacement"}, true},
	{"any interleaving of step, pause, checkpoint, resume and numbers of workers gives one outcome", []string{
		"sim/escape/TestProp_Campaign", "sim/escape/FuzzCampaign"}, nil, true},
}

// TestEverySymmetryHasItsProperty: what the table names exists, and is a fuzz
// target, too, where the table says so. A property in rapid is fuzzed as it
// stands; convergence is a claim, because it has an order and no single draw.
func TestEverySymmetryHasItsProperty(t *testing.T) {
	claims := map[string]bool{}
	for _, c := range Ledger() {
		claims[c.ID] = true
	}
	for _, s := range symmetries {
		fuzzed := false
		for _, path := range s.tests {
			folder, name := filepath.Split(path)
			if !declared(t, filepath.Join("..", folder))[name] {
				t.Errorf("%s: there is no %s in %s", s.statement, name, folder)
			}
			fuzzed = fuzzed || strings.HasPrefix(name, "Fuzz")
		}
		for _, id := range s.claims {
			if !claims[id] {
				t.Errorf("%s: there is no claim %s", s.statement, id)
			}
		}
		if len(s.tests) == 0 || fuzzed != s.fuzzed {
			t.Errorf("%s: %d tests, fuzzed %v, want %v", s.statement, len(s.tests), fuzzed, s.fuzzed)
		}
	}
}

// declared returns the functions of the tests of a folder.
func declared(t *testing.T, folder string) map[string]bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, path := range files {
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok {
				names[fn.Name.Name] = true
			}
		}
	}
	return names
}

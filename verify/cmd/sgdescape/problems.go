package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"sgdescape/model"
	"sgdescape/model/dataset"
	"sgdescape/verify/problem"
)

// A builder builds a problem; it returns the error of a context that ends.
type builder func(context.Context) (problem.Problem, error)

// A kind is one family of problems with the flags that pose it.
type kind struct {
	name, short string
	// flags registers the flags and returns the function that builds the
	// problem from their values.
	flags func(f *pflag.FlagSet) builder
}

func kinds() []kind {
	return []kind{
		{"radial", "isotropic quadratic valley in n dimensions, exit through the loss threshold c L*", radialFlags},
		{"doublewell", "one-dimensional double well, exit over the saddle", doubleWellFlags},
		{"channel", "n-dimensional double well symmetric about its axis, exit over the saddle", channelFlags},
		{"regression", "linear regression on Gaussian inputs or on data, exit through the loss threshold c L*", regressionFlags},
	}
}

// addProblems gives the command parent one subcommand for each kind of
// problem; extra registers the flags the subcommands have besides.
func addProblems(parent *cobra.Command, extra func(*pflag.FlagSet), run func(*cobra.Command, problem.Problem) error) {
	parent.Args = cobra.NoArgs
	parent.RunE = func(cmd *cobra.Command, _ []string) error {
		return fmt.Errorf("%s: no PROBLEM given, want radial, doublewell, channel or regression", cmd.Name())
	}
	for _, k := range kinds() {
		cmd := &cobra.Command{Use: k.name, Short: k.short, Args: cobra.NoArgs}
		build := k.flags(cmd.Flags())
		if extra != nil {
			extra(cmd.Flags())
		}
		cmd.RunE = func(cmd *cobra.Command, _ []string) error {
			p, err := build(cmd.Context())
			if err != nil {
				return err
			}
			return run(cmd, p)
		}
		parent.AddCommand(cmd)
	}
}

func commonFlags(f *pflag.FlagSet, eta *float64, batch *int) {
	f.Float64Var(eta, "eta", 0.1, "learning rate eta > 0")
	f.IntVar(batch, "batch", 1, "batch size B >= 1")
}

func radialFlags(f *pflag.FlagSet) builder {
	var p problem.RadialParameters
	commonFlags(f, &p.LearningRate, &p.BatchSize)
	f.IntVar(&p.Dim, "n", 1, "dimension n >= 1")
	f.Float64Var(&p.Curvature, "h", 1, "curvature h > 0")
	f.Float64Var(&p.Floor, "floor", 0.5, "loss L* > 0 at the minimum")
	f.Float64Var(&p.Ratio, "c", 2, "exit at L = c L*, c > 1")
	return func(context.Context) (problem.Problem, error) { return asProblem(problem.NewRadial(p)) }
}

func doubleWellFlags(f *pflag.FlagSet) builder {
	var p problem.DoubleWellParameters
	commonFlags(f, &p.LearningRate, &p.BatchSize)
	f.Float64Var(&p.Floor, "floor", 1, "loss L0 > 0 at the minima")
	f.Float64Var(&p.Height, "height", 1, "height dL > 0 of the barrier")
	f.Float64Var(&p.Width, "width", 1, "minima at -w and +w, w > 0")
	return func(context.Context) (problem.Problem, error) { return asProblem(problem.NewDoubleWell(p)) }
}

func channelFlags(f *pflag.FlagSet) builder {
	var p problem.ChannelParameters
	commonFlags(f, &p.LearningRate, &p.BatchSize)
	f.IntVar(&p.Dim, "n", 2, "dimension n >= 1")
	f.Float64Var(&p.Floor, "floor", 1, "loss L0 > 0 at the minima")
	f.Float64Var(&p.Height, "height", 1, "height dL > 0 of the barrier")
	f.Float64Var(&p.Width, "width", 1, "minima at -w and +w on the axis, w > 0")
	f.Float64Var(&p.KMin, "k-min", 2, "transverse curvature km > 0 far from the saddle")
	f.Float64Var(&p.KSaddle, "k-saddle", 3, "transverse curvature ks > 0 at the saddle")
	f.Float64Var(&p.Temperature, "temperature", 0, "T = eta h*/B > 0 in place of --eta and --batch")
	return func(context.Context) (problem.Problem, error) {
		if f.Changed("temperature") && (f.Changed("eta") || f.Changed("batch")) {
			return nil, fmt.Errorf("channel: --temperature stands in place of --eta and --batch, want one or the other")
		}
		p.TemperatureGiven = f.Changed("temperature")
		return asProblem(problem.NewChannel(p))
	}
}

func regressionFlags(f *pflag.FlagSet) builder {
	var (
		p          problem.RegressionParameters
		population bool
		samples    int
		data       string
		sampling   string
		components int
		dataSeed   uint64
	)
	commonFlags(f, &p.LearningRate, &p.BatchSize)
	f.IntVar(&p.Dim, "d", 1, "dimension d >= 1 of the inputs")
	f.Float64Var(&p.Ratio, "c", 2, "exit at L = c L*, c > 1")
	f.Float64Var(&p.NoiseStd, "noise-std", 1, "standard deviation s > 0 of the targets")
	f.BoolVar(&population, "population", false, "infinite data set of Gaussian inputs (the default without --samples and --data)")
	f.IntVar(&samples, "samples", 0, "size N of a data set drawn from that population")
	f.Uint64Var(&dataSeed, "data-seed", 1, "seed of the data set drawn by --samples")
	f.StringVar(&data, "data", "", "CSV `file`, last column the target; or \"digits\" for the embedded data. The model has no intercept: centre inputs and targets")
	f.IntVar(&components, "components", 5, "principal components of the embedded digits")
	f.StringVar(&sampling, "sampling", "with", "minibatches drawn \"with\" or \"without\" replacement")
	return func(ctx context.Context) (problem.Problem, error) {
		scheme, err := model.ParseSampling(sampling)
		if err != nil {
			return nil, err
		}
		p.Sampling = scheme
		if err := exclusive(f, "population", "samples", "data"); err != nil {
			return nil, err
		}
		if err := applicable(f, data); err != nil {
			return nil, err
		}
		var draw func() (*dataset.Regression, error)
		switch {
		case f.Changed("samples"):
			if err := model.CheckDomain("regression").AtLeast(1, "sample count N", samples).Err(); err != nil {
				return nil, err
			}
			draw = func() (*dataset.Regression, error) { return dataset.Gaussian(dataSeed, samples, p.Dim, p.NoiseStd) }
		case data == "digits":
			p.DataName = data
			draw = func() (*dataset.Regression, error) { return dataset.DigitsParity(components) }
		case f.Changed("data"):
			p.DataName = data
			draw = func() (*dataset.Regression, error) { return readCSV(data) }
		default:
			return asProblem(problem.NewRegression(p))
		}
		return orInterrupted(ctx, func() (problem.Problem, error) { // a large data set takes a while
			d, err := draw()
			if err != nil {
				return nil, err
			}
			p := p
			p.Data, p.Dim = d, d.Dim()
			return asProblem(problem.NewRegression(p))
		})
	}
}

// readCSV reads the file of --data. What is wrong with it is said after its name.
func readCSV(name string) (*dataset.Regression, error) {
	if name == "" {
		return nil, errors.New(`--data is empty, want a CSV file or "digits"`)
	}
	file, err := os.Open(name)
	var r *dataset.Regression
	if err == nil {
		defer file.Close()
		r, err = dataset.ReadCSV(file)
	}
	var domain *model.DomainError
	switch {
	case errors.As(err, &domain):
		return nil, &model.DomainError{Subject: name, Fields: domain.Fields}
	case err != nil:
		return nil, fmt.Errorf("--data is %q, want a CSV file that can be read: %w", name, cause(err))
	}
	return r, nil
}

// cause is what the operating system said about a file, without the name.
func cause(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// exclusive refuses more than one of the named flags.
func exclusive(f *pflag.FlagSet, names ...string) error {
	var given []string
	for _, name := range names {
		if f.Changed(name) {
			given = append(given, "--"+name)
		}
	}
	if len(given) > 1 {
		return fmt.Errorf("regression: got %v together, want at most one of them", given)
	}
	return nil
}

// applicable refuses flags that the source of the data leaves without effect.
func applicable(f *pflag.FlagSet, data string) error {
	var idle []string
	source := "--data " + data
	switch {
	case f.Changed("data"):
		idle = []string{"d", "noise-std", "data-seed"}
		if data != "digits" {
			idle = append(idle, "components")
		}
	case f.Changed("samples"):
		source, idle = "--samples", []string{"components"}
	default:
		source, idle = "the population", []string{"components", "data-seed"}
	}
	for _, name := range idle {
		if f.Changed(name) {
			return fmt.Errorf("regression: got --%s with %s, on which it has no effect, want one or the other", name, source)
		}
	}
	return nil
}

// asProblem keeps a nil pointer out of the interface.
func asProblem[P problem.Problem](p P, err error) (problem.Problem, error) {
	if err != nil {
		return nil, err
	}
	return p, nil
}

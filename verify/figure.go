package verify

// A Figure is the data of a plot. Drawing it is the report's business.
type Figure struct {
	Title  string `json:"title"`
	XLabel string `json:"x_label"`
	// XNames, if there are any, stand at x = 0, 1, ... in place of numbers.
	XNames []string `json:"x_names,omitempty"`
	YLabel string   `json:"y_label"`
	XLog   bool     `json:"x_log"`
	YLog   bool     `json:"y_log"`
	Series []Series `json:"series"`
}

// A Mark says how a series is drawn.
type Mark string

// The marks of a series.
const (
	Points Mark = "points" // simulation, with error bars where Low and High are given
	Curve  Mark = "curve"  // a closed-form law
	Exact  Mark = "exact"  // an exact numerical answer, drawn dashed
	Bounds Mark = "bounds" // lower bounds, drawn as arrows upwards
)

// A Series is one set of points or one line. Low and High are empty or as long
// as X and Y.
type Series struct {
	Name string    `json:"name"`
	Mark Mark      `json:"mark"`
	X    []float64 `json:"x"`
	Y    []float64 `json:"y"`
	Low  []float64 `json:"low,omitempty"`
	High []float64 `json:"high,omitempty"`
	// Style, if not 0, gives series of several figures the same colour, shape and
	// dashes: it is counted from 1. Otherwise the place in the figure decides.
	Style int `json:"style,omitempty"`
}

// Add appends a point without an error bar.
func (s *Series) Add(x, y float64) { s.X, s.Y = append(s.X, x), append(s.Y, y) }

// AddBar appends a point with an error bar.
func (s *Series) AddBar(x, y, low, high float64) {
	s.Add(x, y)
	s.Low, s.High = append(s.Low, low), append(s.High, high)
}

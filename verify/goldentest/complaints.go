package goldentest

import (
	"errors"
	"fmt"
	"math"
	"strings"
)

// complaints collects everything that is wrong with a set, so that all of it is
// said at once.
type complaints []string

// that complains unless ok, in the form "name is value, want what".
func (c *complaints) that(ok bool, name string, value any, want string) {
	if !ok {
		*c = append(*c, fmt.Sprintf("%s is %v, want %s", name, value, want))
	}
}

func (c *complaints) words(name, text string) {
	c.that(strings.TrimSpace(text) != "", name, fmt.Sprintf("%q", text), "some words")
}

func (c *complaints) nonNegative(name string, x float64) {
	c.that(x >= 0 && !math.IsInf(x, 1), name, x, "a finite number >= 0")
}

func (c *complaints) positive(name string, x float64) {
	c.that(x > 0 && !math.IsInf(x, 1), name, x, "a finite number > 0")
}

// err returns nil if there was nothing to complain about.
func (c complaints) err() error {
	if len(c) == 0 {
		return nil
	}
	return errors.New(strings.Join(c, "; "))
}

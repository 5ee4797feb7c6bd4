package gate

import "math/rand/v2"

// An Order says which of the four runs of a block belong to the head side.
type Order [4]bool

// orders are all orders of two runs a side.
var orders = []Order{
	{false, true, true, false},
	{true, false, false, true},
	{false, true, false, true},
	{true, false, true, false},
	{false, false, true, true},
	{true, true, false, false},
}

// DrawOrder draws one of the six orders, each as likely as the others: what makes
// the law of U exact, see the package comment.
func DrawOrder(rng *rand.Rand) Order { return orders[rng.IntN(len(orders))] }

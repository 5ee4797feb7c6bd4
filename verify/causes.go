package verify

import (
	"slices"
	"strings"
)

// causes says of every claim that is known to disagree why it does, in one
// sentence, by the identifier of the claim, in which a star stands for anything.
var causes = map[string]string{
	"eq6-digits": "the decoupling of Eq. 7 needs the loss of a sample to be independent of its input; on these digits the two depend on each other.",
	"eq6-gaussian-tail": "the exact covariance is (2L I + theta theta^T)/B: far out theta theta^T, which the decoupling leaves out, is as large as the rest " +
		"in the radial direction.",
	"fig1-trained-largest": "training leaves larger losses to samples with larger gradients of the output, above all along the direction these share: l_mu and C_mu, " +
		"which at initialisation know nothing of each other, do not stay independent.",
	"fig2-early": "Nstrength/L is the mean of 2 |grad f|² with the weight l: while the network learns it grows, to more than twice, " +
		"and the noise falls more slowly than the loss; once the outputs' gradients stand still it follows.",
	"barrier-sgd-linear": "SGD's noise grows with the loss, so that the rate is a power of L_s/L*, and that is 2 in one well and 3 in the other.",
	"barrier-gld-ratio":  "constant noise does not know the loss: its rate falls as exp(-dL/D), and dL is 1 in one well and 2 in the other.",
	"rival-eyring-kramers": "the noise is frozen at its strength at the minimum, where that of Eq. 13 grows with the loss, threefold on the way to the saddle: " +
		"runs leave much sooner.",
	"rival-xie2021": "the noise is frozen at its strength at the minimum, where that of Eq. 13 grows with the loss, threefold on the way to the saddle: " +
		"runs leave much sooner.",
	"eq17-bent": "where the valley floor bends, anisotropic noise does not balance the drift, and the path of least action is not the one behind Eq. 17; " +
		"with isotropic noise (eq17-isotropic) the error is gone.",
	"eq17-outlier-ratio": "a bent floor starts at an angle to the escape direction, so that h* = e^T H* e takes in some of the curvature across, which the escape does not feel.",
	"ladder-*t0-t1":      "the power law is the leading term for small T; at these eta, B and c the rest of the exact integral is not small.",
	"ladder-*t1-t2":      "the exact covariance is (2L I + theta theta^T)/B; the decoupling leaves out the second term, which in the radial direction reaches the size of the first.",
	"ladder-*t2-t3":      "an excursion beyond the threshold that is over before the next step goes unseen, and at eta h* of a tenth or so a step is not small against the valley.",
	"ladder-*t3-t4": "in a small minibatch a step is no Gaussian: it is a mean of a few products of residual and input, which has the same mean and covariance " +
		"but not the same chance of reaching the threshold.",
	"fig3b-*-slope": "the slope of discrete SGD is no constant: it passes the one of the law, and for c -> infinity it tends to alpha/2 of Kesten's equation.",
	"fig3b-*-t1": "at eta h* = 0.1 a step is as long as the noise is strong, and with B = 1 a step is no Gaussian but a product of the residual and the input; " +
		"the ladder claims give each step of the argument its price.",
	"fig3a-*": "discrete SGD settles at the variance (eta s^2/B)/(2 - eta (1 + 2/B)), where the law implies (eta s^2/B)/(2 - eta/B); h = 1.",
}

// withCauses adds to every claim that is known to disagree its cause.
func withCauses(claims []Claim) []Claim {
	claims = slices.Clone(claims)
	for i, c := range claims {
		if c.Expected == Disagrees {
			claims[i].Cause = causeOf(c.ID)
		}
	}
	return claims
}

// causeOf returns the cause of the claim with the identifier, or "".
func causeOf(id string) string {
	for pattern, cause := range causes {
		start, end, _ := strings.Cut(pattern, "*")
		if pattern == id || strings.Contains(pattern, "*") && strings.HasPrefix(id, start) && strings.HasSuffix(id, end) {
			return cause
		}
	}
	return ""
}

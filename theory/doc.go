// Package theory is the root of the exact and asymptotic answers: how fast a
// population of weights leaves a valley, at every level of approximation. The
// answers live in its subpackages; this package holds their shared rule and
// the test that enforces it.
//
//	rate            the power laws in closed form (Mori2022, Eqs. 16, 17, 19, 22, 23)
//	stationary      stationary and quasi-stationary densities (Mori2022, Eq. 18)
//	diffusion       scale, speed and Green function of a one-dimensional diffusion
//	firstpassage    exact first passage by quadrature: radial, and any diffusion in one dimension
//	generator       exact first passage in two dimensions, and in any number about an axis
//	discrete        first passage of the discrete chain
//	saddle          saddles of a landscape, found and checked
//	quasipotential  least-action paths when the noise is not isotropic
//	rival           the laws that compete with Mori2022
//
// A subpackage imports model, gonum, the standard library and other
// subpackages of theory; it never imports a simulator, so that agreement
// between the two is evidence.
//
// # Rule for doc comments
//
// TestDocs reads every package below this folder and fails unless
//
//   - every exported type, function and method has a doc comment;
//   - the doc comment of every exported function and type names its source,
//     in one of these forms:
//     "Mori2022, Eq. 16" or another citation key such as "Kramers1940";
//     "closed form" when the formula follows from a definition by algebra;
//     "Source: ..." followed by anything else that lets a reader check it.
//
// A function whose first result is an exported type of its own package (a
// constructor) inherits the source of that type. Methods need no source of
// their own. A citation key must be listed under "# References", in the doc
// comment of its own package or here.
//
// # References
//
//	Bovier2004  A. Bovier, M. Eckhoff, V. Gayrard, M. Klein, Metastability in
//	            reversible diffusion processes I, J. Eur. Math. Soc. 6, 399 (2004)
//	Mori2022    T. Mori, L. Ziyin, K. Liu, M. Ueda, Power-Law Escape Rate of
//	            SGD, ICML 2022, arXiv:2105.09557
//	Gardiner2009  C. W. Gardiner, Stochastic Methods, 4th ed., Springer 2009:
//	            first passage from scale and speed measures, section 5.5
//	Karlin1981  S. Karlin, H. M. Taylor, A Second Course in Stochastic
//	            Processes, Academic Press 1981, chapter 15: Green function of a
//	            diffusion on an interval
//	Langer1969  J. S. Langer, Statistical theory of the decay of metastable
//	            states, Ann. Phys. 54, 258 (1969)
//	Kramers1940 H. A. Kramers, Brownian motion in a field of force and the
//	            diffusion model of chemical reactions, Physica 7, 284 (1940)
package theory

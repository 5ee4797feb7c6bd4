// Package rival holds the other laws of escape that the literature offers for
// SGD and for gradient Langevin dynamics, so that they can be held against the
// same data as the power law of Mori2022 (package rate). Every law has the
// method set of rate.Law; rates are per unit of t = eta k.
//
//	law                noise                              rate falls with
//	Arrhenius          constant, isotropic (GLD)          exp(-dL/D)
//	EyringKramers      constant, isotropic (GLD)          exp(-dL/D), prefactor of curvatures
//	Alignment          any, by its trace with H           1/dL (an indicator, not a law of escape)
//	HessianNoise       constant, along the Hessian        exp(-B dL/(eta h)), h between minimum and saddle
//	StateDependent     quadratic in the distance          a power of 1 + dL/(scale)
//	LevyJumps          stable jumps                       a power of the width; dL is absent
//
// # Where they coincide with Mori2022
//
// EyringKramers on the potential log L, at D = eta h*/B and in the internal time
// tau, is Mori2022, Eq. 22. HessianNoise agrees with it to first order in dL/L*
// when its noise is frozen at the minimum, NoiseLoss = L*. StateDependent with
// Sigma = (2L/B) h, that is Growth = h²/B and Floor = 2 L* h/B, is Mori2022, Eq. 16
// exactly in Itô's sense. LevyJumps coincides nowhere: no limit of a law that depends
// on widths alone depends on losses.
//
// # How far the sources bear the formulas
//
// Zhu2019, Xie2021, Meng2020 and Nguyen2019 are checked against their abstracts
// only, which bear out the noise, the indicator Tr(H Sigma), the exponential, the
// polynomial order and the role of width. Mori2022 (version under review, Sec. 1)
// reads them the same way: the rates of Zhu2019 and Xie2021 fall exponentially with
// the loss barrier, and Meng2020 has noise that depends on the state without being
// tied to the loss. What the abstracts leave open is derived here and tested
// against an independent computation:
//
//	law              from the source                  derived here            tested against
//	Alignment        ranking by Tr(H Sigma)           rate of climb over dL   Itô's formula, closed form
//	HessianNoise     exponential in B dL/eta, H/B     prefactor and s         quadrature of Kramers' integrals
//	StateDependent   quadratic noise, a power of dL   exponent and prefactor  the same; Mori2022, Eq. 16
//	LevyJumps        widths, not heights              tail constant           Lévy-Khintchine formula; simulated Cauchy jumps
//
// Whether a derived prefactor is also the one printed in the source is not
// claimed. Arrhenius1889, Kramers1940 and Bovier2004 are textbook results, tested
// against the same quadrature.
//
// # References
//
//	Arrhenius1889   S. Arrhenius, Über die Reaktionsgeschwindigkeit bei der
//	                Inversion von Rohrzucker durch Säuren, Z. Phys. Chem. 4, 226 (1889)
//	Kramers1940     H. A. Kramers, Brownian motion in a field of force and the
//	                diffusion model of chemical reactions, Physica 7, 284 (1940)
//	Bovier2004      A. Bovier, M. Eckhoff, V. Gayrard, M. Klein, Metastability in
//	                reversible diffusion processes I, J. Eur. Math. Soc. 6, 399 (2004)
//	Zhu2019         Z. Zhu, J. Wu, B. Yu, L. Wu, J. Ma, The anisotropic noise in
//	                stochastic gradient descent: its behavior of escaping from
//	                sharp minima and regularization effects, ICML 2019, arXiv:1803.00195
//	Xie2021         Z. Xie, I. Sato, M. Sugiyama, A diffusion theory for deep
//	                learning dynamics: stochastic gradient descent exponentially
//	                favors flat minima, ICLR 2021, arXiv:2002.03495
//	Meng2020        Q. Meng, S. Gong, W. Chen, Z.-M. Ma, T.-Y. Liu, Dynamic of
//	                stochastic gradient descent with state-dependent noise, arXiv:2006.13719
//	Nguyen2019      T. H. Nguyen, U. Simsekli, M. Gurbuzbalaban, G. Richard, First
//	                exit time analysis of stochastic gradient descent under
//	                heavy-tailed gradient noise, NeurIPS 2019, arXiv:1906.09069
//	Imkeller2006    P. Imkeller, I. Pavlyukevich, First exit times of SDEs driven by
//	                stable Lévy processes, Stoch. Proc. Appl. 116, 611 (2006)
//	Mori2022        T. Mori, L. Ziyin, K. Liu, M. Ueda, Power-law escape rate of
//	                SGD, ICML 2022, arXiv:2105.09557
package rival

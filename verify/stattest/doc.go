// Package stattest turns random numbers into verdicts whose error rates are
// declared beforehand. It knows nothing of any theory or simulator: plain
// numbers go in, intervals, findings and outcomes come out.
//
// # Stance
//
// A stochastic test has two numbers that matter, and both are stated: alpha,
// the probability that it fails although nothing is wrong, and the smallest
// effect that it would miss with probability at most 1 - [DetectionPower].
// Every assertion therefore comes as a triple,
//
//	Assert      data -> Finding
//	Detectable  how many data -> smallest effect found with DetectionPower
//	Needed      effect -> how many data that takes
//
// and draws its alpha from one [Budget], whose total bounds the probability of
// a single false alarm in the whole run. Asymptotic laws are not tested as
// point hypotheses (given enough data each of them is false) but by
// [Equivalence] within a stated margin.
//
// # Where to start
//
//	exit times          Tally -> Exits: rate and mean time with exact intervals;
//	                    MeanTimePlan where the rate is constant only after a
//	                    transient; SequentialRate to add runs until it is enough
//	law within a margin Equivalence, EquivalenceOfDifference
//	exponents           FitLine; StudentExponent of a ClusterMean or
//	                    BatchMean; Hill
//	point hypotheses    RateTest, RateRatioTest, MeanTest, TwoMeansTest,
//	                    ProportionTest, SlopeTest, DistributionTest, TwoSampleTest,
//	                    CovarianceTest, ExponentialTest
//	counts in cells     CellsTest
//	alpha               Budget, PackageShares; package account opens the share
//	                    of a package with the flags of package seed, and prints
//	                    the package's part of the ledger
//
// # Contract
//
// Intervals hold at least their stated level for every sample size, unless the
// doc comment says "approximate" and how far. A run that did not finish is a
// censored observation: it is never dropped and never enters an average as a
// number. Nothing here draws random numbers, reads a clock, a flag or the
// environment; equal input gives equal output. A programming error (an alpha
// outside (0,1), slices of unequal lengths) panics with the prefix "stattest:";
// data that do not allow an answer give an error wrapping model.ErrDomain, or
// the outcome [Undecided].
//
// # References
//
//	Garwood1936       F. Garwood, Fiducial limits for the Poisson distribution,
//	                  Biometrika 28, 437
//	Epstein1953       B. Epstein, M. Sobel, Life testing, JASA 48, 486
//	Clopper1934       C. Clopper, E. Pearson, Biometrika 26, 404
//	Przyborowski1940  J. Przyborowski, H. Wilenski, Biometrika 31, 313
//	Massart1990       P. Massart, The tight constant in the
//	                  Dvoretzky-Kiefer-Wolfowitz inequality, Ann. Probab. 18, 1269
//	Wei2012           F. Wei, R. M. Dudley, Two-sample
//	                  Dvoretzky-Kiefer-Wolfowitz inequalities,
//	                  Stat. Probab. Lett. 82, 636
//	Maurer2009        A. Maurer, M. Pontil, Empirical Bernstein bounds and
//	                  sample variance penalization, COLT 2009
//	Jing2003          B.-Y. Jing, Q.-M. Shao, Q. Wang, Self-normalized
//	                  Cramer-type large deviations, Ann. Probab. 31, 2167
//	Welch1947         B. L. Welch, The generalization of Student's problem when
//	                  several different population variances are involved,
//	                  Biometrika 34, 28
//	Chang2016         J. Chang, Q.-M. Shao, W.-X. Zhou, Cramer-type moderate
//	                  deviations for Studentized two-sample U-statistics with
//	                  applications, Ann. Stat. 44, 1931
//	Kaplan1958        E. Kaplan, P. Meier, JASA 53, 457
//	Howard2021        S. Howard, A. Ramdas, J. McAuliffe, J. Sekhon,
//	                  Time-uniform, nonparametric, nonasymptotic confidence
//	                  sequences, Ann. Stat. 49, 1055
//	Hill1975          B. M. Hill, Ann. Stat. 3, 1163
package stattest

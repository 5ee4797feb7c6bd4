// Package saddle finds the saddle through which a valley is left, checks that
// it is one, and prepares the Hessians at both ends for the escape rate of n
// outliers (Mori2022, Eq. 17).
//
// # References
//
//	Mori2022    T. Mori, L. Ziyin, K. Liu, M. Ueda, Power-Law Escape Rate of SGD, ICML 2022
//	Cerjan1981  C. J. Cerjan, W. H. Miller, J. Chem. Phys. 75 (1981) 2800
//	Crippen1971 G. M. Crippen, H. A. Scheraga, Arch. Biochem. Biophys. 144 (1971) 462
//	Wales1994   D. J. Wales, J. Chem. Phys. 101 (1994) 3750
//	E2007       W. E, W. Ren, E. Vanden-Eijnden, J. Chem. Phys. 126 (2007) 164103
//	Nocedal2006 J. Nocedal, S. J. Wright, Numerical Optimization, Springer 2006
package saddle

// The ziggurat of Marsaglia & Tsang (2000) in the form of Doornik (2005), with
// N layers, N a power of two up to 1024: the low bits of a word choose the
// layer, the high ones the place in it.
#ifndef ZIGGURAT_H
#define ZIGGURAT_H

#include <math.h>

#include "xoshiro.h"

typedef struct {
    int n;
    double right;           // where the tail begins
    double x[1025];         // right end of a layer, x[0] = area/density(right)
    double inside[1024];    // x[i+1]/x[i]: below it a point is under the curve
} Ziggurat;

static double density(double x) { return exp(-x * x / 2); }

// top returns the height left over above the last layer if the tail begins at
// right, after filling the table.
static double top(Ziggurat *z, double right) {
    double area = right * density(right) + sqrt(M_PI / 2) * erfc(right / M_SQRT2);
    z->right = right;
    z->x[0] = area / density(right);
    z->x[1] = right;
    for (int i = 2; i < z->n; i++) {
        double y = area / z->x[i - 1] + density(z->x[i - 1]);
        if (y >= 1) return -1; // the layers are too thick
        z->x[i] = sqrt(-2 * log(y));
    }
    z->x[z->n] = 0;
    for (int i = 0; i < z->n; i++) z->inside[i] = z->x[i + 1] / z->x[i];
    return 1 - (area / z->x[z->n - 1] + density(z->x[z->n - 1]));
}

// ziggurat finds by bisection the tail for which n layers of equal area fit.
static void ziggurat(Ziggurat *z, int n) {
    z->n = n;
    double low = 2, high = 6;
    for (int i = 0; i < 200; i++) {
        double mid = (low + high) / 2;
        if (top(z, mid) < 0)
            low = mid;
        else
            high = mid;
    }
    top(z, high);
}

static inline double unit(uint64_t w) { return ((w >> 11) + 0.5) * 0x1p-53; }

// normal_from finishes a deviate of which the word w was drawn.
static double normal_from(const Ziggurat *z, Xoshiro *r, uint64_t w) {
    for (;; w = next(r)) {
        int i = w & (z->n - 1);
        double u = (double)((int64_t)w >> 11) * 0x1p-52; // -1 to 1
        double x = u * z->x[i];
        if (fabs(u) < z->inside[i]) return x;
        if (i == 0) {
            double a, b;
            do {
                a = -log(unit(next(r))) / z->right;
                b = -log(unit(next(r)));
            } while (2 * b < a * a);
            return u < 0 ? -(z->right + a) : z->right + a;
        }
        double low = density(z->x[i]), high = density(z->x[i + 1]);
        if (low + unit(next(r)) * (high - low) < density(x)) return x;
    }
}

static inline double normal(const Ziggurat *z, Xoshiro *r) {
    uint64_t w = next(r);
    int i = w & (z->n - 1);
    double u = (double)((int64_t)w >> 11) * 0x1p-52;
    if (__builtin_expect(fabs(u) < z->inside[i], 1)) return u * z->x[i];
    return normal_from(z, r, w);
}

#endif

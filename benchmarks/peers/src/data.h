// The data of sgd1 and sgd10: N samples of d inputs and a target, all independent
// and uniform with variance 1, the same numbers in every language: SplitMix64
// from the state d, sample after sample, the target after the inputs.
#ifndef DATA_H
#define DATA_H

#include <math.h>
#include <stdlib.h>

#include "peer.h"
#include "xoshiro.h"

enum { SAMPLES = 10000, MAX_D = 10 };

typedef struct {
    int d, stride;  // a row has d inputs, the target, and zeros
    double *rows;
    double h[MAX_D][MAX_D], minimum[MAX_D], floor_loss, level;
    double safe2; // up to this squared distance from the minimum L is below the level
} Data;

static inline double uniform(uint64_t w) { return ((double)(w >> 11) * 0x1p-53 - 0.5) * 3.4641016151377544; }

// solve stores h^-1 b in m by elimination; h is positive definite.
static void solve(int d, const double h[MAX_D][MAX_D], const double *b, double *m) {
    double a[MAX_D][MAX_D + 1];
    for (int i = 0; i < d; i++) {
        for (int k = 0; k < d; k++) a[i][k] = h[i][k];
        a[i][d] = b[i];
    }
    for (int i = 0; i < d; i++)
        for (int k = i + 1; k < d; k++)
            for (int c = d; c >= i; c--) a[k][c] -= a[k][i] / a[i][i] * a[i][c];
    for (int i = d - 1; i >= 0; i--) {
        m[i] = a[i][d];
        for (int k = i + 1; k < d; k++) m[i] -= a[i][k] * m[k];
        m[i] /= a[i][i];
    }
}

static Data make_data(int d) {
    Data s = {};
    s.d = d, s.stride = d == 1 ? 2 : (d + 4) / 4 * 4;
    s.rows = (double *)aligned_alloc(64, (sizeof(double) * SAMPLES * s.stride + 63) / 64 * 64);
    uint64_t state = d;
    double b[MAX_D] = {};
    for (int mu = 0; mu < SAMPLES; mu++) {
        double *x = s.rows + mu * s.stride;
        for (int i = 0; i < s.stride; i++) x[i] = i <= d ? uniform(splitmix(&state)) : 0;
        for (int i = 0; i < d; i++) {
            b[i] += x[i] * x[d] / SAMPLES;
            for (int k = 0; k < d; k++) s.h[i][k] += x[i] * x[k] / SAMPLES;
        }
    }
    solve(d, s.h, b, s.minimum);
    for (int mu = 0; mu < SAMPLES; mu++) {
        const double *x = s.rows + mu * s.stride;
        double e = -x[d];
        for (int i = 0; i < d; i++) e += s.minimum[i] * x[i];
        s.floor_loss += e * e / 2 / SAMPLES;
    }
    s.level = (d == 1 ? SGD1_C : SGD10_C) * s.floor_loss;
    double largest = 0; // row sum of |h|, above every eigenvalue
    for (int i = 0; i < d; i++) {
        double sum = 0;
        for (int k = 0; k < d; k++) sum += fabs(s.h[i][k]);
        if (sum > largest) largest = sum;
    }
    s.safe2 = 2 * (s.level - s.floor_loss) / largest * (1 - 1e-9);
    return s;
}

// outside tells whether L is above the level.
static inline int outside(const Data *s, const double *theta) {
    double l = s->floor_loss;
    for (int i = 0; i < s->d; i++)
        for (int k = 0; k < s->d; k++)
            l += s->h[i][k] * (theta[i] - s->minimum[i]) * (theta[k] - s->minimum[k]) / 2;
    return l > s->level;
}

#endif

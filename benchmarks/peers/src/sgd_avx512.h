// sgd1 and sgd10 with 64 trajectories in lock-step, everything in AVX-512
// intrinsics, lanes refilled the moment they leave. The rows of eight lanes are
// transposed in registers, which is faster than gathering them.
#ifndef SGD_AVX512_H
#define SGD_AVX512_H

#include <immintrin.h>

#include "data.h"

enum { SGD_VECTORS = 8, SGD_LANES = 8 * SGD_VECTORS };

static struct {
    uint64_t s[4][SGD_LANES];
    double theta[MAX_D][SGD_LANES];
    uint64_t replica[SGD_LANES];
    int64_t born[SGD_LANES];
} lanes;

static void restart(const Data *s, int lane, uint64_t seed, uint64_t replica, int64_t now) {
    Xoshiro r = xoshiro(seed, replica);
    for (int i = 0; i < 4; i++) lanes.s[i][lane] = r.s[i];
    for (int i = 0; i < s->d; i++) lanes.theta[i][lane] = s->minimum[i];
    lanes.replica[lane] = replica, lanes.born[lane] = now;
}

// draw stores where the rows of eight lanes begin. A word that may be surplus,
// one in 4e9, is drawn again whether it is or not: the bias is below 2^-32.
static inline void draw(int v, uint64_t stride, uint64_t *at) {
    const __m512i n = _mm512_set1_epi64(SAMPLES);
    __m512i a = _mm512_loadu_si512(lanes.s[0] + 8 * v), b = _mm512_loadu_si512(lanes.s[1] + 8 * v);
    __m512i c = _mm512_loadu_si512(lanes.s[2] + 8 * v), d = _mm512_loadu_si512(lanes.s[3] + 8 * v);
    __m512i w = _mm512_add_epi64(_mm512_rol_epi64(_mm512_add_epi64(a, d), 23), a);
    __m512i t = _mm512_slli_epi64(b, 17);
    c = _mm512_xor_si512(c, a);
    d = _mm512_xor_si512(d, b);
    b = _mm512_xor_si512(b, c);
    a = _mm512_xor_si512(a, d);
    c = _mm512_xor_si512(c, t);
    d = _mm512_rol_epi64(d, 45);
    _mm512_storeu_si512(lanes.s[0] + 8 * v, a), _mm512_storeu_si512(lanes.s[1] + 8 * v, b);
    _mm512_storeu_si512(lanes.s[2] + 8 * v, c), _mm512_storeu_si512(lanes.s[3] + 8 * v, d);
    __m512i product = _mm512_add_epi64(_mm512_mul_epu32(_mm512_srli_epi64(w, 32), n), _mm512_srli_epi64(_mm512_mul_epu32(w, n), 32));
    if (__builtin_expect(_mm512_testn_epi64_mask(product, _mm512_set1_epi64(0xffffffff)), 0)) {
        draw(v, stride, at);
        return;
    }
    _mm512_storeu_si512(at, _mm512_mul_epu32(_mm512_srli_epi64(product, 32), _mm512_set1_epi64(stride)));
}

// two and four load columns of the rows of eight lanes.
static inline void two(const double *rows, const uint64_t *at, __m512d *c) {
    __m512d half[2];
    for (int odd = 0; odd < 2; odd++) {
        __m512d v = _mm512_broadcast_f64x2(_mm_loadu_pd(rows + at[odd]));
        v = _mm512_mask_broadcast_f64x2(v, 0x0c, _mm_loadu_pd(rows + at[2 + odd]));
        v = _mm512_mask_broadcast_f64x2(v, 0x30, _mm_loadu_pd(rows + at[4 + odd]));
        half[odd] = _mm512_mask_broadcast_f64x2(v, 0xc0, _mm_loadu_pd(rows + at[6 + odd]));
    }
    c[0] = _mm512_unpacklo_pd(half[0], half[1]), c[1] = _mm512_unpackhi_pd(half[0], half[1]);
}

static inline void four(const double *rows, const uint64_t *at, __m512d *c) {
    __m512d p[4], even[2], odd[2];
    static const int low[] = {0, 1, 4, 5};
    for (int i = 0; i < 4; i++)
        p[i] = _mm512_mask_broadcast_f64x4(_mm512_broadcast_f64x4(_mm256_loadu_pd(rows + at[low[i]])), 0xf0, _mm256_loadu_pd(rows + at[low[i] + 2]));
    for (int i = 0; i < 2; i++)
        even[i] = _mm512_unpacklo_pd(p[2 * i], p[2 * i + 1]), odd[i] = _mm512_unpackhi_pd(p[2 * i], p[2 * i + 1]);
    c[0] = _mm512_shuffle_f64x2(even[0], even[1], 0x88), c[2] = _mm512_shuffle_f64x2(even[0], even[1], 0xdd);
    c[1] = _mm512_shuffle_f64x2(odd[0], odd[1], 0x88), c[3] = _mm512_shuffle_f64x2(odd[0], odd[1], 0xdd);
}

// step moves eight lanes and returns which may be outside.
static inline __attribute__((always_inline)) __mmask8 step(const Data *s, int d, int v) {
    uint64_t at[8];
    __m512d c[12], e, r2 = _mm512_setzero_pd();
    draw(v, d == 1 ? 2 : (d + 4) / 4 * 4, at);
    if (d == 1)
        two(s->rows, at, c);
    else
        for (int i = 0; i <= d; i += 4) four(s->rows + i, at, c + i);
    e = _mm512_fmsub_pd(_mm512_loadu_pd(lanes.theta[0] + 8 * v), c[0], c[d]);
    for (int i = 1; i < d; i++) e = _mm512_fmadd_pd(_mm512_loadu_pd(lanes.theta[i] + 8 * v), c[i], e);
    e = _mm512_mul_pd(e, _mm512_set1_pd(ETA));
    for (int i = 0; i < d; i++) {
        __m512d t = _mm512_fnmadd_pd(e, c[i], _mm512_loadu_pd(lanes.theta[i] + 8 * v));
        _mm512_storeu_pd(lanes.theta[i] + 8 * v, t);
        __m512d z = _mm512_sub_pd(t, _mm512_set1_pd(s->minimum[i]));
        r2 = _mm512_fmadd_pd(z, z, r2);
    }
    return _mm512_cmp_pd_mask(r2, _mm512_set1_pd(s->safe2), _CMP_GT_OQ);
}

static inline __attribute__((always_inline)) Tally sgd_loop(const Data *s, int d, Job job, double *work) {
    Tally t = {};
    uint64_t replica = 0;
    int64_t now = 0;
    for (int lane = 0; lane < SGD_LANES; lane++) restart(s, lane, job.seed, replica++, 0);
    // Every replica from 0 to exits-1 is carried to its exit; lanes that have
    // nothing left to do go on with replicas that are not counted.
    for (long left = job.exits; left > 0;) {
        now++;
        for (int v = 0; v < SGD_VECTORS; v++) {
            __mmask8 far = step(s, d, v);
            while (__builtin_expect(far, 0)) {
                int lane = 8 * v + __builtin_ctz(far);
                far &= far - 1;
                double theta[MAX_D];
                for (int i = 0; i < d; i++) theta[i] = lanes.theta[i][lane];
                if (!outside(s, theta)) continue;
                if (lanes.replica[lane] < (uint64_t)job.exits) {
                    tally(&t, now - lanes.born[lane]);
                    left--;
                }
                restart(s, lane, job.seed, replica++, now);
            }
        }
    }
    *work = (double)now * SGD_LANES;
    return t;
}

static void sgd(const char *name, Job job) {
    Data s = make_data(job.d);
    double work, start = seconds();
    Tally t = job.d == 1 ? sgd_loop(&s, 1, job, &work) : sgd_loop(&s, 10, job, &work);
    // The lanes without a counted replica have worked, too: report the time of a
    // step that was made.
    report(name, job, t, (seconds() - start) * t.sum / work);
}

#endif

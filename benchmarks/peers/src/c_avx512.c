// The roofline: 64 trajectories in lock-step, everything in AVX-512 intrinsics,
// lanes refilled the moment they leave. Exits with 77 on a processor without
// AVX-512.
#include <immintrin.h>

#include "peer.h"
#include "sgd_avx512.h"
#include "ziggurat.h"

enum { VECTORS = 8, LANES = 8 * VECTORS, LAYERS = 1024 };

static Ziggurat z;
static uint64_t s0[LANES], s1[LANES], s2[LANES], s3[LANES];
static double theta[LANES];
static double loss[LANES];
static int64_t born[LANES];

static void refill(int lane, uint64_t seed, uint64_t replica, int64_t now) {
    Xoshiro r = xoshiro(seed, replica);
    s0[lane] = r.s[0], s1[lane] = r.s[1], s2[lane] = r.s[2], s3[lane] = r.s[3];
    theta[lane] = 0, loss[lane] = L0, born[lane] = now;
}

// rare finishes the deviates of the lanes in the mask, one by one.
__attribute__((noinline)) static __m512d rare(__m512d x, __m512i words, __mmask8 mask, int v) {
    double xs[8];
    uint64_t ws[8];
    _mm512_storeu_pd(xs, x);
    _mm512_storeu_si512(ws, words);
    for (int j = 0; j < 8; j++) {
        if (!(mask >> j & 1)) continue;
        int lane = 8 * v + j;
        Xoshiro r = {{s0[lane], s1[lane], s2[lane], s3[lane]}};
        xs[j] = normal_from(&z, &r, ws[j]);
        s0[lane] = r.s[0], s1[lane] = r.s[1], s2[lane] = r.s[2], s3[lane] = r.s[3];
    }
    return _mm512_loadu_pd(xs);
}

// indices are eight numbers below 65536. Taking them through integer registers
// and loading one by one is faster than a gather where that is microcode.
typedef struct { uint64_t low, high; } Indices;

static inline Indices indices(__m512i v) {
    __m128i packed = _mm512_cvtepi64_epi16(v);
    return (Indices){_mm_cvtsi128_si64(packed), _mm_extract_epi64(packed, 1)};
}

static inline __m256d load4(const double *table, uint64_t four) {
    __m128d a = _mm_loadh_pd(_mm_load_sd(table + (four & 0xffff)), table + (four >> 16 & 0xffff));
    __m128d b = _mm_loadh_pd(_mm_load_sd(table + (four >> 32 & 0xffff)), table + (four >> 48));
    return _mm256_insertf128_pd(_mm256_castpd128_pd256(a), b, 1);
}

static inline __m512d load8(const double *table, Indices i) {
    return _mm512_insertf64x4(_mm512_castpd256_pd512(load4(table, i.low)), load4(table, i.high), 1);
}

static inline __m512d normals(int v) {
    __m512i a = _mm512_loadu_si512(s0 + 8 * v), b = _mm512_loadu_si512(s1 + 8 * v);
    __m512i c = _mm512_loadu_si512(s2 + 8 * v), d = _mm512_loadu_si512(s3 + 8 * v);
    __m512i w = _mm512_add_epi64(_mm512_rol_epi64(_mm512_add_epi64(a, d), 23), a);
    __m512i t = _mm512_slli_epi64(b, 17);
    c = _mm512_xor_si512(c, a);
    d = _mm512_xor_si512(d, b);
    b = _mm512_xor_si512(b, c);
    a = _mm512_xor_si512(a, d);
    c = _mm512_xor_si512(c, t);
    d = _mm512_rol_epi64(d, 45);
    _mm512_storeu_si512(s0 + 8 * v, a), _mm512_storeu_si512(s1 + 8 * v, b);
    _mm512_storeu_si512(s2 + 8 * v, c), _mm512_storeu_si512(s3 + 8 * v, d);

    Indices layer = indices(_mm512_and_si512(w, _mm512_set1_epi64(LAYERS - 1)));
    __m512d u = _mm512_mul_pd(_mm512_cvtepi64_pd(_mm512_srai_epi64(w, 11)), _mm512_set1_pd(0x1p-52));
    __m512d x = _mm512_mul_pd(u, load8(z.x, layer));
    __mmask8 outside = _mm512_cmp_pd_mask(_mm512_abs_pd(u), load8(z.inside, layer), _CMP_GE_OQ);
    if (__builtin_expect(outside, 0)) x = rare(x, w, outside, v);
    return x;
}

int main(int argc, char **argv) {
    Job job = parse(argc, argv);
    if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512dq")) {
        fprintf(stderr, "this processor has no AVX-512\n");
        return 77;
    }
    if (job.d) {
        sgd("c-avx512", job);
        return 0;
    }
    ziggurat(&z, LAYERS);
    const double amp = 2 * ETA * H * DT / BATCH;
    const __m512d floor0 = _mm512_set1_pd(L0), half = _mm512_set1_pd(H / 2), level = _mm512_set1_pd(C * L0);
    const __m512d keep = _mm512_set1_pd(1 - H * DT), drift = _mm512_set1_pd(-H * DT);
    const __m512d amp8 = _mm512_set1_pd(amp), fixed = _mm512_set1_pd(sqrt(amp));
    Tally t = {};
    uint64_t replica = 0;
    int64_t now = 0;
    double start = seconds();
    for (int lane = 0; lane < LANES; lane++) refill(lane, job.seed, replica++, 0);
    // Every replica from 0 to exits-1 is carried to its exit; lanes that have
    // nothing left to do go on with replicas that are not counted.
    long left = job.exits;
    uint64_t of[LANES];
    for (int lane = 0; lane < LANES; lane++) of[lane] = lane;
    double steps = 0;
    while (left > 0) {
        now++;
        for (int v = 0; v < VECTORS; v++) {
            __m512d x = _mm512_loadu_pd(theta + 8 * v), l = _mm512_loadu_pd(loss + 8 * v), xi = normals(v);
            if (job.add)
                x = _mm512_fmadd_pd(fixed, xi, _mm512_fmadd_pd(_mm512_div_pd(x, l), drift, x));
            else
                x = _mm512_fmadd_pd(_mm512_sqrt_pd(_mm512_mul_pd(amp8, l)), xi, _mm512_mul_pd(x, keep));
            l = _mm512_fmadd_pd(_mm512_mul_pd(half, x), x, floor0);
            _mm512_storeu_pd(theta + 8 * v, x);
            _mm512_storeu_pd(loss + 8 * v, l);
            __mmask8 out = _mm512_cmp_pd_mask(l, level, _CMP_GT_OQ);
            while (__builtin_expect(out, 0)) {
                int lane = 8 * v + __builtin_ctz(out);
                out &= out - 1;
                if (of[lane] < (uint64_t)job.exits) {
                    tally(&t, now - born[lane]);
                    left--;
                }
                of[lane] = replica;
                refill(lane, job.seed, replica++, now);
            }
        }
        steps += LANES;
    }
    double elapsed = seconds() - start;
    // The lanes without a counted replica have worked, too: report the time of a
    // step that was made.
    double mean = t.sum / t.n;
    elapsed *= mean * t.n / steps;
    report("c-avx512", job, t, elapsed);
}

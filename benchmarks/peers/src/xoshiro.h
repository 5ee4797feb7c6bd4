// xoshiro256++ (Blackman & Vigna 2021), seeded by SplitMix64.
#ifndef XOSHIRO_H
#define XOSHIRO_H

#include <stdint.h>

typedef struct {
    uint64_t s[4];
} Xoshiro;

static inline uint64_t splitmix(uint64_t *x) {
    uint64_t z = (*x += 0x9e3779b97f4a7c15ull);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
}

static inline Xoshiro xoshiro(uint64_t seed, uint64_t replica) {
    uint64_t x = seed;
    x = splitmix(&x) ^ replica;
    Xoshiro r;
    for (int i = 0; i < 4; i++) r.s[i] = splitmix(&x);
    return r;
}

static inline uint64_t rotl(uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }

static inline uint64_t next(Xoshiro *r) {
    uint64_t *s = r->s, out = rotl(s[0] + s[3], 23) + s[0], t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotl(s[3], 45);
    return out;
}

#endif

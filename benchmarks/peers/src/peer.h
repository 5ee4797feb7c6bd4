// The workloads that every peer runs, and how it reports.
//
// Euler-Maruyama first passage, watched on the grid, of
//
//   mul   theta += -L' dt + sqrt(2 eta L h dt/B) xi
//   add   theta += -(log L)' dtau + sqrt(2 eta h dtau/B) xi
//
// in L = L0 + h theta^2/2 from theta = 0 to L > c L0, and first passage of
// discrete SGD with one sample on the data of data.h,
//
//   sgd1, sgd10   theta -= eta (theta.x - y) x, (x, y) uniform among the samples
//
// in d = 1 and 10 from the minimum to L > c L*. A program is called as
//
//   peer mul|add|sgd1|sgd10 EXITS SEED
//
// and prints one line of the Go benchmark format with the time of a step, the
// mean number of steps of an exit, and the standard error of that mean.
#ifndef PEER_H
#define PEER_H

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const double ETA = 0.1, DT = 0.1, BATCH = 1, H = 1, L0 = 0.5, C = 1.8;
static const double SGD1_C = 1.5, SGD10_C = 3.5; // of sgd1 and sgd10, with the same eta

// seconds returns the processor time of this process: what other processes do
// meanwhile does not count.
static double seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return t.tv_sec + 1e-9 * t.tv_nsec;
}

typedef struct {
    const char *process;
    int add; // the process is add
    int d;   // dimension of SGD, 0 for the others
    long exits;
    uint64_t seed;
} Job;

static Job parse(int argc, char **argv) {
    static const char *const names[] = {"mul", "add", "sgd1", "sgd10"};
    static const int dims[] = {0, 0, 1, 10};
    for (int i = 0; argc == 4 && i < 4; i++) {
        if (strcmp(argv[1], names[i])) continue;
        Job j = {names[i], i == 1, dims[i], atol(argv[2]), strtoull(argv[3], 0, 10)};
        return j;
    }
    fprintf(stderr, "usage: %s mul|add|sgd1|sgd10 EXITS SEED\n", argv[0]);
    exit(2);
}

// Sums over exits: number, steps, steps squared.
typedef struct {
    double n, sum, sum2;
} Tally;

static inline void tally(Tally *t, double steps) {
    t->n += 1;
    t->sum += steps;
    t->sum2 += steps * steps;
}

static void report(const char *name, Job j, Tally t, double elapsed) {
    double mean = t.sum / t.n;
    double err = sqrt((t.sum2 / t.n - mean * mean) / (t.n - 1));
    printf("BenchmarkPeer/peer=%s/process=%s %ld %.6g ns/step %.9g mean-steps %.6g mean-steps-error\n",
           name, j.process, (long)t.n, 1e9 * elapsed / t.sum, mean, err);
}

#endif

// What a careful C++ programmer does: xoshiro256++ and a ziggurat, one
// trajectory at a time.
#include "peer.h"
#include "sgd.h"
#include "ziggurat.h"

// Draw is Lemire's method (2019).
struct Draw {
    uint64_t seed;
    Xoshiro r;
    void begin(long e) { r = xoshiro(seed, e); }
    long operator()() {
        for (;;) {
            unsigned __int128 p = (unsigned __int128)next(&r) * SAMPLES;
            if (__builtin_expect((uint64_t)p >= SAMPLES || (uint64_t)p >= -(uint64_t)SAMPLES % SAMPLES, 1)) return (long)(p >> 64);
        }
    }
};

int main(int argc, char **argv) {
    Job job = parse(argc, argv);
    if (job.d) {
        Draw draw{job.seed, {}};
        sgd("cpp-ziggurat", job, draw);
        return 0;
    }
    static Ziggurat z;
    ziggurat(&z, 256);
    const double amp = 2 * ETA * H * DT / BATCH, fixed = sqrt(amp);
    Tally t = {};
    double start = seconds();
    for (long e = 0; e < job.exits; e++) {
        Xoshiro r = xoshiro(job.seed, e);
        double theta = 0, loss = L0;
        long k = 0;
        while (loss <= C * L0) {
            if (job.add)
                theta += -H * theta / loss * DT + fixed * normal(&z, &r);
            else
                theta += -H * theta * DT + sqrt(amp * loss) * normal(&z, &r);
            loss = L0 + H * theta * theta / 2;
            k++;
        }
        tally(&t, k);
    }
    report("cpp-ziggurat", job, t, seconds() - start);
}

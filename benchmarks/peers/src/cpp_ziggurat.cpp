// What a careful C++ programmer does: xoshiro256++ and a ziggurat, one
// trajectory at a time.
#include "peer.h"
#include "ziggurat.h"

int main(int argc, char **argv) {
    Job job = parse(argc, argv);
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

// What most C++ programs do: the standard library's generator and normal
// distribution, one trajectory at a time.
#include <random>

#include "peer.h"

int main(int argc, char **argv) {
    Job job = parse(argc, argv);
    std::mt19937_64 engine(job.seed);
    std::normal_distribution<double> normal;
    const double amp = 2 * ETA * H * DT / BATCH, fixed = std::sqrt(amp);
    Tally t = {};
    double start = seconds();
    for (long e = 0; e < job.exits; e++) {
        double theta = 0, loss = L0;
        long k = 0;
        while (loss <= C * L0) {
            if (job.add)
                theta += -H * theta / loss * DT + fixed * normal(engine);
            else
                theta += -H * theta * DT + std::sqrt(amp * loss) * normal(engine);
            loss = L0 + H * theta * theta / 2;
            k++;
        }
        tally(&t, k);
    }
    report("cpp-mt19937", job, t, seconds() - start);
}

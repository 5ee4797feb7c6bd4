// What most C++ programs do: the standard library's generator and normal
// distribution, one trajectory at a time.
#include <random>

#include "peer.h"
#include "sgd.h"

struct Draw {
    std::mt19937_64 engine;
    std::uniform_int_distribution<long> index{0, SAMPLES - 1};
    void begin(long) {}
    long operator()() { return index(engine); }
};

int main(int argc, char **argv) {
    Job job = parse(argc, argv);
    if (job.d) {
        Draw draw{std::mt19937_64(job.seed)};
        sgd("cpp-mt19937", job, draw);
        return 0;
    }
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

// The scalar loop of sgd1 and sgd10: one trajectory at a time.
#ifndef SGD_H
#define SGD_H

#include "data.h"

// run carries the exits; draw(e) begins replica e and draw() returns an index.
template <int D, class Draw> static Tally run(const Data &s, long exits, Draw &draw) {
    Tally t = {};
    for (long e = 0; e < exits; e++) {
        draw.begin(e);
        double theta[D];
        for (int i = 0; i < D; i++) theta[i] = s.minimum[i];
        for (long k = 1;; k++) {
            const double *x = s.rows + draw() * s.stride;
            double residual = -x[D], distance2 = 0;
            for (int i = 0; i < D; i++) residual += theta[i] * x[i];
            for (int i = 0; i < D; i++) {
                theta[i] -= ETA * residual * x[i];
                distance2 += (theta[i] - s.minimum[i]) * (theta[i] - s.minimum[i]);
            }
            if (distance2 > s.safe2 && outside(&s, theta)) {
                tally(&t, k);
                break;
            }
        }
    }
    return t;
}

template <class Draw> static void sgd(const char *name, Job job, Draw &draw) {
    Data s = make_data(job.d);
    double start = seconds();
    Tally t = job.d == 1 ? run<1>(s, job.exits, draw) : run<10>(s, job.exits, draw);
    report(name, job, t, seconds() - start);
}

#endif

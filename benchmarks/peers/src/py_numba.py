"""A compiled scalar loop in numba, one trajectory at a time.

Exits with 77 if numba is not installed.
"""
import sys
import time

try:
    import numba
    import numpy as np
except ImportError:
    print("numba is not installed", file=sys.stderr)
    sys.exit(77)

ETA, DT, BATCH, H, L0, C = 0.1, 0.1, 1.0, 1.0, 0.5, 1.8
AMP = 2 * ETA * H * DT / BATCH


@numba.njit
def run(add, exits, seed):
    np.random.seed(seed)
    steps = np.empty(exits)
    fixed = np.sqrt(AMP)
    for e in range(exits):
        theta, loss, k = 0.0, L0, 0
        while loss <= C * L0:
            xi = np.random.standard_normal()
            if add:
                theta += -H * theta / loss * DT + fixed * xi
            else:
                theta += -H * theta * DT + np.sqrt(AMP * loss) * xi
            loss = L0 + H * theta * theta / 2
            k += 1
        steps[e] = k
    return steps


@numba.njit
def run_sgd(x, y, h, m, floor, level, safe2, eta, exits, seed):
    np.random.seed(seed)
    n, d = x.shape
    steps = np.empty(exits)
    theta = np.empty(d)
    for e in range(exits):
        theta[:] = m
        k = 0
        while True:
            k += 1
            mu = np.random.randint(n)
            residual = -y[mu]
            for i in range(d):
                residual += theta[i] * x[mu, i]
            distance2 = 0.0
            for i in range(d):
                theta[i] -= eta * residual * x[mu, i]
                distance2 += (theta[i] - m[i]) ** 2
            if distance2 > safe2:
                loss = floor
                for i in range(d):
                    for j in range(d):
                        loss += h[i, j] * (theta[i] - m[i]) * (theta[j] - m[j]) / 2
                if loss > level:
                    break
        steps[e] = k
    return steps


form, exits, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
if form.startswith("sgd"):
    import data

    sample = data.make(int(form[3:]))

    def work(exits):
        return run_sgd(*sample, data.ETA, exits, seed)
else:

    def work(exits):
        return run(form == "add", exits, seed)


work(1)  # compile
start = time.process_time()
all_steps = work(exits)
elapsed = time.process_time() - start
print(
    f"BenchmarkPeer/peer=py-numba/process={form} {exits} {1e9 * elapsed / all_steps.sum():.6g} ns/step"
    f" {all_steps.mean():.9g} mean-steps {all_steps.std(ddof=1) / exits**0.5:.6g} mean-steps-error"
)

"""10000 trajectories abreast in numpy; those that have left are dropped.

Exits with 77 if numpy is not installed.
"""
import sys
import time

try:
    import numpy as np
except ImportError:
    print("numpy is not installed", file=sys.stderr)
    sys.exit(77)

ETA, DT, BATCH, H, L0, C = 0.1, 0.1, 1.0, 1.0, 0.5, 1.8
AMP = 2 * ETA * H * DT / BATCH


def run(form, exits, seed):
    rng = np.random.default_rng(seed)
    steps = np.empty(exits)
    replica = np.arange(exits)
    theta = np.zeros(exits)
    loss = np.full(exits, L0)
    k = 0
    while replica.size:
        k += 1
        xi = rng.standard_normal(theta.size)
        if form == "add":
            theta += -H * theta / loss * DT + AMP**0.5 * xi
        else:
            theta += -H * theta * DT + np.sqrt(AMP * loss) * xi
        loss = L0 + H * theta * theta / 2
        left = loss > C * L0
        if left.any():
            steps[replica[left]] = k
            stay = ~left
            replica, theta, loss = replica[stay], theta[stay], loss[stay]
    return steps


def run_sgd(sample, eta, exits, seed):
    x, y, h, m, floor, level, safe2 = sample
    n, d = x.shape
    rng = np.random.default_rng(seed)
    steps = np.empty(exits)
    replica = np.arange(exits)
    theta = np.tile(m, (exits, 1))
    k = 0
    while replica.size:
        k += 1
        mu = rng.integers(n, size=replica.size)
        xs = x[mu]
        residual = np.einsum("ij,ij->i", theta, xs) - y[mu]
        theta -= (eta * residual)[:, None] * xs
        z = theta - m
        far = np.flatnonzero(np.einsum("ij,ij->i", z, z) > safe2)
        if far.size:
            loss = floor + np.einsum("ij,jk,ik->i", z[far], h, z[far]) / 2
            left = far[loss > level]
            steps[replica[left]] = k
            replica, theta = np.delete(replica, left), np.delete(theta, left, axis=0)
    return steps


form, exits, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
if form.startswith("sgd"):
    import data

    sample = data.make(int(form[3:]))

    def work(exits, seed):
        return run_sgd(sample, data.ETA, exits, seed)
else:

    def work(exits, seed):
        return run(form, exits, seed)


start = time.process_time()
all_steps = np.concatenate([work(min(10000, exits - i), seed + i) for i in range(0, exits, 10000)])
elapsed = time.process_time() - start
print(
    f"BenchmarkPeer/peer=py-numpy/process={form} {exits} {1e9 * elapsed / all_steps.sum():.6g} ns/step"
    f" {all_steps.mean():.9g} mean-steps {all_steps.std(ddof=1) / exits**0.5:.6g} mean-steps-error"
)

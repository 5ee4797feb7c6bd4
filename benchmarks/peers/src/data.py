"""The data of sgd1 and sgd10, as data.h has them, in numpy."""
import numpy as np

ETA, SAMPLES, C = 0.1, 10000, {1: 1.5, 10: 3.5}


def make(d):
    """Return inputs, targets, Hessian, minimum, L*, level and safe distance²."""
    with np.errstate(over="ignore"):
        z = np.uint64(d) + np.arange(1, SAMPLES * (d + 1) + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    u = ((z >> np.uint64(11)).astype(float) * 2.0**-53 - 0.5) * 3.4641016151377544
    rows = u.reshape(SAMPLES, d + 1)
    x, y = np.ascontiguousarray(rows[:, :d]), np.ascontiguousarray(rows[:, d])
    h = x.T @ x / SAMPLES
    m = np.linalg.solve(h, x.T @ y / SAMPLES)
    floor = ((x @ m - y) ** 2).mean() / 2
    level = C[d] * floor
    safe2 = 2 * (level - floor) / abs(h).sum(axis=1).max() * (1 - 1e-9)
    return x, y, h, m, floor, level, safe2

"""A model of our own: one smooth function of a few inputs, learned from some thirty rows."""

from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern


class GaussianProcess(GaussianProcessRegressor):
    """A Gaussian process with the kernel by name.

    Args:
        smooth: whether the function has derivatives (Matern 5/2) or may be rough (Matern 1/2).
        noise: the variance of the observations, in that of the label.
        restarts: of the search for the kernel's scales.
        random_state: of those restarts.
    """

    def __init__(self, smooth: bool = True, noise: float = 0.1, restarts: int = 0, random_state: int | None = None):
        self.smooth = smooth
        self.noise = noise
        self.restarts = restarts
        kernel = ConstantKernel(1.0, (1e-3, 1e3)) * Matern(1.0, (1e-2, 1e3), nu=2.5 if smooth else 0.5)
        super().__init__(
            kernel, alpha=noise, n_restarts_optimizer=restarts, normalize_y=True, random_state=random_state
        )

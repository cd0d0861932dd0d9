"""Terms of the losses."""

from collections.abc import Sequence

from keras import ops

from .types import Tensor


def squared_error(target: Tensor, output: Tensor, weight: Tensor) -> Tensor:
    """Squared error of each sample, summed where `weight` is 1.

    Parameters
    ----------
    target, output : tensor, shape (batch, ...)
    weight : tensor, broadcastable to them
    """
    error = weight * ops.square(target - output)
    return ops.sum(ops.reshape(error, (ops.shape(error)[0], -1)), -1)


def kl_per_dimension(
    mean: Tensor, log_variance: Tensor, prior_mean: Tensor, prior_log_variance: Tensor
) -> Tensor:
    """KL divergence between diagonal Gaussians, shape (batch, latent).

    Kingma & Welling 2014, appendix B, for a prior that need not be standard.

    Parameters
    ----------
    mean, log_variance : tensor, shape (batch, latent)
        Of the posterior.
    prior_mean, prior_log_variance : tensor, shape (batch, latent)
    """
    difference = ops.square(mean - prior_mean) / ops.exp(prior_log_variance)
    ratio = log_variance - prior_log_variance
    return 0.5 * (ops.exp(ratio) - ratio - 1 + difference)


def crps(target: Tensor, samples: Sequence[Tensor], weight: Tensor) -> Tensor:
    """Continuous ranked probability score of each sample, summed where `weight` is 1.

    Its unbiased estimate from a few samples, mean |X - x| - 1/2 mean |X - X'| (Gneiting & Raftery 2007, J Am
    Stat Assoc 102:359, equation 21): in expectation it is least for samples from the true distribution.

    Parameters
    ----------
    target : tensor, shape (batch, ...)
    samples : list of tensor, each of the target's shape
        At least two.
    weight : tensor, broadcastable to them
    """
    count = len(samples)
    error = sum(ops.abs(sample - target) for sample in samples) / count
    pairs = [ops.abs(one - other) for i, one in enumerate(samples) for other in samples[:i]]
    score = weight * (error - sum(pairs) / (count * (count - 1)))
    return ops.sum(ops.reshape(score, (ops.shape(score)[0], -1)), -1)

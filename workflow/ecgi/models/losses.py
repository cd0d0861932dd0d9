"""Terms of the variational losses."""

from keras import ops


def squared_error(target, output, weight):
    """Squared error of each sample, summed where `weight` is 1.

    Parameters
    ----------
    target, output : tensor, shape (batch, ...)
    weight : tensor, broadcastable to them
    """
    error = weight * ops.square(target - output)
    return ops.sum(ops.reshape(error, (ops.shape(error)[0], -1)), -1)


def kl_per_dimension(mean, log_variance, prior_mean, prior_log_variance):
    """KL divergence between diagonal Gaussians, shape (batch, latent).

    Kingma & Welling 2014, appendix B, for a prior that need not be standard.
    """
    difference = ops.square(mean - prior_mean) / ops.exp(prior_log_variance)
    ratio = log_variance - prior_log_variance
    return 0.5 * (ops.exp(ratio) - ratio - 1 + difference)

"""The optimizer, at the price of what it does."""

from inspect import unwrap

import torch


class AdamW(torch.optim.AdamW):
    """PyTorch's AdamW.

    What wraps these methods there keeps PyTorch's compiler away from them, and imports it to do so, which takes longer
    than some trainings here. Nothing is compiled, so they may do without.

    Source: Loshchilov and Hutter (2019), "Decoupled weight decay regularization".
    """

    add_param_group = unwrap(torch.optim.AdamW.add_param_group)
    zero_grad = unwrap(torch.optim.AdamW.zero_grad)
    step = torch.no_grad()(unwrap(torch.optim.AdamW.step))

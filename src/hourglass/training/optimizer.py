"""AdamW that imports in milliseconds."""

from inspect import unwrap

import torch


class AdamW(torch.optim.AdamW):
    """PyTorch's AdamW without the wrappers that import PyTorch's compiler.

    The wrappers keep the compiler away from these methods. Importing it costs 3 to 4 s per process, longer than some
    trainings here, and nothing here is compiled.

    Source: Loshchilov and Hutter (2019), "Decoupled weight decay regularization".
    """

    add_param_group = unwrap(torch.optim.AdamW.add_param_group)
    zero_grad = unwrap(torch.optim.AdamW.zero_grad)
    step = torch.no_grad()(unwrap(torch.optim.AdamW.step))

"""One thread for work on small matrices.

A step of training on embeddings is a few products of some hundred rows: a second thread gains nothing, and on a busy
machine the two wait for each other so long that training takes ten times the time. One thread also adds numbers up in
one order, so that figures don't depend on the number of cores.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def single_threaded() -> Iterator[None]:
    """Let PyTorch use one thread inside a `with` statement or a decorated function, and as many as before after it."""
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(n_threads)

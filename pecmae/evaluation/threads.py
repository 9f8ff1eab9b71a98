"""One thread for work on small matrices.

A training step on embeddings is a few products of some hundred rows. A second thread gains nothing there, and on a busy
machine threads that wait for each other make training ten times slower. One thread also adds numbers in one order, so
that results don't depend on the number of cores.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from threadpoolctl import threadpool_limits


@contextmanager
def single_threaded() -> Iterator[None]:
    """Limit PyTorch and NumPy to one thread inside a `with` statement or a decorated function."""
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with threadpool_limits(limits=1):
            yield
    finally:
        torch.set_num_threads(n_threads)

"""An arena: blind battles, votes for each dimension, rankings, and how far a judge can be trusted."""

import os

# Before numpy is loaded: the matrices of a board are small, and threads that spin for them cost more than they do.
for _library in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_library, "1")

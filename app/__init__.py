"""An arena: blind battles, votes for each dimension, rankings, and how far a judge can be trusted."""

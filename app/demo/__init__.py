"""The demo arena: the study "Style Over Substance" in small, ready to vote on.

`arena.json` holds eighteen questions and the answers of six fictional models, five of which have a planted
flaw. `raters.py` makes simulated votes from what is known of the answers. Neither touches a database.

In `arena.json`:

- `models[].metadata`: `variant` (the kind of flaw) and `flaw` (a sentence about it). Like the names of the
  models, it must not be shown before a vote.
- `answers[]`: `errors` counts the planted errors (`minor`, `major`); `language_errors` goes from 0 (none) to
  3 (in nearly every sentence); `on_topic` says whether the question is answered at all.
- `answers[].flaws[]`: the planted errors, so that a reader can check them: `says` is quoted from the answer,
  `fact` is what is true instead. `kind` is `minor`, `major`, `language` (three examples an answer) or
  `off_topic`. What an answer builds on a major error is false too and not listed again.

The design, forty questions and twelve kinds of answer in the original, is that of Wu and Aji, "Style Over
Substance: Evaluation Biases for Large Language Models" (2023). All texts here were written for this arena.
"""

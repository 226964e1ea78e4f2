"""The BERT job that runs on the nodes: text -> tokenizer -> pre-train -> fine-tune -> evaluate -> predict.

Started by `torchrun ... -m training --job JOB.json --data DIR --output DIR`. It imports nothing of the rest of the
project.

What holds everywhere: a run is a pure function of its job file. The batch of a step, its masks, its dropout and its
learning rate depend on (seed, step) alone, so a killed run that is started again ends with the very same weights.
"""

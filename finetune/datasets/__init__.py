"""Public data sets with known answers, as a catalog of ours and as a benchmark folder.

    python -m finetune dataset beauty|homedepot --source FOLDER --out FOLDER

Each data set has a module that reads it into a :class:`finetune.datasets.dataset.Dataset`; writing is the same for all.
"""

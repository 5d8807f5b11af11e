"""Make the models that minshi runs: data, training, evaluation, export, release. Needs `pip install minshi[train]`."""

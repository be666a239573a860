"""The experiments, one in each module; see ``dissection.experiments.registry``."""

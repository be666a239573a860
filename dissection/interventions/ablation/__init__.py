"""Ablation of classifiers: which classes need which units (Bau et al. 2020, figures 2, S4, S5)."""

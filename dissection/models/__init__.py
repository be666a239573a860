"""Networks: generators, classifiers, segmenters, their weights, and how to reach their layers."""

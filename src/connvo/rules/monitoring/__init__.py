"""The rules of measuring: histograms, objectives, trends, the metrics of callers, and when a node refuses calls."""

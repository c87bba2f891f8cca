"""Identity resolution: comparisons, clusters, stable ids, calibration."""

"""Models: splits by time and person, fitting, calibration, bundles, scoring, and the registry."""

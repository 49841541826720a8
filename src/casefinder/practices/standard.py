"""The European Standard Population 2013: how many of 100,000 people are of each age.

Source: Eurostat, Revision of the European Standard Population, 2013, as published by the Office for National Statistics
under the Open Government Licence v3.0.
"""

from typing import Final

import numpy as np

ESP_2013: Final = np.array(
    [1000, 4000, 5500, 5500, 5500, 6000, 6000, 6500, 7000, 7000, 7000, 7000, 6500, 6000, 5500, 5000, 4000, 2500, 1500, 800,
     200], dtype=float,
)  # fmt: skip
"""One value for each band of ``case_mix.AGES``."""

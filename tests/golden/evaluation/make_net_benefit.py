"""Makes net_benefit.csv beside it: net benefit as dcurves (MSKCC, on PyPI) has it, on people.csv.

Run in this folder with dcurves 1.1.7 installed: python make_net_benefit.py
"""

import pandas as pd
from dcurves import dca

THRESHOLDS = [0.01, 0.05, 0.1, 0.151, 0.2, 0.35, 0.5]

people = pd.read_csv("people.csv")
people["rule"] = (people["group"] < "d").astype(int)
curve = dca(data=people, outcome="outcome", modelnames=["risk", "rule"], thresholds=THRESHOLDS)
wide = curve.pivot(index="threshold", columns="model", values="net_benefit").reset_index()
wide.to_csv("net_benefit.csv", index=False, float_format="%.12f")

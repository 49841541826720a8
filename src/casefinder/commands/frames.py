"""The rows behind a model as pandas tables, for notebooks: the cohorts, features, outcomes and risks that the commands use.

Tables hold people by their pseudonym, so they stay where the workspace is. All rows stand in memory at once.
"""

import datetime as dt

import numpy as np
import pandas as pd

from casefinder.codelists import load_codelists
from casefinder.cohorts import Cohort
from casefinder.commands.archive import services_and_lists
from casefinder.commands.deployment import Deployment
from casefinder.commands.storing import row_storage
from casefinder.commands.training import LINK_FIRST
from casefinder.config import load_model
from casefinder.config.model import CohortSettings
from casefinder.features import FeatureTable, chosen
from casefinder.histories import Histories
from casefinder.histories.practices import practices_of, record_of
from casefinder.modelling.matrix import assemble
from casefinder.modelling.serving import bundle_for
from casefinder.modelling.splits import PARTS
from casefinder.modelling.train import dates_of, ingredients
from casefinder.worklist.score import columns_of


def training_rows(deployment: Deployment, model: str) -> pd.DataFrame:
    """Return what a model is fitted and tested on.

    Args:
        deployment: a site opened for ``train``.
        model: name of a model, or the path of its file.

    Returns:
        one row for each person and index date: ``person_id``, ``index_date``, ``part`` (fit, stop, calibrate or test),
        ``outcome`` (0 or 1), ``weight`` (for people who left before the outcome could be seen; for those held out, where
        the model is fitted on them; for rows left out, where it is fitted on a share of those without the outcome), then a
        column each feature.

    Raises:
        ModelError: the outcome was not observed for long enough.
        WorkspaceError: nothing has been linked yet.
    """
    histories = Histories(deployment.workspace.newest("histories", LINK_FIRST))
    settings = load_model(model, deployment.site.folder / "models")
    plan = dates_of(histories, settings)
    codelists = load_codelists(deployment.site.own_codelists())
    lists = services_and_lists(deployment.site, deployment.workspace)
    with row_storage(deployment.site, deployment.workspace) as storage:
        matrix = assemble(ingredients(histories, settings, codelists, lists), plan, storage)
        features = pd.DataFrame(matrix.features[:], columns=list(matrix.names))
    about = {
        "person_id": matrix.people,
        "index_date": np.array(plan.index_dates, dtype="datetime64[ns]")[matrix.date],
        "part": np.array(PARTS)[matrix.part],
        "outcome": matrix.outcome.astype(int),
        "weight": matrix.weight,
    }
    return pd.concat([pd.DataFrame(about), features], axis=1)


def scored_rows(deployment: Deployment, model: str, as_of: dt.date) -> pd.DataFrame:
    """Return everyone whom a model scores on a date, as the weekly run would, and write nothing.

    Args:
        deployment: a site opened for ``score``.
        model: name of a model that this site serves, or was given a bundle of.
        as_of: the index date.

    Returns:
        one row for each person of the model's cohort: ``person_id``, ``practice_code``, ``risk`` (calibrated, 0 to 1),
        ``raw_score``, then a column each feature of the model's contract.

    Raises:
        ModelError: there is no such model here, or it does not fit the record's features.
        WorkspaceError: nothing has been linked yet.
    """
    histories = Histories(deployment.workspace.newest("histories", LINK_FIRST))
    record = record_of(deployment.workspace, histories)
    bundle, codelists = (
        bundle_for(deployment.site, deployment.workspace, model),
        load_codelists(deployment.site.own_codelists()),
    )
    supplied = histories.version.manifest["supplied"]
    table = FeatureTable(chosen(), histories.concepts, codelists, supplied)
    bundle.contract.check(table.features, codelists, supplied, bundle.label)
    cohort = Cohort(CohortSettings(**bundle.about["cohort"]), histories.concepts, codelists)
    practices, columns = practices_of(record, histories), columns_of(bundle, table.names)
    found = []
    for block in histories:
        rows = cohort.rows(block, [as_of])
        values = table.rows(block, [as_of], rows.included)[:, columns]
        keep, raw = rows.included[:, 0], bundle.raw_scores(values)
        codes = practices.codes(rows.practice[keep, 0])
        about = {
            "person_id": np.asarray(block.people.to_numpy(zero_copy_only=False))[keep],
            "practice_code": codes,
            "risk": bundle.risks(raw, practices.clusters(codes)),
            "raw_score": raw,
        }
        found.append(pd.concat([pd.DataFrame(about), pd.DataFrame(values, columns=list(bundle.contract.names))], axis=1))
    return pd.concat(found, ignore_index=True)

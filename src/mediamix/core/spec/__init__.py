"""The spec: the pydantic image of ``mediamix.yml``, a file per section. Every key has a default.

``{}`` is valid. Unknown keys are refused with the nearest known one. Names of components (adstock,
saturation) are checked where they are used, by the registry. Whoever adds a structure touches its section.
"""

from mediamix.core.spec.alerts import Alerts, Mail, Recipients
from mediamix.core.spec.channels import AdstockSpec, ChannelSpec, Order, Reference, SaturationSpec
from mediamix.core.spec.data import Data, WideChannel
from mediamix.core.spec.events import Around
from mediamix.core.spec.geo import Geo
from mediamix.core.spec.holdout import Holdout
from mediamix.core.spec.holidays import Holidays
from mediamix.core.spec.load import load_spec, parse_spec
from mediamix.core.spec.mart import MartSpec
from mediamix.core.spec.media import Media, MediaPrior
from mediamix.core.spec.mediators import MediatorSpec
from mediamix.core.spec.model import Model
from mediamix.core.spec.noise import Noise, NoiseKind
from mediamix.core.spec.numbers import Numbers
from mediamix.core.spec.outcome import Outcome
from mediamix.core.spec.prior import Family, PriorSpec
from mediamix.core.spec.promotion import Promotion
from mediamix.core.spec.records import Records
from mediamix.core.spec.report import Report
from mediamix.core.spec.sampler import Sampler
from mediamix.core.spec.schedule import Schedule
from mediamix.core.spec.seasonality import Seasonality
from mediamix.core.spec.section import Positive, Section
from mediamix.core.spec.sources import SourceSpec
from mediamix.core.spec.stack import Stack
from mediamix.core.spec.synergy import Synergy
from mediamix.core.spec.time import Time
from mediamix.core.spec.trend import Auto, Trend
from mediamix.core.spec.varying import Varying
from mediamix.core.spec.warehouse import BigQuery, WarehouseSpec
from mediamix.core.spec.whole import Spec

__all__ = [
    "AdstockSpec",
    "Alerts",
    "Around",
    "Auto",
    "BigQuery",
    "ChannelSpec",
    "Data",
    "Family",
    "Geo",
    "Holdout",
    "Holidays",
    "Mail",
    "MartSpec",
    "Media",
    "MediaPrior",
    "MediatorSpec",
    "Model",
    "Noise",
    "NoiseKind",
    "Numbers",
    "Order",
    "Outcome",
    "Positive",
    "PriorSpec",
    "Promotion",
    "Recipients",
    "Records",
    "Reference",
    "Report",
    "Sampler",
    "SaturationSpec",
    "Schedule",
    "Seasonality",
    "Section",
    "SourceSpec",
    "Spec",
    "Stack",
    "Synergy",
    "Time",
    "Trend",
    "Varying",
    "WarehouseSpec",
    "WideChannel",
    "load_spec",
    "parse_spec",
]

"""What media caused, how sure that is, and what to do."""

from __future__ import annotations

from mediamix.reporting.over_time import changes, changes_title, over_time
from mediamix.ui.draw import draw
from mediamix.ui.page import head, show
from mediamix.ui.session import material

show("headline", "insights")
of = material()
show("glance", first=False)
compared = changes(of)
if compared:
    head(changes_title(of), "change")
    draw(compared)
head("Outcome and spend over time", "time")
draw(over_time(of))
show("decomposition", first=False)

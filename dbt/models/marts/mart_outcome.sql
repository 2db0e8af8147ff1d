-- depends_on: {{ ref("mart_calendar") }}, so that a date outside of it stops this model.
select
    date,
    geo,
    metric,
    value,
    source,
    source_row,
    run_id,
    loaded_at
from {{ ref("stg_outcome_day") }}

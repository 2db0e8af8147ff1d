-- depends_on: {{ ref("calendar") }}, so that a date outside of it stops this model.
select
    date,
    end_date,
    event,
    geo,
    source,
    source_row,
    run_id,
    loaded_at
from {{ ref("stg_event_day") }}

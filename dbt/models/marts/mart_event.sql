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

select
    cast(date as date) as date,
    cast(end_date as date) as end_date,
    event,
    geo,
    _source as source,
    _row as source_row,
    _run_id as run_id,
    _loaded_at as loaded_at
from {{ source("landing", "event_day") }}

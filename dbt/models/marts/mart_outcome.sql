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

select
    date,
    geo,
    control,
    value,
    source,
    source_row,
    run_id,
    loaded_at
from {{ ref("stg_control_day") }}

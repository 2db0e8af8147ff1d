select
    date,
    geo,
    channel,
    metric,
    value,
    source,
    source_row,
    run_id,
    loaded_at
from {{ ref("stg_media_day") }}

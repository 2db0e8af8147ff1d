select
    cast(date as date) as date,
    geo,
    channel,
    campaign,
    part,
    currency,
    metric,
    value,
    _source as source,
    _row as source_row,
    _run_id as run_id,
    _loaded_at as loaded_at
from {{ source("landing", "media_day") }}

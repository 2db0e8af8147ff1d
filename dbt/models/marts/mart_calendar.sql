select
    date,
    week_start,
    month_start,
    quarter,
    year,
    is_weekend
from {{ ref("calendar") }}

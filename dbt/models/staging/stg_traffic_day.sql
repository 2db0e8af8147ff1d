-- A row without campaign and numbers says that the day was fetched: nobody came.
select
    source,
    account_id,
    upper(trim(currency)) as currency,
    time_zone,
    cast(date as date) as date,
    campaign,
    source_medium,
    channel_group,
    sessions,
    key_events,
    cast(revenue as {{ dbt.type_numeric() }}) as revenue,
    quality,
    pulled_at,
    restated_until
from {{ source("landing", "traffic_day") }}

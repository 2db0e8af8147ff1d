select
    source,
    user_id,
    touched_at,
    cast(touched_at as date) as touched_on,
    channel,
    campaign,
    cast(cost as {{ dbt.type_numeric() }}) as cost,
    upper(trim(currency)) as currency,
    pulled_at
from {{ source("landing", "touch") }}

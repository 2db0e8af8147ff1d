select
    source,
    user_id,
    conversion_id,
    converted_at,
    cast(converted_at as date) as converted_on,
    cast(value as {{ dbt.type_numeric() }}) as value,
    upper(trim(currency)) as currency,
    pulled_at
from {{ source("landing", "conversion") }}

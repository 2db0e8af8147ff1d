-- Deals that were deleted in the CRM stay in landing and are left out.
select
    source,
    account_id,
    deal_id,
    name,
    created_at,
    cast(created_at as date) as created_on,
    closed_on,
    modified_at,
    stage,
    is_won,
    cast(amount as {{ dbt.type_numeric() }}) as amount,
    upper(trim(currency)) as currency,
    cast(amount_home as {{ dbt.type_numeric() }}) as amount_home,
    lead_source,
    campaign_id,
    pulled_at
from {{ source("landing", "deal") }}
where not is_deleted

-- A row without campaign and numbers says that the day was fetched, and is left out.
select
    source,
    account_id,
    platform,
    account_name,
    upper(trim(currency)) as currency,
    time_zone,
    cast(date as date) as date,
    coalesce(nullif(trim(geo), ''), 'national') as geo,
    campaign_id,
    campaign_name,
    channel as channel_type,
    impressions,
    clicks,
    reach,
    frequency,
    cast(spend as {{ dbt.type_numeric() }}) as spend,
    conversions,
    cast(conversions_value as {{ dbt.type_numeric() }}) as conversions_value,
    attribution_window,
    conversion_time_basis,
    pulled_at,
    restated_until
from {{ source("landing", "campaign_day") }}
where coalesce(campaign_id, campaign_name) is not null
    or spend is not null
    or impressions is not null
    or clicks is not null
    or reach is not null
    or conversions is not null
    or conversions_value is not null

-- Amounts in another currency than the mart's, without a rate of their day; and two currencies while nothing says
-- which one is the mart's; two rates for one day. Stops the build: an amount is never guessed.
with home as ({{ home_currency() }}),

amounts as (
    select distinct 'media' as what, source, date, nullif(upper(trim(currency)), '') as currency
    from {{ ref("stg_media_day") }}
    where value <> 0 and {{ is_money("metric") }} and currency is not null
    union all
    select distinct 'media', source, date, currency from {{ ref("stg_campaign_day") }}
    where spend <> 0 or conversions_value <> 0
    union all
    select distinct 'traffic', source, date, currency from {{ ref("stg_traffic_day") }} where revenue <> 0
    union all
    select distinct 'deals', source, closed_on, currency from {{ ref("stg_deal") }}
    where is_won and amount <> 0 and closed_on is not null
    union all
    select distinct 'touches', source, touched_on, currency from {{ ref("stg_touch") }} where cost <> 0
    union all
    select distinct 'conversions', source, converted_on, currency from {{ ref("stg_conversion") }} where value <> 0
)

select
    amounts.what,
    amounts.source,
    amounts.currency,
    home.home as to_currency,
    min(amounts.date) as first_day,
    max(amounts.date) as last_day,
    count(*) as days_of_it
from amounts
cross join home
left join {{ ref("int_rate") }} as rates on rates.currency = amounts.currency and rates.date = amounts.date
where amounts.currency is not null
    and rates.rate is null
    and (
        amounts.currency <> home.home
        or (home.home is null and (select count(distinct currency) from amounts) > 1)
    )
group by amounts.what, amounts.source, amounts.currency, home.home
union all
select
    'two rates for one day',
    cast(null as {{ dbt.type_string() }}),
    upper(trim(currency)),
    upper(trim(to_currency)),
    cast(date as date),
    cast(date as date),
    count(*)
from {{ given("exchange_rates") }}
group by upper(trim(currency)), upper(trim(to_currency)), cast(date as date)
having count(*) > 1
order by 1 desc, 2, 3

-- The rate of a currency into that of the mart, on each day: the latest one, of at most `rate_age_days` days before.
with home as ({{ home_currency() }}),

rates as (
    select
        cast(rates.date as date) as date,
        upper(trim(rates.currency)) as currency,
        cast(rates.rate as {{ type_rate() }}) as rate,
        lead(cast(rates.date as date)) over (
            partition by upper(trim(rates.currency)) order by cast(rates.date as date)
        ) as next_date
    from {{ given("exchange_rates") }} as rates
    inner join home on upper(trim(rates.to_currency)) = home.home
)

select
    calendar.date,
    rates.currency,
    home.home,
    rates.rate
from rates
cross join home
inner join {{ ref("calendar") }} as calendar
    on calendar.date >= rates.date
    and calendar.date <= {{ add_days("rates.date", var("rate_age_days", 7)) }}
    and (rates.next_date is null or calendar.date < rates.next_date)
where rates.currency <> home.home

-- What a CRM and web analytics say of the outcome, by day and currency: won deals by the day they were closed on,
-- leads by the day they were created on, visits with their key events and revenue. A day of nothing is zero.
with facts as (
    select source, closed_on as date, currency, 'won_amount' as metric, coalesce(amount, 0) as value, pulled_at
    from {{ ref("stg_deal") }}
    where is_won and closed_on is not null
    union all
    select source, closed_on, currency, 'won_deals', 1, pulled_at
    from {{ ref("stg_deal") }}
    where is_won and closed_on is not null
    union all
    select source, created_on, currency, 'leads', 1, pulled_at
    from {{ ref("stg_deal") }}
    union all
    select source, date, currency, 'traffic_revenue', coalesce(revenue, 0), pulled_at
    from {{ ref("stg_traffic_day") }}
    union all
    select source, date, currency, 'traffic_key_events', cast(coalesce(key_events, 0) as {{ dbt.type_numeric() }}), pulled_at
    from {{ ref("stg_traffic_day") }}
    union all
    select source, date, currency, 'traffic_sessions', coalesce(sessions, 0), pulled_at
    from {{ ref("stg_traffic_day") }}
),

in_home as (
    select
        facts.source,
        facts.date,
        facts.metric,
        case
            when rates.rate is null or not {{ is_money("facts.metric") }} then cast(facts.value as {{ dbt.type_numeric() }})
            else {{ at_rate("facts.value", "rates.rate") }}
        end as value,
        1 as row_count,
        facts.pulled_at
    from facts
    left join {{ ref("int_rate") }} as rates
        on rates.currency = facts.currency and rates.date = facts.date
),

-- A CRM's own first to last day: between them a day without a deal is one on which nothing was won.
span as (
    select source, min(date) as first_day, max(date) as last_day, max(pulled_at) as pulled_at
    from in_home
    where metric in ('won_amount', 'won_deals', 'leads')
    group by source
),

quiet as (
    select span.source, calendar.date, metrics.metric, cast(0 as {{ dbt.type_numeric() }}) as value, 0 as row_count, span.pulled_at
    from span
    inner join {{ ref("calendar") }} as calendar on calendar.date between span.first_day and span.last_day
    cross join (select 'won_amount' as metric union all select 'won_deals' union all select 'leads') as metrics
)

select source, date, metric, sum(value) as value, sum(row_count) as row_count, max(pulled_at) as pulled_at
from (select * from in_home union all select * from quiet) as every_day
group by source, date, metric

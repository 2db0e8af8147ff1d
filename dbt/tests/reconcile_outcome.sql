-- outcome_day holds what was landed: rows and totals per metric, of tables, deals and visits.
{% set landed %}
    select outcome.metric, 1 as row_count,
        case when series.rule = 'repeat' then null else cast(outcome.value as {{ dbt.type_numeric() }}) end as total
    from {{ source("landing", "outcome_day") }} as outcome
    left join {{ ref("int_series") }} as series
        on series.landed_in = 'outcome' and series.source = outcome._source and series.metric = outcome.metric
    {% if var("source_outcomes", true) -%}
    union all
    select 'leads', 1, cast(1 as {{ dbt.type_numeric() }})
    from {{ source("landing", "deal") }} where not is_deleted
    union all
    select 'won_deals', 1, cast(1 as {{ dbt.type_numeric() }})
    from {{ source("landing", "deal") }} where not is_deleted and is_won and closed_on is not null
    union all
    select 'won_amount', 1, case when rates.rate is null then deals.amount else {{ at_rate("deals.amount", "rates.rate") }} end
    from {{ source("landing", "deal") }} as deals
    left join {{ ref("int_rate") }} as rates
        on rates.currency = upper(trim(deals.currency)) and rates.date = deals.closed_on
    where not deals.is_deleted and deals.is_won and deals.closed_on is not null
    union all
    select 'traffic_revenue', 1,
        case when rates.rate is null then visits.revenue else {{ at_rate("visits.revenue", "rates.rate") }} end
    from {{ source("landing", "traffic_day") }} as visits
    left join {{ ref("int_rate") }} as rates
        on rates.currency = upper(trim(visits.currency)) and rates.date = visits.date
    union all
    select 'traffic_key_events', 1, cast(key_events as {{ dbt.type_numeric() }}) from {{ source("landing", "traffic_day") }}
    union all
    select 'traffic_sessions', 1, cast(sessions as {{ dbt.type_numeric() }}) from {{ source("landing", "traffic_day") }}
    {%- endif %}
{% endset -%}
{%- set built %}
    select outcome.metric, outcome.row_count,
        case when levels.metric is null then cast(outcome.value as {{ dbt.type_numeric() }}) end as total
    from {{ ref("outcome_day") }} as outcome
    left join (
        select distinct source, metric from {{ ref("int_series") }} where landed_in = 'outcome' and rule = 'repeat'
    ) as levels on levels.source = outcome.source and levels.metric = outcome.metric
{% endset -%}
{{ reconcile(landed, built, by=["metric"]) }}

with stated as (
    select outcome.*, series.period, series.rule
    from {{ ref("stg_outcome_day") }} as outcome
    left join {{ ref("int_series") }} as series
        on series.landed_in = 'outcome' and outcome.source = series.source and outcome.metric = series.metric
),

tables as (
    {{ spread("stated", ["geo", "metric", "source", "run_id", "loaded_at"]) }}
)

select date, geo, metric, value, row_count, source, source_row, run_id, loaded_at
from tables
{% if var("source_outcomes", true) -%}
union all
select
    date,
    'national',
    metric,
    cast(value as {{ type_double() }}),
    row_count,
    source,
    row_number() over (order by date, metric),
    cast(pulled_at as {{ dbt.type_string() }}),
    pulled_at
from {{ ref("int_source_outcome") }}
{%- endif %}

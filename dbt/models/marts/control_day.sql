with stated as (
    select control.*, '' as metric, series.period, series.rule
    from {{ ref("stg_control_day") }} as control
    left join {{ ref("int_series") }} as series
        on series.landed_in = 'control' and control.source = series.source and control.control = series.name
),

tables as (
    {{ spread("stated", ["geo", "control", "metric", "source", "run_id", "loaded_at"]) }}
)

select date, geo, control, value, row_count, source, source_row, run_id, loaded_at
from tables
{% if var("traffic_controls", false) -%}
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
where metric = 'traffic_sessions'
{%- endif %}

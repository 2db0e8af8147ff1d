-- control_day holds what was landed: rows and totals per control, and the rows of events. Visits as controls are told
-- by the outcome's test.
{% set landed %}
    select 'control' as landed_in, control.control as name, 1 as row_count,
        case when series.rule = 'repeat' then null else cast(control.value as {{ dbt.type_numeric() }}) end as total
    from {{ source("landing", "control_day") }} as control
    left join {{ ref("int_series") }} as series
        on series.landed_in = 'control' and series.source = control._source and series.name = control.control
    union all
    select 'event', event, 1, null from {{ source("landing", "event_day") }}
{% endset -%}
{%- set built %}
    select 'control' as landed_in, control.control as name, control.row_count,
        case when levels.name is null then cast(control.value as {{ dbt.type_numeric() }}) end as total
    from {{ ref("control_day") }} as control
    left join (
        select distinct source, name from {{ ref("int_series") }} where landed_in = 'control' and rule = 'repeat'
    ) as levels on levels.source = control.source and levels.name = control.control
    where control.control not in (select distinct metric from {{ ref("int_source_outcome") }})
    union all
    select 'event', event, 1, null from {{ ref("event_day") }}
{% endset -%}
{{ reconcile(landed, built, by=["landed_in", "name"]) }}

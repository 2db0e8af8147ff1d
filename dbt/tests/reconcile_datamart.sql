-- mmm_datamart holds the spend of media_day per channel, and the outcome of outcome_day once per date and geo.
{% set landed %}
    select channel as name, 0 as row_count, cast(value as {{ dbt.type_numeric() }}) as total
    from {{ ref("media_day") }}
    where metric = 'spend'
    union all
    select 'the outcome', 0, cast(outcome.value as {{ dbt.type_numeric() }})
    from {{ ref("outcome_day") }} as outcome
    where outcome.metric in (select outcome_metric from {{ ref("mmm_datamart") }})
        and outcome.geo in (select geo from {{ ref("media_day") }})
{% endset -%}
{%- set built %}
    select channel as name, 0 as row_count, spend as total
    from {{ ref("mmm_datamart") }}
    union all
    select 'the outcome', 0, cast(outcome_once as {{ dbt.type_numeric() }})
    from {{ ref("mmm_datamart") }}
{% endset -%}
{{ reconcile(landed, built, by=["name"]) }}

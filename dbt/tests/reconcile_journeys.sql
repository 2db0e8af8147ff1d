-- Every touch and every conversion is in a journey, once: their number, cost and value.
{% set landed %}
    select 'conversions' as name, 1 as row_count,
        case when rates.rate is null then facts.value else {{ at_rate("facts.value", "rates.rate") }} end as total
    from {{ source("landing", "conversion") }} as facts
    left join {{ ref("int_rate") }} as rates
        on rates.currency = upper(trim(facts.currency)) and rates.date = cast(facts.converted_at as date)
    {% if not var("share_touches", false) -%}
    union all
    select 'touches', 1,
        case when rates.rate is null then facts.cost else {{ at_rate("facts.cost", "rates.rate") }} end
    from {{ source("landing", "touch") }} as facts
    left join {{ ref("int_rate") }} as rates
        on rates.currency = upper(trim(facts.currency)) and rates.date = cast(facts.touched_at as date)
    {%- endif %}
{% endset -%}
{%- set built %}
    select 'conversions' as name, 1 as row_count, value as total
    from {{ ref("journeys") }}
    where conversion_id is not null and touch_number <= 1
    {% if not var("share_touches", false) -%}
    union all
    select 'touches', landed_touches, cost from {{ ref("journeys") }} where touches > 0
    {%- endif %}
{% endset -%}
{{ reconcile(landed, built, by=["name"]) }}

{# What a platform's row may measure. #}
{% macro platform_metrics() -%}
    {{ return(["spend", "impressions", "clicks", "reach", "conversions", "conversions_value"]) }}
{%- endmacro %}

{#
    A platform's campaigns added to their channels, by day, geo, currency and source: exact sums, and how many rows
    have each metric. `rows` is a query of campaign days with the columns source, platform, channel_type,
    campaign_name, date, geo, currency, pulled_at and the metrics.
#}
{% macro channel_days(rows) -%}
    select
        days.date,
        days.geo,
        names.channel,
        days.currency,
        days.source,
        max(days.pulled_at) as pulled_at
        {%- for metric in platform_metrics() %},
        {{ exact_sum("days." ~ metric) }} as {{ metric }},
        count(days.{{ metric }}) as {{ metric }}_rows
        {%- endfor %}
    from {{ rows }} as days
    inner join {{ ref("int_channel") }} as names
        on names.kind = 'platform'
        and names.source = days.source
        and names.name = days.platform
        and names.channel_type = coalesce(days.channel_type, '')
        and names.campaign = coalesce(days.campaign_name, '')
    group by days.date, days.geo, names.channel, days.currency, days.source
{%- endmacro %}

-- Spend and every other metric of media_day equal what was landed: rows, and totals to the cent, per channel, metric
-- and currency. Rows of tables count as landed, a campaign's day once per metric that it has.
{% set landed %}
    with platform_days as (
        {{ channel_days("(select *, channel as channel_type from " ~ source("landing", "campaign_day") ~ ")") }}
    )
    select
        names.channel,
        facts.metric,
        coalesce(case when rates.rate is null then facts.currency else rates.home end, '') as currency,
        facts.row_count,
        case
            when rates.rate is null or not {{ is_money("facts.metric") }} then facts.total
            else {{ at_rate("facts.total", "rates.rate") }}
        end as total
    from (
        select
            'table' as kind,
            media._source as source,
            media.channel as name,
            '' as channel_type,
            coalesce(media.campaign, '') as campaign,
            media.metric,
            nullif(upper(trim(media.currency)), '') as currency,
            cast(media.date as date) as date,
            1 as row_count,
            case
                when series.rule = 'repeat' then null else cast(media.value as {{ dbt.type_numeric() }})
            end as total
        from {{ source("landing", "media_day") }} as media
        left join {{ ref("int_series") }} as series
            on series.landed_in = 'media'
            and series.source = media._source
            and series.name = media.channel
            and series.metric = media.metric
    ) as facts
    inner join {{ ref("int_channel") }} as names
        on names.kind = facts.kind
        and names.source = facts.source
        and names.name = facts.name
        and names.channel_type = facts.channel_type
        and names.campaign = facts.campaign
    left join {{ ref("int_rate") }} as rates on rates.currency = facts.currency and rates.date = facts.date
    {% for metric in platform_metrics() -%}
    union all
    select
        days.channel,
        '{{ metric }}',
        case when rates.rate is null then upper(trim(days.currency)) else rates.home end,
        days.{{ metric }}_rows,
        case
            when rates.rate is null or not {{ is_money("'" ~ metric ~ "'") }} then days.{{ metric }}
            else {{ at_rate("days." ~ metric, "rates.rate") }}
        end
    from platform_days as days
    left join {{ ref("int_rate") }} as rates on rates.currency = upper(trim(days.currency)) and rates.date = days.date
    where days.{{ metric }} is not null
    {% endfor -%}
{% endset -%}
{%- set built %}
    select
        media.channel,
        media.metric,
        coalesce(media.currency, '') as currency,
        media.row_count,
        case when levels.name is null then cast(media.value as {{ dbt.type_numeric() }}) end as total
    from {{ ref("media_day") }} as media
    left join (
        select distinct source, name, metric
        from {{ ref("int_series") }}
        where landed_in = 'media' and rule = 'repeat'
    ) as levels
        on levels.source = media.source and levels.metric = media.metric and levels.name = media.channel
{% endset -%}
{{ reconcile(landed, built, by=["channel", "metric", "currency"]) }}

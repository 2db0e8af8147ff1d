-- Media of tables and of platforms as one long form: channel, home currency, days.
with stated as (
    select media.*, series.period, series.rule
    from {{ ref("stg_media_day") }} as media
    left join {{ ref("int_series") }} as series
        on series.landed_in = 'media'
        and media.source = series.source
        and media.channel = series.name
        and media.metric = series.metric
),

tables as (
    {{ spread("stated", ["geo", "channel", "campaign", "currency", "metric", "source", "run_id", "loaded_at"]) }}
),

platforms as (
    select
        days.date,
        days.geo,
        days.platform,
        days.channel_type,
        days.campaign_name,
        coalesce(days.campaign_name, days.campaign_id) as campaign,
        days.currency,
        metrics.metric,
        case metrics.metric
            when 'spend' then cast(days.spend as {{ type_double() }})
            when 'impressions' then cast(days.impressions as {{ type_double() }})
            when 'clicks' then cast(days.clicks as {{ type_double() }})
            when 'reach' then cast(days.reach as {{ type_double() }})
            when 'conversions' then cast(days.conversions as {{ type_double() }})
            else cast(days.conversions_value as {{ type_double() }})
        end as value,
        days.source,
        days.pulled_at
    from {{ ref("stg_campaign_day") }} as days
    cross join (
        {% for metric in ["spend", "impressions", "clicks", "reach", "conversions", "conversions_value"] -%}
        select '{{ metric }}' as metric {{ "union all " if not loop.last }}
        {%- endfor %}
    ) as metrics
),

together as (
    select
        'table' as kind,
        tables.date,
        tables.geo,
        names.channel,
        tables.campaign,
        nullif(upper(trim(tables.currency)), '') as landed_currency,
        tables.metric,
        tables.value,
        tables.row_count,
        tables.source,
        tables.source_row,
        tables.run_id,
        tables.loaded_at
    from tables
    inner join {{ ref("int_channel") }} as names
        on names.kind = 'table'
        and names.source = tables.source
        and names.name = tables.channel
        and names.campaign = coalesce(tables.campaign, '')
    union all
    select
        'platform',
        platforms.date,
        platforms.geo,
        names.channel,
        platforms.campaign,
        platforms.currency,
        platforms.metric,
        platforms.value,
        1,
        platforms.source,
        cast(null as {{ dbt.type_bigint() }}),
        cast(platforms.pulled_at as {{ dbt.type_string() }}),
        platforms.pulled_at
    from platforms
    inner join {{ ref("int_channel") }} as names
        on names.kind = 'platform'
        and names.source = platforms.source
        and names.name = platforms.platform
        and names.channel_type = coalesce(platforms.channel_type, '')
        and names.campaign = coalesce(platforms.campaign_name, '')
    where platforms.value is not null
)

select
    together.kind,
    together.date,
    together.geo,
    together.channel,
    together.campaign,
    case when rates.rate is null then together.landed_currency else rates.home end as currency,
    together.metric,
    case
        when rates.rate is null or not {{ is_money("together.metric") }} then together.value
        else cast({{ at_rate("together.value", "rates.rate") }} as {{ type_double() }})
    end as value,
    together.row_count,
    together.source,
    together.source_row,
    together.run_id,
    together.loaded_at
from together
left join {{ ref("int_rate") }} as rates
    on rates.currency = together.landed_currency and rates.date = together.date

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

-- A platform's campaigns are added to their channels first, while they are one row each: there may be millions.
platform_days as (
    {{ channel_days(ref("stg_campaign_day")) }}
),

platforms as (
    {% for metric in platform_metrics() -%}
    select
        date,
        geo,
        channel,
        currency,
        '{{ metric }}' as metric,
        cast({{ metric }} as {{ type_double() }}) as value,
        {{ metric }}_rows as row_count,
        source,
        pulled_at
    from platform_days
    where {{ metric }} is not null
    {{ "union all" if not loop.last }}
    {% endfor -%}
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
        date,
        geo,
        channel,
        cast(null as {{ dbt.type_string() }}),
        currency,
        metric,
        value,
        row_count,
        source,
        cast(null as {{ dbt.type_bigint() }}),
        cast(pulled_at as {{ dbt.type_string() }}),
        pulled_at
    from platforms
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

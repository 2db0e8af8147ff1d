-- One row per date, geo and channel, complete: a channel without rows on a day has spent nothing on it. Outcome and
-- flags belong to date and geo and stand in each of their channels' rows; `outcome_once` adds up.
with media as (
    select
        date,
        geo,
        channel,
        sum(case when metric = 'spend' then cast(value as {{ dbt.type_numeric() }}) end) as spend,
        sum(case when metric = 'impressions' then value end) as impressions,
        sum(case when metric = 'clicks' then value end) as clicks,
        sum(case when metric = 'conversions' then value end) as platform_conversions,
        sum(case when metric = 'conversions_value' then cast(value as {{ dbt.type_numeric() }}) end) as platform_value,
        min(currency) as currency
    from {{ ref("media_day") }}
    group by date, geo, channel
),

wanted as (
    select metric
    from (
        select
            metric,
            row_number() over (order by case metric
                when '{{ var("outcome", "revenue") | replace("'", "") }}' then 0
                when 'revenue' then 1 when 'orders' then 2 when 'won_amount' then 3 when 'traffic_revenue' then 4
                when 'leads' then 5 else 6 end, metric) as place
        from (select distinct metric from {{ ref("outcome_day") }} where metric <> 'population') as metrics
    ) as ranked
    where place = 1
),

outcome as (
    select
        days.date,
        days.geo,
        sum(case when days.metric = wanted.metric then days.value end) as outcome,
        sum(case when days.metric = 'revenue' then days.value end) as revenue,
        sum(case when days.metric = 'orders' then days.value end) as orders,
        sum(case when days.metric = 'leads' then days.value end) as leads
    from {{ ref("outcome_day") }} as days
    cross join wanted
    group by days.date, days.geo
),

channels as (
    select
        geo,
        channel,
        min(channel) over (partition by geo) as first_channel,
        currency,
        has_spend,
        has_impressions,
        has_clicks
    from (
        select
            geo,
            channel,
            max(currency) as currency,
            count(spend) > 0 as has_spend,
            count(impressions) > 0 as has_impressions,
            count(clicks) > 0 as has_clicks
        from media
        group by geo, channel
    ) as known
),

places as (
    select date, geo from media
    union distinct
    select outcome.date, outcome.geo
    from outcome
    where outcome.geo in (select geo from channels)
),

kinds as (
    select
        events.event,
        max(case when lower(trim(kinds.kind)) = 'holiday' then 1 else 0 end) as is_holiday,
        max(case when lower(trim(kinds.kind)) = 'promotion' then 1 else 0 end) as is_promotion
    from (select distinct event from {{ ref("event_day") }}) as events
    inner join {{ given("event_kinds") }} as kinds on {{ looks_like("events.event", "kinds.event") }}
    group by events.event
),

happenings as (
    select
        events.date,
        events.end_date,
        events.geo,
        coalesce(kinds.is_holiday, 0) as is_holiday,
        coalesce(kinds.is_promotion, 0) as is_promotion
    from {{ ref("event_day") }} as events
    left join kinds on kinds.event = events.event
    union all
    select cast(date as date), cast(date as date), nullif(trim(geo), ''), 1, 0
    from {{ given("holidays") }}
),

flags as (
    select
        places.date,
        places.geo,
        count(*) as events,
        max(happenings.is_holiday) as is_holiday,
        max(happenings.is_promotion) as is_promotion
    from places
    inner join happenings
        on places.date between happenings.date and happenings.end_date
        and (happenings.geo is null or happenings.geo = places.geo)
    group by places.date, places.geo
)

select
    places.date,
    places.geo,
    channels.channel,
    case when channels.has_spend then coalesce(media.spend, cast(0 as {{ dbt.type_numeric() }})) end as spend,
    channels.currency,
    case when channels.has_impressions then coalesce(media.impressions, 0) end as impressions,
    case when channels.has_clicks then coalesce(media.clicks, 0) end as clicks,
    media.platform_conversions,
    media.platform_value,
    (select metric from wanted) as outcome_metric,
    outcome.outcome,
    case when channels.channel = channels.first_channel then outcome.outcome end as outcome_once,
    outcome.revenue,
    outcome.orders,
    outcome.leads,
    coalesce(flags.is_holiday, 0) = 1 as is_holiday,
    coalesce(flags.is_promotion, 0) = 1 as is_promotion,
    coalesce(flags.events, 0) > 0 as is_event,
    calendar.is_weekend,
    calendar.week_start,
    calendar.month_start,
    calendar.quarter,
    calendar.year
from places
inner join channels on channels.geo = places.geo
inner join {{ ref("calendar") }} as calendar on calendar.date = places.date
left join media on media.date = places.date and media.geo = places.geo and media.channel = channels.channel
left join outcome on outcome.date = places.date and outcome.geo = places.geo
left join flags on flags.date = places.date and flags.geo = places.geo

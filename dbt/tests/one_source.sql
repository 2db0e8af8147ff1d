-- What two tables deliver alike, or a table and a platform, would be counted twice: stops the build. Platforms add up.
with names as (
    select *
    from {{ ref("int_channel") }}
    where channel in (
        select channel from {{ ref("int_channel") }} group by channel having count(distinct source) > 1
    )
),

tables as (
    select distinct names.channel, media.source, media.geo, media.date, series.period
    from {{ ref("stg_media_day") }} as media
    inner join names
        on names.kind = 'table'
        and names.source = media.source
        and names.name = media.channel
        and names.campaign = coalesce(media.campaign, '')
    left join {{ ref("int_series") }} as series
        on series.landed_in = 'media'
        and series.source = media.source
        and series.name = media.channel
        and series.metric = media.metric
),

days as (
    select 'table' as kind, channel, source, geo, date
    from tables
    where period is null
    union all
    select distinct 'table', tables.channel, tables.source, tables.geo, calendar.date
    from tables
    inner join {{ ref("calendar") }} as calendar
        on calendar.date >= tables.date and calendar.date < {{ next_period("tables.period", "tables.date") }}
    union all
    select distinct 'platform', names.channel, campaigns.source, campaigns.geo, campaigns.date
    from {{ ref("stg_campaign_day") }} as campaigns
    inner join names
        on names.kind = 'platform'
        and names.source = campaigns.source
        and names.name = campaigns.platform
        and names.channel_type = coalesce(campaigns.channel_type, '')
        and names.campaign = coalesce(campaigns.campaign_name, '')
)

select date, geo, channel, min(source) as first_source, max(source) as second_source
from days
group by date, geo, channel
having min(source) <> max(source) and max(kind) = 'table'

{{ config(materialized="view") }}
-- For those who look at campaigns; nothing here is added up or converted.
select
    days.date,
    days.source,
    days.platform,
    days.account_id,
    days.account_name,
    days.geo,
    names.channel,
    days.campaign_id,
    days.campaign_name,
    days.currency,
    days.impressions,
    days.clicks,
    days.reach,
    days.spend,
    days.conversions,
    days.conversions_value,
    days.attribution_window,
    days.conversion_time_basis,
    days.pulled_at,
    days.restated_until
from {{ ref("stg_campaign_day") }} as days
inner join {{ ref("int_channel") }} as names
    on names.kind = 'platform'
    and names.source = days.source
    and names.name = days.platform
    and names.channel_type = coalesce(days.channel_type, '')
    and names.campaign = coalesce(days.campaign_name, '')

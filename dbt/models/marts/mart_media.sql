-- depends_on: {{ ref("mart_calendar") }}, so that a date outside of it stops this model.
-- Parts of a campaign (ads, accounts) are summed; each has a name of its own (tested in staging).
select
    date,
    geo,
    channel,
    campaign,
    currency,
    metric,
    sum(value) as value,
    count(*) as row_count,
    source,
    min(source_row) as source_row,
    run_id,
    min(loaded_at) as loaded_at
from {{ ref("stg_media_day") }}
group by date, geo, channel, campaign, currency, metric, source, run_id

-- Series that are stated to come by week, month or quarter. Two declarations of one series: the first by rule,
-- and the test of stated periods names both.
with series as (
    select distinct 'media' as landed_in, source, channel as name, metric from {{ ref("stg_media_day") }}
    union all
    select distinct 'outcome', source, '', metric from {{ ref("stg_outcome_day") }}
    union all
    select distinct 'control', source, control, '' from {{ ref("stg_control_day") }}
)

select
    series.landed_in,
    series.source,
    series.name,
    series.metric,
    min(lower(trim(stated.period))) as period,
    min(lower(trim(stated.rule))) as rule,
    count(*) as declarations
from series
inner join {{ given("source_periods") }} as stated
    on {{ looks_like("series.source", "stated.source") }}
    and {{ looks_like("series.name", "stated.name") }}
    and {{ looks_like("series.metric", "stated.metric") }}
group by series.landed_in, series.source, series.name, series.metric

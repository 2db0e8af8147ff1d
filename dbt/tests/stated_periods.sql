-- Declarations of weekly, monthly and quarterly rows that can't be kept: two for one series, words that aren't known,
-- months that don't begin on a first, weeks that overlap.
with rows_of as (
    select 'media' as landed_in, source, channel as name, metric, geo, date from {{ ref("stg_media_day") }}
    union all
    select 'outcome', source, '', metric, geo, date from {{ ref("stg_outcome_day") }}
    union all
    select 'control', source, control, '', geo, date from {{ ref("stg_control_day") }}
),

stated as (
    select
        series.landed_in, series.source, series.name, series.metric, series.period, series.rule, series.declarations,
        min(rows_of.date) as first_day,
        max(rows_of.date) as last_day,
        min(extract(day from rows_of.date)) as first_of_month,
        max(extract(day from rows_of.date)) as last_of_month,
        count(distinct {{ weekday("rows_of.date") }}) as weekdays
    from {{ ref("int_series") }} as series
    inner join rows_of
        on rows_of.landed_in = series.landed_in
        and rows_of.source = series.source
        and rows_of.name = series.name
        and rows_of.metric = series.metric
    group by series.landed_in, series.source, series.name, series.metric, series.period, series.rule, series.declarations
)

select
    case
        when declarations > 1 then 'declared more than once'
        when period not in ('week', 'month', 'quarter') then 'a period is week, month or quarter'
        when rule not in ('even', 'repeat') then 'a rule is even or repeat'
        when period = 'week' then 'weeks that begin on several weekdays'
        else 'months that do not begin on the first'
    end as fault,
    landed_in, source, name, metric, period, rule, first_day, last_day
from stated
where declarations > 1
    or period is null
    or rule is null
    or period not in ('week', 'month', 'quarter')
    or rule not in ('even', 'repeat')
    or (period = 'week' and weekdays > 1)
    or (period <> 'week' and (first_of_month <> 1 or last_of_month <> 1))

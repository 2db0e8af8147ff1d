{%- set names = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] -%}
{%- set starts = var("week_start", "monday") | lower -%}
{%- if starts not in names -%}
    {{ exceptions.raise_compiler_error("the var week_start is one of " ~ names | join(", ") ~ ", not " ~ starts) }}
{%- endif -%}
with days as (
    {{ days(var("calendar_first", "2005-01-01"), var("calendar_last", "2039-12-31")) }}
),

holidays as (
    select cast(date as date) as date, min(holiday) as holiday
    from {{ given("holidays") }}
    where coalesce(trim(geo), '') = ''
    group by cast(date as date)
)

select
    days.date,
    {{ add_days("days.date", "-mod(" ~ weekday("days.date") ~ " + " ~ (6 - names.index(starts)) ~ ", 7)") }} as week_start,
    cast({{ dbt.date_trunc("month", "days.date") }} as date) as month_start,
    cast(extract(quarter from days.date) as integer) as quarter,
    cast(extract(year from days.date) as integer) as year,
    {{ weekday("days.date") }} >= 6 as is_weekend,
    holidays.date is not null as is_holiday,
    holidays.holiday
from days
left join holidays on holidays.date = days.date

-- Touches of a person on the way to a conversion, or to none. Touches of one channel and campaign that follow each
-- other within `session_minutes` are one. A touch belongs to the next conversion of the person within
-- `lookback_days` (with `share_touches`: to each of them); what belongs to none is a journey without conversion, and
-- a conversion without touches is a journey of none.
{% set lookback = var("lookback_days", 30) | int * 86400 -%}
{%- set pause = var("session_minutes", 30) | int * 60 %}
with touches as (
    select
        touches.user_id,
        touches.touched_at,
        names.channel,
        touches.campaign,
        coalesce(touches.campaign, '') as campaign_name,
        touches.source,
        case when rates.rate is null then touches.cost else {{ at_rate("touches.cost", "rates.rate") }} end as cost,
        lag(touches.touched_at) over (
            partition by touches.user_id
            order by touches.touched_at, names.channel, coalesce(touches.campaign, ''), touches.source
        ) as last_at,
        lag(names.channel) over (
            partition by touches.user_id
            order by touches.touched_at, names.channel, coalesce(touches.campaign, ''), touches.source
        ) as last_channel,
        lag(coalesce(touches.campaign, '')) over (
            partition by touches.user_id
            order by touches.touched_at, names.channel, coalesce(touches.campaign, ''), touches.source
        ) as last_campaign
    from {{ ref("stg_touch") }} as touches
    inner join {{ ref("int_channel") }} as names
        on names.kind = 'table'
        and names.source = touches.source
        and names.name = touches.channel
        and names.campaign = coalesce(touches.campaign, '')
    left join {{ ref("int_rate") }} as rates
        on rates.currency = touches.currency and rates.date = touches.touched_on
),

numbered as (
    select
        user_id,
        touched_at,
        channel,
        campaign,
        cost,
        sum(case
            when last_at is not null
                and last_channel = channel
                and last_campaign = campaign_name
                and {{ dbt.datediff("last_at", "touched_at", "second") }} <= {{ pause }}
                then 0
            else 1
        end) over (
            partition by user_id
            order by touched_at, channel, campaign_name, source
            rows between unbounded preceding and current row
        ) as visit
    from touches
),

visits as (
    select
        user_id,
        visit,
        min(channel) as channel,
        min(campaign) as campaign,
        min(touched_at) as touched_at,
        max(touched_at) as ended_at,
        count(*) as landed_touches,
        sum(cost) as cost
    from numbered
    group by user_id, visit
),

conversions as (
    select
        {{ dbt.concat(["conversions.source", "'/'", "conversions.conversion_id"]) }} as journey_id,
        conversions.user_id,
        conversions.conversion_id,
        conversions.converted_at,
        case
            when rates.rate is null then conversions.value
            else {{ at_rate("conversions.value", "rates.rate") }}
        end as value
    from {{ ref("stg_conversion") }} as conversions
    left join {{ ref("int_rate") }} as rates
        on rates.currency = conversions.currency and rates.date = conversions.converted_on
),

led as (
    select
        visits.user_id,
        visits.visit,
        conversions.journey_id,
        row_number() over (
            partition by visits.user_id, visits.visit order by conversions.converted_at, conversions.journey_id
        ) as place
    from visits
    inner join conversions
        on conversions.user_id = visits.user_id
        and conversions.converted_at >= visits.touched_at
        and {{ dbt.datediff("visits.touched_at", "conversions.converted_at", "second") }} <= {{ lookback }}
),

lost as (
    select
        visits.user_id,
        visits.visit,
        visits.touched_at,
        sum(case
            when lag_visit = visit - 1 and {{ dbt.datediff("lag_at", "touched_at", "second") }} <= {{ lookback }} then 0
            else 1
        end) over (
            partition by user_id order by visit rows between unbounded preceding and current row
        ) as attempt
    from (
        select
            visits.user_id,
            visits.visit,
            visits.touched_at,
            lag(visits.visit) over (partition by visits.user_id order by visits.visit) as lag_visit,
            lag(visits.touched_at) over (partition by visits.user_id order by visits.visit) as lag_at
        from visits
        left join led on led.user_id = visits.user_id and led.visit = visits.visit and led.place = 1
        where led.user_id is null
    ) as visits
),

paths as (
    select journey_id, user_id, visit
    from led
    {% if not var("share_touches", false) -%} where place = 1 {%- endif %}
    union all
    select
        {{ dbt.concat(["'none/'", "user_id", "'/'", "cast(attempt as " ~ dbt.type_string() ~ ")"]) }},
        user_id,
        visit
    from lost
),

last_seen as (
    select max(moment) as moment
    from (
        select max(touched_at) as moment from {{ ref("stg_touch") }}
        union all
        select max(converted_at) from {{ ref("stg_conversion") }}
    ) as moments
)

select
    paths.journey_id,
    paths.user_id,
    conversions.conversion_id,
    conversions.converted_at,
    conversions.value,
    case
        when conversions.journey_id is not null then 'converted'
        when {{ dbt.datediff(
            "max(visits.touched_at) over (partition by paths.journey_id)", "last_seen.moment", "second"
        ) }} <= {{ lookback }} then 'open'
        else 'not_converted'
    end as status,
    row_number() over (partition by paths.journey_id order by visits.visit) as touch_number,
    count(*) over (partition by paths.journey_id) as touches,
    visits.channel,
    visits.campaign,
    visits.touched_at,
    visits.ended_at,
    visits.landed_touches,
    visits.cost
from paths
inner join visits on visits.user_id = paths.user_id and visits.visit = paths.visit
cross join last_seen
left join conversions on conversions.journey_id = paths.journey_id
union all
select
    conversions.journey_id,
    conversions.user_id,
    conversions.conversion_id,
    conversions.converted_at,
    conversions.value,
    'converted',
    0,
    0,
    cast(null as {{ dbt.type_string() }}),
    cast(null as {{ dbt.type_string() }}),
    cast(null as {{ dbt.type_timestamp() }}),
    cast(null as {{ dbt.type_timestamp() }}),
    0,
    cast(null as {{ dbt.type_numeric() }})
from conversions
left join led on led.journey_id = conversions.journey_id and {{ "1 = 1" if var("share_touches", false) else "led.place = 1" }}
where led.journey_id is null

-- Every name under which media and touches were landed, and the channel that it is. Patterns decide first;
-- a platform's campaign that no pattern of that platform fits is `unmapped`; without patterns a platform is its own
-- channel, split by the channel type that it reports. Spellings that differ in case or blanks are one channel:
-- as files have it, else as most rows have it.
with named as (
    select 'table' as kind, source, channel as name, '' as channel_type, coalesce(campaign, '') as campaign, count(*) as row_count
    from {{ ref("stg_media_day") }}
    group by source, channel, coalesce(campaign, '')
    union all
    select 'table', source, channel, '', coalesce(campaign, ''), count(*)
    from {{ ref("stg_touch") }}
    group by source, channel, coalesce(campaign, '')
    union all
    select 'platform', source, platform, coalesce(channel_type, ''), coalesce(campaign_name, ''), count(*)
    from {{ ref("stg_campaign_day") }}
    group by source, platform, coalesce(channel_type, ''), coalesce(campaign_name, '')
),

names as (
    select kind, source, name, channel_type, campaign, sum(row_count) as row_count
    from named
    group by kind, source, name, channel_type, campaign
),

patterns as (
    select
        cast(priority as {{ dbt.type_int() }}) as priority,
        source,
        campaign,
        trim(channel) as channel,
        coalesce(trim(source), '') = '' as is_open
    from {{ given("channel_patterns") }}
),

spoken_of as (
    select
        names.kind,
        names.source,
        names.name,
        names.channel_type,
        names.campaign,
        patterns.channel,
        row_number() over (
            partition by names.kind, names.source, names.name, names.channel_type, names.campaign
            order by
                case when {{ looks_like("names.campaign", "patterns.campaign") }} then 0 else 1 end,
                patterns.priority,
                patterns.channel
        ) as place,
        {{ looks_like("names.campaign", "patterns.campaign") }} as fits
    from names
    inner join patterns
        on (patterns.is_open and names.kind = 'platform')
        or (
            not patterns.is_open
            and ({{ looks_like("names.source", "patterns.source") }} or {{ looks_like("names.name", "patterns.source") }})
        )
),

given as (
    select
        names.kind,
        names.source,
        names.name,
        names.channel_type,
        names.campaign,
        names.row_count,
        case
            when spoken_of.fits then spoken_of.channel
            when names.kind = 'table' then names.name
            when spoken_of.source is not null then 'unmapped'
            {% if var("split_by_channel_type", true) -%}
            when names.channel_type <> '' then {{ dbt.concat(["names.name", "'_'", "lower(replace(trim(names.channel_type), ' ', '_'))"]) }}
            {% endif -%}
            else names.name
        end as given_name
    from names
    left join spoken_of
        on names.kind = spoken_of.kind
        and names.source = spoken_of.source
        and names.name = spoken_of.name
        and names.channel_type = spoken_of.channel_type
        and names.campaign = spoken_of.campaign
        and spoken_of.place = 1
),

spelled as (
    select
        plain,
        given_name,
        row_number() over (partition by plain order by max(kind) desc, sum(row_count) desc, given_name) as place
    from (select {{ plain_name("given_name") }} as plain, given_name, kind, row_count from given) as plainly
    group by plain, given_name
)

select
    given.kind,
    given.source,
    given.name,
    given.channel_type,
    given.campaign,
    given.row_count,
    given.given_name,
    spelled.given_name as channel
from given
inner join spelled
    on spelled.place = 1 and spelled.plain = {{ plain_name("given.given_name") }}

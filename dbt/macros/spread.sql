{#
    Rows of a stated period over its days. `rows` has date, value, source_row and the declaration's period and rule
    (see int_series); what isn't declared stays as it is. `even` gives each day its part of the total: what the
    first n days have together is rounded, so that the days add up to the total exactly; `repeat` gives each day the
    value. The first day counts the landed row.
#}
{% macro spread(rows, keys) -%}
    select date, {{ keys | join(", ") }}, value, source_row, 1 as row_count
    from {{ rows }}
    where period is null
    union all
    select
        date,
        {{ keys | join(", ") }},
        case
            when rule = 'repeat' then value
            else cast({{ _first_days("day") }} - {{ _first_days("day - 1") }} as {{ type_double() }})
        end as value,
        source_row * 100 + day as source_row,
        case when day = 1 then 1 else 0 end as row_count
    from (
        select
            calendar.date,
            {% for key in keys %}declared.{{ key }}, {% endfor %}
            declared.value,
            declared.source_row,
            declared.rule,
            declared.is_money,
            {{ dbt.datediff("declared.date", "calendar.date", "day") }} + 1 as day,
            {{ dbt.datediff("declared.date", "declared.next_date", "day") }} as days
        from (
            select
                date,
                {{ keys | join(", ") }},
                value,
                source_row,
                rule,
                {{ is_money("metric") }} as is_money,
                {{ next_period("period", "date") }} as next_date
            from {{ rows }}
            where period is not null
        ) as declared
        inner join {{ ref("calendar") }} as calendar
            on calendar.date >= declared.date and calendar.date < declared.next_date
    ) as by_day
{%- endmacro %}

{# What the first days of a period have of its total. #}
{% macro _first_days(day) -%}
    case
        when {{ day }} = days then cast(value as {{ dbt.type_numeric() }})
        when {{ day }} = 0 then cast(0 as {{ dbt.type_numeric() }})
        when is_money
            then cast(round(cast(value * ({{ day }}) / days as {{ dbt.type_numeric() }}), 2) as {{ dbt.type_numeric() }})
        else cast(value * ({{ day }}) / days as {{ dbt.type_numeric() }})
    end
{%- endmacro %}

{# The first day after a period that begins on a date. #}
{% macro next_period(period, date) -%}
    cast(case {{ period }}
        when 'week' then {{ dbt.dateadd("day", 7, date) }}
        when 'month' then {{ dbt.dateadd("month", 1, date) }}
        when 'quarter' then {{ dbt.dateadd("month", 3, date) }}
    end as date)
{%- endmacro %}

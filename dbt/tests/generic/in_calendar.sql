{% test in_calendar(model, column_name) %}
    select days.{{ column_name }}, days.row_count
    from (
        select {{ column_name }}, count(*) as row_count
        from {{ model }}
        where {{ column_name }} is not null
        group by {{ column_name }}
    ) as days
    left join {{ ref("mart_calendar") }} as calendar on calendar.date = days.{{ column_name }}
    where calendar.date is null
{% endtest %}

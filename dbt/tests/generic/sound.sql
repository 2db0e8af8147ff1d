{#
    Rows that no total should rest on: a key is missing, the same keys twice, a day outside the calendar, an end
    before its beginning. One query for all, since each query of a build has its price.
#}
{% test sound(model, grain, complete=none, dates=["date"], order=none) %}
    {%- set keys = complete or grain %}
    select 'a key is missing' as fault, {{ grain | join(", ") }}, 1 as row_count
    from {{ model }}
    where {% for column in keys %}{{ column }} is null{{ " or " if not loop.last }}{% endfor %}
    union all
    select 'more than one row', {{ grain | join(", ") }}, count(*)
    from {{ model }}
    group by {{ grain | join(", ") }}
    having count(*) > 1
    {%- for day in dates %}
    union all
    select '{{ day }} is outside the calendar', {% for column in grain %}facts.{{ column }}, {% endfor %}1
    from {{ model }} as facts
    left join {{ ref("calendar") }} as calendar on calendar.date = facts.{{ day }}
    where calendar.date is null and facts.{{ day }} is not null
    {%- endfor %}
    {%- if order %}
    union all
    select '{{ order[1] }} is before {{ order[0] }}', {{ grain | join(", ") }}, 1
    from {{ model }}
    where {{ order[1] }} < {{ order[0] }}
    {%- endif %}
{% endtest %}

{# Judged on the sum, so that a credit note within a day's campaigns is no failure. #}
{% test not_negative(model, columns, metrics) %}
    -- depends_on: {{ ref("calendar") }}, so that the marts wait for it, but no other test of landed rows.
    select {{ columns | join(", ") }}, sum(value) as value
    from {{ model }}
    where metric in ({% for metric in metrics %}'{{ metric }}'{{ ", " if not loop.last }}{% endfor %})
    group by {{ columns | join(", ") }}
    having sum(value) < 0
{% endtest %}

{# Judged on the sum, so that a credit note within a day's campaigns is no failure. #}
{% test not_negative(model, columns, metrics) %}
    -- depends_on: {{ ref("calendar") }}, so that the marts wait for it, but no other test of landed rows.
    with below as (
        select distinct {{ columns | join(", ") }}
        from {{ model }}
        where value < 0 and metric in ('{{ metrics | join("', '") }}')
    )

    select {% for column in columns %}facts.{{ column }}, {% endfor %}sum(facts.value) as value
    from {{ model }} as facts
    inner join below on {% for column in columns %}below.{{ column }} = facts.{{ column }}{{ " and " if not loop.last }}{% endfor %}
    group by {% for column in columns %}facts.{{ column }}{{ ", " if not loop.last }}{% endfor %}
    having sum(facts.value) < 0
{% endtest %}

{# What two tables deliver alike, or a table and a platform, would be counted twice. Platforms add up. #}
{% test one_source(model, columns) %}
    select {{ columns | join(", ") }}, min(source) as first_source, max(source) as second_source
    from {{ model }}
    group by {{ columns | join(", ") }}
    having min(source) <> max(source) and max(kind) = 'table'
{% endtest %}

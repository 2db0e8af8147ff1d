{# What two sources deliver alike would be counted twice. #}
{% test one_source(model, columns) %}
    select {{ columns | join(", ") }}, min(source) as first_source, max(source) as second_source
    from {{ model }}
    group by {{ columns | join(", ") }}
    having min(source) <> max(source)
{% endtest %}

{# `minimum` is a number or another column; a missing value passes. #}
{% test at_least(model, column_name, minimum) %}
    select *
    from {{ model }}
    where {{ column_name }} < {{ minimum }}
{% endtest %}

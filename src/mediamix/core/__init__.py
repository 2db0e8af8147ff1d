"""The words every other module speaks: types, errors, the component registry and the spec."""

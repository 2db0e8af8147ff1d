"""One file a model family: the folder is the registry (`models.family`). Imports of the engines are inside
functions: who lists families compiles nothing.
"""

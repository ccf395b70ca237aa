"""The use cases: one module for each flow, of the same name; plain functions over an `Office`.

They stand apart from the rules because ports are written in the rules' types and the use cases in the ports': arrows
point down. A flow orders the public functions of its module; `hmn run` calls them directly.
"""

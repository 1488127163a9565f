"""The world outside the box: exchange, telephones, callers and agents at the far ends of the wires.

They know signals only: what they hear, ring and feed at their own ports. Nothing here may look into the box;
`demo` and `simulate`, which stand outside of both, compare what either side saw.
"""

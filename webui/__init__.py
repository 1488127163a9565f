"""The page: a Flask application that shows what the box says and passes on what people ask for.

It decides nothing about calls and may crash, restart or be slow: no call notices.
"""

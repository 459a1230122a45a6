"""The grammar: words run free, and every SID is an item that is on sale and meets the conditions. Only place of
Outlines.
"""

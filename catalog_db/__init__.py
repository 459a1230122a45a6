"""The catalog: products, semantic ids, shoppers and what they did, in one SQL database.

The bottom layer of the project. It imports none of the other packages, and it is the only one that imports SQLAlchemy.
"""

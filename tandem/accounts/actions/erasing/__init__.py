"""Erasure of a person from everything the room keeps: tables, warehouse and files of the data folder."""

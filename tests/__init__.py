"""Tests of the product as a whole, and the small company that the rooms' tests share."""

"""Publish 发榜: calls, their templates, questions about them."""

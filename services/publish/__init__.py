"""Publish 发榜."""

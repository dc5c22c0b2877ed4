"""What an organisation has and may: credit, quota, standing. Stages write it, none owns it."""

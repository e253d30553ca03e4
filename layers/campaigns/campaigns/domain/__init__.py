"""What a campaign is and what may be done to it. Imports neither boto3 nor Powertools."""

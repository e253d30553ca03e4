"""The single DynamoDB table: its keys, the requests that are sent to it, and the stores that send them."""

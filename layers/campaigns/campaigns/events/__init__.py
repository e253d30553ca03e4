"""EventBridge, SQS and the table's stream: what comes in, and what goes out."""

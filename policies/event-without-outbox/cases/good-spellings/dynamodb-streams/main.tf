resource "aws_dynamodb_table" "t" { stream_enabled = true }

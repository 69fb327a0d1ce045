# Photographs come in here, and the resizer hears of them by the queue.
resource "aws_s3_bucket" "images" {
  bucket = "harbourline-images"
}

resource "aws_sqs_queue" "new_images" {
  name = "new-images"
}

resource "aws_sqs_queue_policy" "new_images" {
  queue_url = aws_sqs_queue.new_images.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "FromBucket"
      Effect    = "Allow"
      Principal = { Service = "s3.amazonaws.com" }
      Action    = "sqs:SendMessage"
      Resource  = aws_sqs_queue.new_images.arn
    }]
  })
}

resource "aws_s3_bucket_notification" "images" {
  bucket = aws_s3_bucket.images.id

  queue {
    queue_arn     = aws_sqs_queue.new_images.arn
    events        = ["s3:ObjectCreated:*"]
    filter_prefix = "originals/"
  }
}

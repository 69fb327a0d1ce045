module "orders_task" {
  source = "../modules/service-role"

  name    = "orders-task"
  service = "ecs-tasks"

  policies = {
    tables = data.aws_iam_policy_document.orders_tables.json
    events = templatefile("${path.module}/policies/order-events.json.tftpl", {
      queue = aws_sqs_queue.order_events.arn
      topic = "arn:aws:sns:${local.region}:${local.account}:order-events"
    })
  }
}

data "aws_iam_policy_document" "orders_tables" {
  statement {
    sid     = "ReadAndWrite"
    actions = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:BatchGetItems"]

    resources = [for name in var.order_tables : "arn:aws:dynamodb:${local.region}:${local.account}:table/${name}"]
  }
}

resource "aws_sqs_queue" "order_events" {
  name = "order-events"
}

resource "aws_sqs_queue_policy" "order_events" {
  queue_url = aws_sqs_queue.order_events.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "FromTopic"
      Effect    = "Allow"
      Principal = { Service = "sns.amazonaws.com" }
      Action    = "sqs:SendMessage"
      Resource  = aws_sqs_queue.order_events.arn
      Condition = {
        ArnEquals = { "aws:SourceArn" = "arn:aws:sns:${local.region}:${local.account}:order-events" }
      }
    }]
  })
}

module "image_resizer" {
  source = "../modules/service-role"

  name    = "image-resizer"
  service = "lambda"

  policies = {
    images = file("${path.module}/policies/image-resizer.json")
  }
}

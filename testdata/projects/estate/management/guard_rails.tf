resource "aws_organizations_policy" "guard_rails" {
  name = "guard-rails"
  type = "SERVICE_CONTROL_POLICY"

  content = <<-JSON
    {
      "Version": "2012-10-17",
      "Statement": [
        {
          "Sid": "StayInOrganization",
          "Effect": "Deny",
          "Action": "organizations:LeaveOrganization",
          "Resource": "*"
        },
        {
          "Sid": "KeepTrail",
          "Effect": "Deny",
          "Action": ["cloudtrail:StopLogging", "cloudtrail:DeleteTrail"],
          "Resource": "arn:aws:cloudtrail:*:*:trail/${var.company}-organization"
        }
      ]
    }
  JSON
}

github_organization = "harbourline"

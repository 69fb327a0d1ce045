//! The part of a rule's page that says what the rule is about, without further examples, options and limits.

/// A rule's page (Markdown) with the reason, the first bad and the first good example and the references; without a line break at its end.
pub fn essence(page: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let (mut fenced, mut keeps, mut examples) = (false, true, None);
    for line in page.lines() {
        let heading = if fenced { None } else { line.strip_prefix("## ") };
        fenced ^= line.starts_with("```");
        if let Some(section) = heading {
            examples = matches!(section, "Bad" | "Good").then_some(0);
            keeps = examples.is_some() || matches!(section, "Why it matters" | "References");
        } else if !fenced && line.starts_with("### ") {
            // What stands above the first of them belongs to it.
            examples = examples.map(|count| count + 1);
            keeps &= examples.is_none_or(|count| count < 2);
        }
        if keeps {
            kept.push(line);
        }
    }
    kept.join("\n").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::essence;

    #[test]
    fn a_page_is_cut_at_its_second_examples() {
        let page = "# id\n\nSentence.\n\n## Why it matters\n\nWhy.\n\n## Bad\n\n### One\n\n```hcl\n## Good\n### x\n```\n\n### Two\n\nNo.\n\n\
            ## Good\n\nText.\n\n```hcl\ny\n```\n\n## Options\n\nNo.\n\n## What it does not see\n\nNo.\n\n## References\n\n- here\n";
        let expected = "# id\n\nSentence.\n\n## Why it matters\n\nWhy.\n\n## Bad\n\n### One\n\n```hcl\n## Good\n### x\n```\n\n\
            ## Good\n\nText.\n\n```hcl\ny\n```\n\n## References\n\n- here";
        assert_eq!(essence(page), expected);
    }
}

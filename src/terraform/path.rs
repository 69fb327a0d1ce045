//! Paths as text: joined and resolved without looking at the disk.

/// Joins `relative` to a directory and resolves `.` and `..`: `("a/b", "../c")` is `a/c`. A path that climbs above the start keeps
/// its leading `..`; an absolute path stays itself.
pub fn normalise(directory: &str, relative: &str) -> String {
    let joined = if relative.starts_with('/') || directory.is_empty() { relative.to_owned() } else { format!("{directory}/{relative}") };
    let absolute = joined.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in joined.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if absolute => {}
            other => parts.push(other),
        }
    }
    let path = parts.join("/");
    if absolute { format!("/{path}") } else { path }
}

#[cfg(test)]
mod tests {
    use super::normalise;

    #[test]
    fn paths_join_without_touching_the_disk() {
        assert_eq!(normalise("a/b", "../c"), "a/c");
        assert_eq!(normalise("", "./modules//x/"), "modules/x");
        assert_eq!(normalise("a", "../../b"), "../b");
        assert_eq!(normalise("a", "/etc/../etc/x"), "/etc/x");
    }
}

//! Paths as text: joined and resolved without looking at the disk.

use crate::source::Sources;

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

/// An absolute path as seen from `here`, with `..` where they share more than the root; so that a file has one name however it was given.
pub fn relative(here: &str, absolute: &str) -> String {
    let parts = |path: &str| -> Vec<String> { path.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect() };
    let (from, to) = (parts(here), parts(absolute));
    let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    if shared == 0 {
        return absolute.to_owned();
    }
    let mut relative = vec![".."; from.len() - shared];
    relative.extend(to.iter().skip(shared).map(String::as_str));
    relative.join("/")
}

/// A path as `Sources` knows it: relative to the current directory where it is inside, however it was written. `../modules/m` is `m` where the
/// current directory is `modules`.
pub fn shown(sources: &Sources, path: String) -> String {
    let climbs = path.split('/').next() == Some("..");
    if !climbs && !path.starts_with('/') {
        return path;
    }
    let Some(here) = sources.absolute("") else { return path };
    match relative(&here, &normalise(&here, &path)) {
        outside if climbs && (outside.starts_with('/') || outside.split('/').next() == Some("..")) => path,
        inside => inside,
    }
}

#[cfg(test)]
mod tests {
    use super::{normalise, relative};

    #[test]
    fn a_file_has_one_name_however_it_was_given() {
        assert_eq!(relative("/home/me/estate", "/home/me/estate/a/b.tf"), "a/b.tf");
        assert_eq!(relative("/home/me/estate/a", "/home/me/estate/m/b.tf"), "../m/b.tf");
        assert_eq!(relative("/home/me", "/tmp/b.tf"), "/tmp/b.tf");
        assert_eq!(relative("/home/me", "/home/me"), "");
    }

    #[test]
    fn paths_join_without_touching_the_disk() {
        assert_eq!(normalise("a/b", "../c"), "a/c");
        assert_eq!(normalise("", "./modules//x/"), "modules/x");
        assert_eq!(normalise("a", "../../b"), "../b");
        assert_eq!(normalise("a", "/etc/../etc/x"), "/etc/x");
    }
}

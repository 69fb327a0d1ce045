//! Paths as URIs (RFC 3986).

/// A relative reference for a relative path, a `file:` URI for an absolute one.
pub fn of(path: &str) -> String {
    if path.starts_with('/') {
        return format!("file://{}", encode(path));
    }
    // `C:/…`
    if path.get(1..3) == Some(":/") && path.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return format!("file:///{}", encode(path));
    }
    encode(path.strip_prefix("./").unwrap_or(path))
}

pub fn is_absolute(uri: &str) -> bool {
    uri.starts_with("file:")
}

fn encode(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => uri.push(char::from(byte)),
            byte => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_uris() {
        assert_eq!(of("a b/é[0]#x.tf"), "a%20b/%C3%A9%5B0%5D%23x.tf");
        assert_eq!(of("./main.tf"), "main.tf");
        assert_eq!(of("../x/main.tf"), "../x/main.tf");
        assert_eq!(of("/x y/main.tf"), "file:///x%20y/main.tf");
        assert_eq!(of("C:/x/main.tf"), "file:///C%3A/x/main.tf");
        // A colon in the first segment would read as a scheme.
        assert_eq!(of("a:b.tf"), "a%3Ab.tf");
    }
}

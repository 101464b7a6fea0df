//! JSON Pointers (RFC 6901), built piece by piece so that names with `/` or `~` stay right.

use std::fmt::Display;

/// `base` with one more step: a property name or an index.
pub fn join(base: &str, step: impl Display) -> String {
    let step = step.to_string();
    let mut out = String::with_capacity(base.len() + step.len() + 1);
    out.push_str(base);
    out.push('/');
    for c in step.chars() {
        match c {
            '~' => out.push_str("~0"),
            '/' => out.push_str("~1"),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::join;

    #[test]
    fn names_with_slashes_and_tildes_are_escaped() {
        assert_eq!(join("/a", "b/c~d"), "/a/b~1c~0d");
        assert_eq!(join("", 0), "/0");
    }
}

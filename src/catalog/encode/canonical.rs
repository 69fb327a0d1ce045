//! The one way to write the readable tables: sorted, one action, key or account a line, so that a refresh reads as a
//! list of what AWS changed.

use serde_json::Value;

/// JSON in this form. The same content gives the same bytes.
pub fn canonical(json: &str) -> Result<String, String> {
    let value: Value = serde_json::from_str(json).map_err(|why| why.to_string())?;
    let mut out = String::new();
    write(&value, &mut Vec::new(), &mut out);
    out.push('\n');
    Ok(out)
}

fn write<'v>(value: &'v Value, path: &mut Vec<&'v str>, out: &mut String) {
    let Value::Object(fields) = value else {
        out.push_str(&value.to_string());
        return;
    };
    let broken = !fields.is_empty() && spans_lines(path);
    // serde_json sorts them only as long as no crate of the build asks it to keep their order.
    let mut fields: Vec<_> = fields.iter().collect();
    fields.sort_by_key(|(name, _)| name.as_str());
    out.push('{');
    for (place, (name, value)) in fields.into_iter().enumerate() {
        if place > 0 {
            out.push(',');
        }
        path.push(name);
        if broken {
            new_line(path.len(), out);
        }
        out.push_str(&Value::from(name.as_str()).to_string());
        out.push(':');
        if broken {
            out.push(' ');
        }
        write(value, path, out);
        path.pop();
    }
    if broken {
        new_line(path.len(), out);
    }
    out.push('}');
}

/// Whether the members of the object at this path have lines of their own: the path is of object names from the top.
fn spans_lines(path: &[&str]) -> bool {
    let levels = match path.first() {
        // services, prefix, actions or resources or keys
        Some(&"services") => 3,
        // federation, provider
        Some(&"federation") => 2,
        _ => 1,
    };
    path.len() <= levels
}

fn new_line(depth: usize, out: &mut String) {
    out.push('\n');
    out.extend(std::iter::repeat_n(' ', depth));
}

//! Values as the pages of testdata/eval write them.
//!
//! A known value is its JSON. One of two values stands as `<var.flag ? 1 : 2>`. What is not known stands in angles: a whole value as `<var.account>`, a part of a string as
//! `"arn:aws:iam::<var.account>:root"`. Further members or items that may be there are `<… var.more>`, what Terraform would
//! refuse is `<error>`, and a whole resource or module call is `<resource>`.

use rolelint::eval::json;
use rolelint::eval::unknown::Unknown;
use rolelint::eval::value::{Kind, Part, Str, Value};

pub fn value(value: &Value) -> String {
    match &value.kind {
        Kind::Null | Kind::Bool(_) | Kind::Number(_) => json::encode(value).unwrap_or_default(),
        Kind::String(text) => string(text),
        Kind::Unknown(why) => unknown(why),
        Kind::Lazy(_) => "<resource>".to_owned(),
        Kind::List(list) => {
            let mut items: Vec<String> = list.items.iter().map(self::value).collect();
            if list.set {
                items.sort();
            }
            items.extend(list.more.iter().map(|why| more(why)));
            format!("[{}]", items.join(", "))
        }
        Kind::Object(object) => {
            let mut entries: Vec<String> =
                object.entries.iter().map(|entry| format!("{}: {}", json::quote(&entry.key), self::value(&entry.value))).collect();
            entries.sort();
            entries.extend(object.more.iter().map(|why| more(why)));
            format!("{{{}}}", entries.join(", "))
        }
    }
}

fn string(text: &Str) -> String {
    json::quote(&plain(text)).replace("\\u003c", "<").replace("\\u003e", ">")
}

/// The text with its unknown parts in angles.
fn plain(text: &Str) -> String {
    let mut shown = String::new();
    for part in &text.parts {
        match part {
            Part::Text(text) => shown.push_str(text.value()),
            Part::Unknown(why) => shown.push_str(&unknown(why)),
            Part::Json(encoded) => shown.push_str(&plain(&json::render(encoded))),
        }
    }
    shown
}

pub fn unknown(why: &Unknown) -> String {
    if let Some(arms) = &why.arms {
        return format!("<{} ? {} : {}>", why.name(), value(&arms.then), value(&arms.otherwise));
    }
    if why.is_failed() { "<error>".to_owned() } else { format!("<{}>", why.name()) }
}

fn more(why: &Unknown) -> String {
    format!("<… {}>", why.name())
}

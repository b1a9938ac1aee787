//! How a row is written: in the style of the text that it comes into.

use crate::domain::aws_auth::row::{Key, Mapping};

/// The habits of a text with a list in block style.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::domain::aws_auth) struct Style {
    /// Spaces before each dash.
    pub(in crate::domain::aws_auth) dash: usize,
    /// From a dash to the first key.
    pub(in crate::domain::aws_auth) key: usize,
    /// From the key `groups` to the dashes below it.
    pub(in crate::domain::aws_auth) group: usize,
    /// The order of the keys.
    pub(in crate::domain::aws_auth) order: [Key; 3],
}

impl Style {
    /// That of EKS's documentation.
    pub(in crate::domain::aws_auth) fn at_column(dash: usize) -> Self {
        Self {
            dash,
            key: 2,
            group: 2,
            order: [Key::Arn, Key::UserName, Key::Groups],
        }
    }
}

/// A row as lines of a list in block style, without a line break at the end.
pub(in crate::domain::aws_auth) fn block(row: &Mapping, style: &Style, line_break: &str) -> String {
    let lines: Vec<String> = style.order.iter().flat_map(|key| key_lines(row, style, *key)).collect();
    let indent = " ".repeat(style.dash + style.key);
    let dash = format!("{}-{}", " ".repeat(style.dash), " ".repeat(style.key - 1));
    let lines: Vec<String> = (0..)
        .zip(&lines)
        .map(|(at, line)| format!("{}{line}", if at == 0 { &dash } else { &indent }))
        .collect();
    lines.join(line_break)
}

fn key_lines(row: &Mapping, style: &Style, key: Key) -> Vec<String> {
    match key {
        Key::Arn => vec![format!("rolearn: {}", scalar(&row.arn))],
        Key::UserName => row.user_name.iter().map(|name| format!("username: {}", scalar(name))).collect(),
        Key::Groups if row.groups.is_empty() => vec!["groups: []".to_owned()],
        Key::Groups => {
            let indent = " ".repeat(style.group);
            let groups = row.groups.iter().map(|group| format!("{indent}- {}", scalar(group)));
            ["groups:".to_owned()].into_iter().chain(groups).collect()
        }
    }
}

/// A row as an item of a list in flow style. It is JSON, so that a text that is JSON stays so.
pub(in crate::domain::aws_auth) fn flow(row: &Mapping) -> String {
    let user_name = row.user_name.iter().map(|name| format!("\"username\": {}, ", quoted(name)));
    let groups: Vec<String> = row.groups.iter().map(|group| quoted(group)).collect();
    format!(
        "{{\"rolearn\": {}, {}\"groups\": [{}]}}",
        quoted(&row.arn),
        user_name.collect::<String>(),
        groups.join(", ")
    )
}

/// A text as it is, where no reader of YAML takes it for anything else; otherwise in quotes.
fn scalar(text: &str) -> String {
    const OTHER_THAN_TEXT: [&str; 9] = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"];
    let is_plain = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_./:{}@+=,-".contains(&b))
        && !text.ends_with(':')
        && !OTHER_THAN_TEXT.iter().any(|word| text.eq_ignore_ascii_case(word));
    if is_plain { text.to_owned() } else { quoted(text) }
}

/// A text in double quotes, with the escapes that JSON and YAML share.
fn quoted(text: &str) -> String {
    let escape = |c: char| match c {
        '"' => "\\\"".to_owned(),
        '\\' => "\\\\".to_owned(),
        '\n' => "\\n".to_owned(),
        '\t' => "\\t".to_owned(),
        c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}') => format!("\\u{:04x}", u32::from(c)),
        c => c.to_string(),
    };
    format!("\"{}\"", text.chars().map(escape).collect::<String>())
}

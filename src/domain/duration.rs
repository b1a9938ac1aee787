//! Durations as Terraform's `timeouts` blocks write them: `10m`, `1h30m`, `1.5h`.
//!
//! Follows Go's `time.ParseDuration`, which every other provider uses, without
//! negative values:
//!
//! ```text
//! duration = "0" | 1*( number unit )
//! number   = 1*digit [ "." *digit ] | "." 1*digit
//! unit     = "h" | "m" | "s" | "ms" | "us" | "µs" | "ns"
//! ```
//!
//! Parts may come in any order and more than once; they are added up. `µ` may be
//! the micro sign or the Greek letter.

use std::time::Duration;

use crate::domain::error::Invalid;

/// Units and their nanoseconds.
const UNITS: [(&str, u128); 8] = [
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("µs", 1_000),
    ("μs", 1_000),
    ("ns", 1),
];
/// What Go's durations hold: 63 bits of nanoseconds, about 292 years.
const MAX_NANOS: u128 = i64::MAX as u128;

/// Parses a duration.
///
/// # Errors
/// A number has no unit or an unknown one, the text is negative, has spaces, or is
/// no sequence of numbers and units, or it is longer than 292 years.
pub fn parse_duration(text: &str) -> Result<Duration, Invalid> {
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    if text.starts_with('-') {
        return Err(not_a_duration(text, "it is negative"));
    }
    if text.is_empty() {
        return Err(not_a_duration(text, "it is empty"));
    }
    if text.contains(char::is_whitespace) {
        return Err(not_a_duration(text, "it has spaces"));
    }
    let mut nanos: u128 = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let (number, after) = split_where(rest, |c| !is_number(c));
        let (unit, next) = split_where(after, is_number);
        nanos = nanos
            .checked_add(part_nanos(text, number, unit)?)
            .filter(|sum| *sum <= MAX_NANOS)
            .ok_or_else(|| not_a_duration(text, "it is longer than 292 years"))?;
        rest = next;
    }
    let nanos = u64::try_from(nanos).expect("at most i64::MAX, as checked in the loop");
    Ok(Duration::from_nanos(nanos))
}

/// Parses a duration that must be `min` or longer.
///
/// # Errors
/// Those of [`parse_duration`], and a duration shorter than `min`.
pub fn parse_duration_of_at_least(text: &str, min: Duration) -> Result<Duration, Invalid> {
    let duration = parse_duration(text)?;
    if duration < min {
        return Err(Invalid::new(format!(
            "{text:?} is too short: expected {:?} or more.",
            format_duration(min)
        )));
    }
    Ok(duration)
}

/// Writes a duration the short way: `1h30m`, `90ms`, `0s`.
pub fn format_duration(duration: Duration) -> String {
    let mut rest = duration.as_nanos();
    let mut text = String::new();
    for unit in ["h", "m", "s", "ms", "us", "ns"] {
        let size = UNITS.iter().find(|(name, _)| *name == unit).map_or(1, |(_, size)| *size);
        if rest / size > 0 {
            text.push_str(&format!("{}{unit}", rest / size));
        }
        rest %= size;
    }
    if text.is_empty() {
        return "0s".to_owned();
    }
    text
}

fn is_number(c: char) -> bool {
    c.is_ascii_digit() || c == '.'
}

fn split_where(text: &str, is_end: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(is_end).unwrap_or(text.len()))
}

/// The nanoseconds of one number and its unit.
fn part_nanos(text: &str, number: &str, unit: &str) -> Result<u128, Invalid> {
    if number.is_empty() {
        return Err(not_a_duration(text, &format!("{unit:?} has no number before it")));
    }
    if unit.is_empty() {
        return Err(Invalid::new(format!(
            "{text:?} is not a duration: {number} has no unit. Did you mean \"{text}m\" (minutes) or \"{text}s\" (seconds)?"
        )));
    }
    let Some((_, size)) = UNITS.iter().find(|(name, _)| *name == unit) else {
        return Err(unknown_unit(text, number, unit));
    };
    decimal_times(number, *size).ok_or_else(|| not_a_duration(text, &format!("{number:?} is not a number")))
}

/// `number`, a decimal like `1.5`, times `size`, rounded down; a number too large
/// for its type is made as large as can be, which the caller finds too long.
fn decimal_times(number: &str, size: u128) -> Option<u128> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
        return None;
    }
    let whole = whole
        .bytes()
        .fold(0_u128, |sum, digit| sum.saturating_mul(10).saturating_add(u128::from(digit - b'0')));
    let mut place = size;
    let mut carried = 0_u128;
    // Digits below one nanosecond do not count.
    for digit in fraction.bytes().take(MAX_FRACTION) {
        carried = carried * 10 + u128::from(digit - b'0');
        place *= 10;
    }
    Some(whole.saturating_mul(size).saturating_add(carried * size / (place / size)))
}

/// An hour has 13 digits of nanoseconds; further digits of a fraction add nothing.
const MAX_FRACTION: usize = 14;

fn unknown_unit(text: &str, number: &str, unit: &str) -> Invalid {
    let days = number.parse::<u32>().ok().filter(|_| unit == "d");
    match days.and_then(|days| days.checked_mul(24)) {
        Some(hours) => not_a_duration(text, &format!("days are not known, write \"{hours}h\" for {number} days")),
        None => not_a_duration(text, &format!("the unit {unit:?} is not known")),
    }
}

fn not_a_duration(text: &str, why: &str) -> Invalid {
    Invalid::new(format!(
        "{text:?} is not a duration: {why}. Expected numbers with units (h, m, s, ms, us, ns), for example \"10m\" or \"1h30m\"."
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::error::check_invalid;

    #[test]
    fn ok_durations() {
        #[track_caller]
        fn check(text: &str, expected: Duration, short: &str) {
            assert_eq!(parse_duration(text), Ok(expected), "{text}");
            assert_eq!(format_duration(expected), short);
        }
        check("10m", Duration::from_secs(600), "10m");
        check("1h30m", Duration::from_secs(5400), "1h30m");
        check("90s", Duration::from_secs(90), "1m30s");
        check("1.5h", Duration::from_secs(5400), "1h30m");
        check(".5s", Duration::from_millis(500), "500ms");
        check("1.s", Duration::from_secs(1), "1s");
        check("300ms", Duration::from_millis(300), "300ms");
        check("5us", Duration::from_micros(5), "5us");
        check("5µs", Duration::from_micros(5), "5us");
        check("1s7ns", Duration::from_nanos(1_000_000_007), "1s7ns");
        check("1.9ns", Duration::from_nanos(1), "1ns");
        check(
            "0.333333333333333333333333h",
            Duration::from_nanos(1_199_999_999_999),
            "19m59s999ms999us999ns",
        );
        check("0", Duration::ZERO, "0s");
        check("0s", Duration::ZERO, "0s");
    }

    #[test]
    fn err_durations() {
        check_invalid(
            parse_duration(""),
            r#""" is not a duration: it is empty. Expected numbers with units (h, m, s, ms, us, ns), for example "10m" or "1h30m"."#,
        );
        check_invalid(
            parse_duration("10"),
            r#""10" is not a duration: 10 has no unit. Did you mean "10m" (minutes) or "10s" (seconds)?"#,
        );
        check_invalid(
            parse_duration("1h30"),
            r#""1h30" is not a duration: 30 has no unit. Did you mean "1h30m" (minutes) or "1h30s" (seconds)?"#,
        );
        check_invalid(
            parse_duration("-10m"),
            r#""-10m" is not a duration: it is negative. Expected numbers with units (h, m, s, ms, us, ns), for example "10m" or "1h30m"."#,
        );
        check_invalid(
            parse_duration("10 m"),
            r#""10 m" is not a duration: it has spaces. Expected numbers with units (h, m, s, ms, us, ns), for example "10m" or "1h30m"."#,
        );
        check_invalid(
            parse_duration("2d"),
            r#""2d" is not a duration: days are not known, write "48h" for 2 days. Expected numbers with units (h, m, s, ms, us, ns), for example "10m" or "1h30m"."#,
        );
        check_invalid(
            parse_duration("10min"),
            r#""10min" is not a duration: the unit "min" is not known. Expected numbers with units (h, m, s, ms, us, ns), for example "10m" or "1h30m"."#,
        );
        check_invalid(
            parse_duration("m"),
            r#""m" is not a duration: "m" has no number before it. Expected numbers with units (h, m, s, ms, us, ns), for example "10m" or "1h30m"."#,
        );
        check_invalid(
            parse_duration("1.2.3s"),
            r#""1.2.3s" is not a duration: "1.2.3" is not a number. Expected numbers with units (h, m, s, ms, us, ns), for example "10m" or "1h30m"."#,
        );
        check_invalid(
            parse_duration(".s"),
            r#"".s" is not a duration: "." is not a number. Expected numbers with units (h, m, s, ms, us, ns), for example "10m" or "1h30m"."#,
        );
        check_invalid(
            parse_duration("9999999h"),
            r#""9999999h" is not a duration: it is longer than 292 years. Expected numbers with units (h, m, s, ms, us, ns), for example "10m" or "1h30m"."#,
        );
        check_invalid(
            parse_duration("99999999999999999999999999999999999999999999h"),
            r#""99999999999999999999999999999999999999999999h" is not a duration: it is longer than 292 years. Expected numbers with units (h, m, s, ms, us, ns), for example "10m" or "1h30m"."#,
        );
    }

    #[test]
    fn a_least_duration_is_held() {
        let second = Duration::from_secs(1);
        assert_eq!(parse_duration_of_at_least("1s", second), Ok(second));
        check_invalid(
            parse_duration_of_at_least("0", second),
            r#""0" is too short: expected "1s" or more."#,
        );
        check_invalid(
            parse_duration_of_at_least("999ms", second),
            r#""999ms" is too short: expected "1s" or more."#,
        );
        check_invalid(
            parse_duration_of_at_least("1", second),
            r#""1" is not a duration: 1 has no unit. Did you mean "1m" (minutes) or "1s" (seconds)?"#,
        );
    }
}

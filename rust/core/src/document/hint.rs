//! "Did you mean" for names that are not known.

use crate::text::fold_char;

/// `: did you mean ‹NAME›?` for the closest of the known names, or nothing if none is close.
pub(super) fn closest<'k>(found: &str, known: impl Iterator<Item = &'k str>) -> String {
    const LONGEST: usize = 64; // no name is half as long; keeps the cost of a hint small
    if found.chars().nth(LONGEST).is_some() {
        return String::new();
    }
    let found: Vec<char> = found.chars().map(fold_char).collect();
    let best = known.map(|name| (distance(&found, name), name)).min_by_key(|(distance, _)| *distance);
    match best {
        Some((distance, name)) if distance <= 2.max(found.len() / 5) && distance < name.len() / 2 => {
            format!(", did you mean `{name}`?")
        }
        _ => String::new(),
    }
}

/// Insertions, deletions and replacements between two names, case aside.
fn distance(found: &[char], name: &str) -> usize {
    let mut costs: Vec<usize> = (0..=found.len()).collect();
    for (row, wanted) in name.chars().map(fold_char).enumerate() {
        let mut diagonal = row;
        let mut left = row + 1;
        for (slot, c) in costs.iter_mut().skip(1).zip(found) {
            let replaced = diagonal + usize::from(*c != wanted);
            diagonal = *slot;
            left = replaced.min(left + 1).min(*slot + 1);
            *slot = left;
        }
        if let Some(first) = costs.first_mut() {
            *first = row + 1;
        }
    }
    costs.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn close_names_are_proposed_and_distant_ones_are_not() {
        let known = ["Condition", "Action", "NotAction", "Sid"];
        for (found, hint) in [
            ("Conditions", ", did you mean `Condition`?"),
            ("action", ", did you mean `Action`?"),
            ("Acton", ", did you mean `Action`?"),
            ("Whatever", ""),
            ("", ""),
        ] {
            assert_eq!(closest(found, known.into_iter()), hint, "{found}");
        }
    }
}

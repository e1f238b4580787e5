//! Names that occur again.

/// Up to here every two names are compared.
const FEW: usize = 12;

/// Reports each item whose name an earlier item has. Linear in the names for few items, sorting them for many: never
/// quadratic, and no hash an attacker could aim at.
pub(crate) fn repeated<T>(items: &[T], name: impl Fn(&T) -> &str, mut found: impl FnMut(&T)) {
    if items.len() <= FEW {
        for (number, item) in items.iter().enumerate() {
            if items.iter().take(number).any(|earlier| name(earlier) == name(item)) {
                found(item);
            }
        }
        return;
    }
    let mut sorted: Vec<&T> = items.iter().collect();
    sorted.sort_by(|a, b| name(a).cmp(name(b))); // stable: the first of equal names stays the first
    for pair in sorted.windows(2) {
        if let [earlier, item] = pair
            && name(earlier) == name(item)
        {
            found(item);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_later_occurrence_is_reported_however_many_items_there_are() {
        for filler in [0, 50] {
            let mut items: Vec<(String, usize)> = (0..filler).map(|number| (format!("f{number}"), 1000)).collect();
            items.extend([("b", 1), ("a", 2), ("b", 3), ("b", 4), ("a", 5)].map(|(name, at)| (name.to_owned(), at)));
            let mut later = Vec::new();
            repeated(&items, |item| &item.0, |item| later.push(item.1));
            later.sort_unstable();
            assert_eq!(later, [3, 4, 5]);
        }
    }
}

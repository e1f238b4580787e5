//! Whether rows repeat often enough to be remembered.

/// Counts how many rows of late were new. Where hardly any repeats, remembering costs more than it saves: rows are then
/// decided one by one for a while before the next look. The while is short at first, since among the first rows of a table
/// few repeat even where each comes ten times.
#[derive(Debug, Default)]
pub(crate) struct Worth {
    met: usize,
    new: usize,
    /// Rows to be passed over before the next look.
    rest: usize,
    /// How often in a row it was not worth it.
    in_vain: u32,
}

/// Rows that are looked at; how many times as many are passed over, at most, when fewer than one in `RARE` was known.
const LOOK: usize = 8 * 1024;
const PASS: usize = 32;
const RARE: usize = 20;

impl Worth {
    /// Whether the next rows are looked up.
    pub(crate) fn is_worth(&mut self, rows: usize) -> bool {
        let is_worth = self.rest == 0;
        self.rest = self.rest.saturating_sub(rows);
        is_worth
    }

    /// Learns how many of the rows that were looked up were new.
    pub(crate) fn saw(&mut self, rows: usize, new: usize) {
        self.met += rows;
        self.new += new;
        if self.met < LOOK {
            return;
        }
        *self = if self.new * RARE > self.met * (RARE - 1) {
            let times = 1_usize.checked_shl(self.in_vain).map_or(PASS, |times| times.min(PASS));
            Self { rest: LOOK * times, in_vain: self.in_vain + 1, ..Self::default() }
        } else {
            Self::default()
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looked_up(rows: usize, new: impl Fn(usize) -> usize) -> usize {
        let mut worth = Worth::default();
        let mut looked_up = 0;
        for _ in 0..rows / 512 {
            if worth.is_worth(512) {
                worth.saw(512, new(512));
                looked_up += 512;
            }
        }
        looked_up
    }

    #[test]
    fn rows_that_never_repeat_are_passed_over_for_a_while() {
        assert!(looked_up(1 << 20, |rows| rows) < 1 << 17);
        assert_eq!(looked_up(1 << 20, |rows| rows * 9 / 10), 1 << 20);
    }
}

//! Three-valued logic (N-04).

/// True, false, or cannot be decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Truth {
    /// False.
    F,
    /// Indeterminate: never grants, never lifts a denial (N-05).
    I,
    /// True.
    T,
}

impl Truth {
    /// Kleene AND.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::F, _) | (_, Self::F) => Self::F,
            (Self::T, Self::T) => Self::T,
            _ => Self::I,
        }
    }

    /// Kleene OR.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::T, _) | (_, Self::T) => Self::T,
            (Self::F, Self::F) => Self::F,
            _ => Self::I,
        }
    }

    /// OR over all; F of nothing.
    pub fn any(values: impl IntoIterator<Item = Self>) -> Self {
        let mut all = Self::F;
        for value in values {
            all = all.or(value);
            if all == Self::T {
                break;
            }
        }
        all
    }

    /// AND over all; T of nothing.
    pub fn all(values: impl IntoIterator<Item = Self>) -> Self {
        let mut all = Self::T;
        for value in values {
            all = all.and(value);
            if all == Self::F {
                break;
            }
        }
        all
    }
}

impl std::ops::Not for Truth {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::F => Self::T,
            Self::I => Self::I,
            Self::T => Self::F,
        }
    }
}

impl From<bool> for Truth {
    fn from(value: bool) -> Self {
        if value { Self::T } else { Self::F }
    }
}
